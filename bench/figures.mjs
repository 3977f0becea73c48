import { spawnSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem } from 'node:os'

/** @import { Run } from './measure.mjs' */

/** @param {number[]} values not empty @returns {number} */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = Number(sorted[middle])
  return sorted.length % 2 ? upper : (Number(sorted[middle - 1]) + upper) / 2
}

/**
 * One line a command: medians, and the range of the wall times.
 * @param {Map<string, Run[]>} runs
 * @returns {string[]}
 */
export function timeTable(runs) {
  const rows = [['', 'wall s', 'least', 'most', 'CPU s', 'peak MB']]
  for (const [name, list] of runs) {
    const walls = list.map(run => run.wall)
    rows.push([
      name,
      median(walls).toFixed(2),
      Math.min(...walls).toFixed(2),
      Math.max(...walls).toFixed(2),
      median(list.map(run => run.cpu)).toFixed(2),
      median(list.map(run => run.rss)).toFixed(0),
    ])
  }
  return table(rows)
}

/**
 * How many times as long one command took as another, pair by pair.
 * @param {Map<string, Run[]>} runs
 * @param {string} slow name of the command above the line
 * @param {string} fast name of the command below the line
 * @returns {{ label: string, wall: number[], cpu: number[], medianWall: number, medianCpu: number }}
 */
export function ratio(runs, slow, fast) {
  const [above, below] = [runs.get(slow) ?? [], runs.get(fast) ?? []]
  /** @param {'wall' | 'cpu'} what */
  const pairs = what => above.map((run, i) => run[what] / Number(below[i]?.[what]))
  const [wall, cpu] = [pairs('wall'), pairs('cpu')]
  return { label: `${slow} / ${fast}`, wall, cpu, medianWall: median(wall), medianCpu: median(cpu) }
}

/** @param {ReturnType<typeof ratio>} figures @returns {string} */
export function ratioLine({ label, wall, medianWall, medianCpu }) {
  const pairs = wall.map(value => value.toFixed(2)).join(' ')
  return `${label}: wall ${medianWall.toFixed(2)} (pairs: ${pairs}), CPU ${medianCpu.toFixed(2)}`
}

/**
 * Columns under each other; the first to the left, the others to the right.
 * @param {string[][]} rows
 * @returns {string[]}
 */
export function table(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)))
  return rows.map(row =>
    row
      .map((cell, column) =>
        column ? cell.padStart(Number(widths[column])) : cell.padEnd(Number(widths[0])),
      )
      .join('  ')
      .trimEnd(),
  )
}

/**
 * What a reader has to know of the machine before he compares figures.
 * @param {string} folder where the captures and the results lie
 * @returns {Record<string, string>}
 */
export function environment(folder) {
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    node: process.version,
    tcpflow: firstLine('tcpflow', '-V').replace(/^TCPFLOW /, ''),
    tshark: firstLine('tshark', '-v').replace(/^TShark \(Wireshark\) (\S+).*/, '$1'),
    kernel: release(),
    processor: `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}`,
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    folder: `${folder} (${firstLine('stat', '-f', '-c', '%T', folder)})`,
    load: load(),
  }
}

/** Load averages of 1, 5 and 15 minutes: above the number of cores, only CPU times mean much. */
export function load() {
  return loadavg()
    .map(value => value.toFixed(1))
    .join(' ')
}

/** @param {string} program @param {...string} args @returns {string} */
function firstLine(program, ...args) {
  const { stdout, error } = spawnSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return error ? 'not there' : String(stdout.split('\n')[0]).trim()
}
