import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CAPTURE, type Outcome, PATH, PLAIN_NODE, shell } from './bins.ts'

/** Far more than any run takes: what is still there then hangs. */
const HANGS_MS = 60_000

export interface RunUnderWay {
  folder: string
  /** Exit codes of the stages, once all have ended; fails if they do not. */
  ended: Promise<number[]>
  /** The process of a stage, once it is there. */
  pid(stage: number): Promise<number>
}

/** Starts bins as a pipe in a new folder, each with its process and its exit code known; `out` gets what comes out. */
export function startPipe(source: string, stages: readonly string[], output = '> out'): RunUnderWay {
  const folder = mkdtempSync(join(tmpdir(), 'pldpipe-world-'))
  const parts = stages.map(
    (command, stage) =>
      `(sh -c 'echo $$ > new.${stage}; mv new.${stage} pid.${stage}; exec ${command}' 2> err.${stage}; echo $? > code.${stage})`,
  )
  const script = `${PLAIN_NODE}${[source, ...parts].filter(part => part !== '').join(' | ')} ${output}`
  const child = spawn('bash', ['-c', script], {
    cwd: folder,
    env: { ...process.env, PATH, CAPTURE },
    stdio: 'ignore',
    // so that what hangs can be ended with all that it started
    detached: true,
  })
  const ended = new Promise<number[]>((resolve, reject) => {
    const timer = setTimeout(() => {
      process.kill(-child.pid!, 'SIGKILL')
      reject(new Error(`hangs: ${script}`))
    }, HANGS_MS)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve(stages.map((_, stage) => Number(text(folder, `code.${stage}`))))
    })
  })
  return {
    folder,
    ended,
    pid: async stage => {
      await until(() => existsSync(join(folder, `pid.${stage}`)))
      return Number(text(folder, `pid.${stage}`))
    },
  }
}

/** Waits until something is the case. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited += 20) {
    if (waited > HANGS_MS) throw new Error(`never: ${isSo}`)
    await sleep(20)
  }
}

/**
 * Runs a bin with a fault of one system call, at one path of the folder or anywhere; `out` gets what it prints. Tells how
 * often the fault happened. strace runs the bin's own process; its counting of calls is by thread.
 */
export function faulty(
  fault: string,
  path: string | undefined,
  command: string,
  cwd: string,
): Outcome & { faults: number } {
  const call = fault.split(':')[0]!
  const at = path === undefined ? '' : `-P "$PWD/${path}"`
  const traced = command.replace(/^(\S+)/, (_, bin: string) => `node "$(command -v ${bin})"`)
  const outcome = shell(`strace -f -o trace -e trace=${call} -e inject=${fault} ${at} ${traced} > out`, cwd)
  return { ...outcome, faults: text(cwd, 'trace').split('INJECTED').length - 1 }
}

/** What is in a file of a folder, '' if it is not there. */
export function text(folder: string, name: string): string {
  const path = join(folder, name)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

/** The records of a file, of which only the last may lack its end. */
export function records(folder: string, name = 'out'): Record<string, unknown>[] {
  return text(folder, name)
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Record<string, unknown>)
}

/** The files of a folder with their bytes, but for those that begin with a dot. */
export function filesOf(folder: string): Map<string, Buffer> {
  const names = existsSync(folder) ? readdirSync(folder).filter(name => !name.startsWith('.')) : []
  return new Map(names.sort().map(name => [name, readFileSync(join(folder, name))]))
}
