import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { workFolder } from './captures.mjs'
import { compare, readFolder } from './compare.mjs'
import { environment, load, median, ratio, ratioLine, timeTable } from './figures.mjs'
import { DIST, race } from './measure.mjs'

const USAGE = 'usage: node bench/each.mjs [--pairs N] [--tmpfs DIR] CAPTURE…'

/** One process against one for each capture; a loop of names from a file, so that no line is too long. */
const LOOP =
  'i=0; while read -r f; do i=$((i+1)); tcpflow -q -r "$f" -o "$1/$i" 2>/dev/null; done < "$0"; true'
const OPTIONS = ['--no-udp', '--flow-timeout', '0']

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pairs: { type: 'string', default: '5' }, tmpfs: { type: 'string', default: '/dev/shm' } },
})
if (positionals.length === 0) {
  console.error(USAGE)
  process.exitCode = 2
} else
  each(
    positionals.map(file => resolve(file)),
    workFolder(values.tmpfs),
    Number(values.pairs),
  )

/**
 * Many small captures: `pldump --each` beside a shell loop of tcpflow. Only captures of which both give the same files
 * are timed, so that a ratio is one of equal work.
 * @param {string[]} captures
 * @param {string} folder
 * @param {number} pairs
 */
function each(captures, folder, pairs) {
  for (const [what, value] of Object.entries(environment(folder))) console.log(`${what}: ${value}`)
  const list = join(folder, 'each.list')
  const ours = join(folder, 'each-pldump')
  const theirs = join(folder, 'each-tcpflow')
  const contenders = [
    {
      name: 'pldump',
      // what cannot be read is told, and makes the exit code 1
      command: [
        'sh',
        '-c',
        '"$@" 2>/dev/null || [ $? = 1 ]',
        'sh',
        process.execPath,
        join(DIST, 'pldump.js'),
      ].concat(['--each', '-q', '-R', list, '-w', ours], OPTIONS),
      prepare: () => rmSync(ours, { recursive: true, force: true }),
    },
    {
      name: 'tcpflow',
      command: ['sh', '-c', LOOP, list, theirs],
      prepare: () => {
        rmSync(theirs, { recursive: true, force: true })
        mkdirSync(theirs)
      },
    },
  ]
  const equal = equalOnes(captures, list, contenders, theirs)
  const bytes = equal.reduce((sum, capture) => sum + statSync(capture).size, 0)
  console.log(
    `${equal.length} of ${captures.length} captures give the same files, ${(bytes / 1e6).toFixed(1)} MB`,
  )
  writeFileSync(list, equal.map(capture => `${capture}\n`).join(''))
  const runs = race(contenders, pairs)
  for (const line of timeTable(runs)) console.log(line)
  for (const [name, list] of runs) {
    const [wall, cpu] = [list.map(run => run.wall), list.map(run => run.cpu)].map(times =>
      ((1000 * median(times)) / equal.length).toFixed(1),
    )
    console.log(`${name}: ${wall} ms a capture, ${cpu} ms CPU`)
  }
  console.log(ratioLine(ratio(runs, 'tcpflow', 'pldump')))
  console.log(`load after it: ${load()}`)
  for (const path of [list, ours, theirs]) rmSync(path, { recursive: true, force: true })
}

/**
 * One run of both over all captures: a process for each capture and tool would take longer than the race itself.
 * @param {string[]} captures
 * @param {string} list file for their names
 * @param {{ command: string[], prepare: () => void }[]} contenders
 * @param {string} theirs
 * @returns {string[]} the captures from which both extract the same contents
 */
function equalOnes(captures, list, contenders, theirs) {
  writeFileSync(list, captures.map(capture => `${capture}\n`).join(''))
  const [said = ''] = contenders.map(({ command, prepare }) => {
    prepare()
    const [program = '', ...args] = command.filter(word => word !== '-q')
    return spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26 }).stdout
  })
  /** @type {Map<string, string>} folder of each capture, from the lines that tell what was done */
  const folders = new Map()
  for (const line of said.split('\n')) {
    const [, file, folder] = /^(.*) -> (.*): \d+ packets, /.exec(line) ?? []
    if (file !== undefined && folder !== undefined) folders.set(file, folder)
  }
  return captures.filter((capture, at) => {
    const payload = join(folders.get(capture) ?? '', 'payload')
    const files = join(theirs, String(at + 1))
    if (!folders.has(capture) || !existsSync(payload) || !existsSync(files)) return false
    return compare(readFolder(payload), readFolder(files, ['report.xml'])).equal
  })
}
