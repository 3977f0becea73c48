import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { median, table } from './figures.mjs'
import { DIST } from './measure.mjs'

const BINS = Object.keys(JSON.parse(readFileSync(join(DIST, '../../package.json'), 'utf8')).bin)
const ROUNDS = 15
/** A classic pcap file without packets: magic number, version 2.4, snap length, Ethernet. */
const EMPTY = Buffer.from('d4c3b2a1020004000000000000000000' + '0000040001000000', 'hex')

/**
 * Time from nothing to an answer, beside that of a Node process which does nothing, all in turn.
 * @param {string} folder
 * @returns {Record<string, number>} medians in milliseconds
 */
export function startup(folder) {
  const capture = join(folder, 'empty.pcap')
  const out = join(folder, 'empty')
  writeFileSync(capture, EMPTY)
  /** @type {[string, string[]][]} */
  const commands = [['node -e 0', ['-e', '0']]]
  for (const bin of BINS) {
    const path = join(DIST, `${bin}.js`)
    if (existsSync(path)) {
      for (const option of ['--version', '--help']) commands.push([`${bin} ${option}`, [path, option]])
    } else console.error(`${path} is not there: left out`)
  }
  const pldump = join(DIST, 'pldump.js')
  // --version need not load the stages; a capture without packets does.
  if (existsSync(pldump)) commands.push(['pldump, no packets', [pldump, capture, '-w', out, '-q']])
  const times = commands.map(() => /** @type {number[]} */ ([]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, [name, args]] of commands.entries()) {
      rmSync(out, { recursive: true, force: true })
      const started = performance.now()
      const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' })
      times[i]?.push(performance.now() - started)
      if (status !== 0) throw new Error(`exit code ${status}: ${name}`)
    }
  }
  rmSync(out, { recursive: true, force: true })
  rmSync(capture)
  const medians = times.map(median)
  const least = Number(medians[0])
  const rows = commands.map(([name], i) => {
    const value = Number(medians[i])
    return [name, value.toFixed(1), i ? `+${(value - least).toFixed(1)}` : '']
  })
  console.log(`\nstart-up, median of ${ROUNDS}`)
  for (const line of table([['', 'ms', 'above node'], ...rows])) console.log(line)
  return Object.fromEntries(commands.map(([name], i) => [name, Number(medians[i])]))
}
