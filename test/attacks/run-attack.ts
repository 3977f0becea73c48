import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Attack } from './catalogue.ts'
import { writeCapture } from './write-capture.ts'

export interface AttackOutcome {
  code: number | null
  /** The end report, of runs that give one. */
  stages: Record<string, Record<string, number>>
  stderr: string
  /** Size of the capture, and the most memory that the run took (bytes). */
  captureBytes: number
  memory: number
  /** Time of the processor (s). */
  seconds: number
}

/** Writes as the run ends what it took. */
const MEASURE = `process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  process.stderr.write('\\ntook ' + maxRSS * 1024 + ' ' + (userCPUTime + systemCPUTime) / 1e6 + '\\n')
})`

/** Lets pldump read an attack in `folder`, which is to be empty; `root` is where the package lies. */
export async function runAttack(
  attack: Attack,
  size: number,
  folder: string,
  root: string,
): Promise<AttackOutcome> {
  const capture = join(folder, 'attack.pcap')
  writeCapture(capture, attack.frames(size))
  const { options = [] } = attack
  const report = options.includes('-c') ? [] : ['--report', 'json']
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = spawn(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(MEASURE)}`,
      join(root, 'dist/bin/pldump.js'),
      capture,
      ...(options.includes('-c') ? [] : ['-w', join(folder, 'out')]),
      ...report,
      ...options,
    ],
    { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    if (report.length > 0) stdout += text
  })
  child.stderr.setEncoding('latin1').on('data', (text: string) => {
    stderr = (stderr + text).slice(-10_000)
  })
  const code = await new Promise<number | null>(resolve => child.on('close', resolve))
  // threads end before the process does
  const [, memory = '0', seconds = '0'] = [...stderr.matchAll(/\ntook (\d+) ([\d.]+)/g)].at(-1) ?? []
  return {
    code,
    stages: stdout === '' ? {} : (JSON.parse(stdout).stages ?? {}),
    stderr,
    captureBytes: statSync(capture).size,
    memory: Number(memory),
    seconds: Number(seconds),
  }
}
