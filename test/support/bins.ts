import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '../..')
export const CAPTURE = join(ROOT, 'examples/capture/office.pcap')

/** A folder with the compiled bins under their names, to be put in front of PATH. */
function binFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pldpipe-bins-'))
  const { bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    bin: Record<string, string>
  }
  for (const [name, file] of Object.entries(bin)) symlinkSync(join(ROOT, file), join(folder, name))
  return folder
}

export const PATH = `${binFolder()}${delimiter}${process.env.PATH}`

/** The test runner puts its own loader into every node process below it, which would slow each bin several times over. */
export const PLAIN_NODE = 'unset NODE_OPTIONS; '

export interface Outcome {
  stdout: string
  stderr: string
  code: number | null
}

/** Runs a shell command with the bins on its path; `CAPTURE` names the bundled capture. */
export function shell(command: string, cwd: string, env: Record<string, string> = {}): Outcome {
  const { stdout, stderr, status } = spawnSync('sh', ['-c', PLAIN_NODE + command], {
    cwd,
    env: { ...process.env, PATH, CAPTURE, NO_COLOR: '1', ...env },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 120_000,
  })
  return { stdout, stderr, code: status }
}

/** Whether a program is there. Where nothing may be skipped (PLDPIPE_NOTHING_SKIPPED), a missing one is a failure. */
export function has(tool: string): boolean {
  const found = spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0
  if (!found && process.env.PLDPIPE_NOTHING_SKIPPED) throw new Error(`${tool} is not installed`)
  return found
}

/** A file of bytes in a folder; returns its path. */
export function file(folder: string, name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}
