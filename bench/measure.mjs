import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * @typedef {object} Run What one run of a command took.
 * @property {number} wall seconds
 * @property {number} cpu seconds, user and system, with all processes it waited for
 * @property {number} rss peak resident memory of its largest process, in MB (10^6 bytes)
 */

/** The project's programs, as a build leaves them. */
export const DIST = join(import.meta.dirname, '..', 'dist', 'bin')

/** GNU time: the kernel's own account of a process's children, which Node does not show. */
const TIME = '/usr/bin/time'
const scratch = join(tmpdir(), `pldpipe-bench-${process.pid}`)

process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))

/**
 * Runs a command to its end, its output thrown away, and measures it.
 * @param {string[]} command
 * @param {string} [stdin] file to be read as standard input
 * @returns {Run}
 * @throws if the command fails, with the last of what it said
 */
export function measure(command, stdin = '/dev/null') {
  mkdirSync(scratch, { recursive: true })
  const account = join(scratch, 'time')
  const messages = join(scratch, 'stderr')
  const input = openSync(stdin, 'r')
  const errors = openSync(messages, 'w')
  const args = ['-q', '-o', account, '-f', '%U %S %M', ...command]
  const started = performance.now()
  const { status, error } = spawnSync(TIME, args, { stdio: [input, 'ignore', errors] })
  const wall = (performance.now() - started) / 1000
  closeSync(input)
  closeSync(errors)
  if (error) throw new Error(`${TIME} (Debian package "time") is needed: ${error.message}`)
  if (status !== 0) {
    const said = readFileSync(messages, 'utf8').trim().split('\n').slice(-5).join('\n')
    throw new Error(`exit code ${status}: ${command.join(' ')}\n${said}`)
  }
  const [user = 0, system = 0, kib = 0] = readFileSync(account, 'utf8').trim().split(' ').map(Number)
  return { wall, cpu: user + system, rss: (kib * 1024) / 1e6 }
}

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {string[]} command
 * @property {string} [stdin]
 * @property {() => void} [prepare] what has to be done before each run; not measured
 */

/**
 * Measures commands in turn, one run of each a round, every second round in reverse order, so that whatever else the
 * machine does falls on all of them alike.
 * @param {Contender[]} contenders
 * @param {number} rounds
 * @returns {Map<string, Run[]>} by name; the n-th runs of all belong together
 */
export function race(contenders, rounds) {
  /** @type {Map<string, Run[]>} */
  const runs = new Map(contenders.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const { name, command, stdin, prepare } of round % 2 ? contenders.toReversed() : contenders) {
      prepare?.()
      runs.get(name)?.push(measure(command, stdin))
    }
  }
  return runs
}

/**
 * Puts values in the place of `{name}`; `{node}` and `{dist}`, the built programs, are known.
 * @param {string} template
 * @param {Record<string, string>} values
 * @returns {string}
 */
export function fill(template, values) {
  /** @type {Record<string, string>} */
  const all = { node: process.execPath, dist: DIST, ...values }
  return template.replace(/\{(\w+)\}/g, (whole, name) => all[name] ?? whole)
}

/**
 * @param {string} template words separated by blanks; a value may hold blanks itself
 * @param {Record<string, string>} values
 * @returns {string[]} to be run without a shell
 */
export function words(template, values) {
  return template
    .trim()
    .split(/\s+/)
    .map(word => fill(word, values))
}

/** Whether a program is there to be run. @param {string} program @returns {boolean} */
export function available(program) {
  return spawnSync('which', [program], { stdio: 'ignore' }).status === 0
}
