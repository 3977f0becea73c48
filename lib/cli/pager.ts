import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'

/** Long rows are cut at the right edge and can be looked at by going there; where there is no less, cat shows them. */
const DEFAULT = 'if command -v less >/dev/null; then exec less -S; else exec cat; fi'

/** Where text for the eye goes: on a terminal through `PAGER` (default `less -S`), else to stdout as it is. */
export interface Pager {
  stream: Writable
  /** To be awaited when all is written: until the reader has seen enough. */
  closed(): Promise<void>
}

export function openPager(stdout = process.stdout, env = process.env): Pager {
  const { PAGER } = env
  if (!stdout.isTTY || PAGER === '' || PAGER === 'cat') return { stream: stdout, closed: async () => {} }
  const pager = spawn('sh', ['-c', PAGER ?? DEFAULT], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...env, LESS: env.LESS ?? 'S' },
  })
  const closed = once(pager, 'close')
  return {
    stream: pager.stdin,
    async closed() {
      await closed
    },
  }
}
