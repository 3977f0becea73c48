import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { capture } from './captures.mjs'
import { begin, PLDUMP } from './command-line.mjs'
import { compare, describe, readFolder } from './compare.mjs'
import { load, ratio, ratioLine, timeTable } from './figures.mjs'
import { available, measure, race, words } from './measure.mjs'

/** @import { Contender } from './measure.mjs' */

const NAMES = ['bulk', 'mixed', 'small']
const USAGE = `usage: node bench/run.mjs [${NAMES.join('|')}|all] [--pairs N] [--tmpfs DIR] [--json FILE]
         [--bin COMMAND]
  COMMAND runs instead of pldump; {capture} and {out} stand for the capture and for the folder of the results`
const TCPFLOW = 'tcpflow -q -r {capture} -o {out}'
/** tcpflow's own report, which has no counterpart among the payload files. */
const REPORT = 'report.xml'
const C_LOOP = 'create-files'

/**
 * One workload: first whether both give the same files, then the times.
 * @param {string} name
 * @param {string} folder
 * @param {number} pairs
 * @param {string} bin
 */
function workload(name, folder, pairs, bin) {
  const file = capture(folder, name)
  const ours = join(folder, 'out')
  const theirs = join(folder, 'tcpflow')
  const copy = join(folder, 'copy')
  const clear = () => {
    for (const path of [ours, theirs, copy]) rmSync(path, { recursive: true, force: true })
  }
  clear()
  const pldump = words(bin, { capture: file, out: ours })
  const tcpflow = words(TCPFLOW, { capture: file, out: theirs })

  measure(pldump)
  const payload = existsSync(join(ours, 'payload')) ? join(ours, 'payload') : ours
  const mine = readFolder(payload, [REPORT])
  const besides = `pldump also wrote ${others(ours, payload)}`
  const list = name === 'small' ? createList(folder, payload) : undefined
  clear()
  measure(tcpflow)
  const comparison = compare(mine, readFolder(theirs, [REPORT]))
  const report = statSync(join(theirs, REPORT), { throwIfNoEntry: false })?.size ?? 0
  clear()

  console.log(
    `\n${name}: ${mb(statSync(file).size)} MB; ${mine.files} files, ${mb(mine.bytes)} MB of payload`,
  )
  console.log(comparison.equal ? 'same files from both' : 'DIFFERENT FILES, so no ratio to tcpflow:')
  for (const line of describe(comparison, 'pldump', 'tcpflow')) console.log(`  ${line}`)
  console.log(`  ${besides}; tcpflow also wrote ${REPORT} (${report} bytes)`)

  /** @type {Contender[]} */
  const contenders = [
    { name: 'pldump', command: pldump, prepare: clear },
    { name: 'tcpflow', command: tcpflow, prepare: clear },
    { name: 'cp', command: ['cp', file, copy], prepare: clear },
  ]
  if (list) contenders.push(createFiles(folder, copy, list, clear))
  const runs = race(contenders, pairs)
  clear()
  if (list) for (const leftover of [list, join(folder, C_LOOP)]) rmSync(leftover)
  for (const line of timeTable(runs)) console.log(line)
  const ratios = [ratio(runs, 'pldump', 'cp')]
  if (comparison.equal) ratios.unshift(ratio(runs, 'tcpflow', 'pldump'))
  if (list) ratios.push(ratio(runs, 'pldump', 'C loop'))
  for (const figures of ratios) console.log(ratioLine(figures))
  console.log(`load after it: ${load()}`)
  return {
    equal: comparison.equal,
    files: mine.files,
    bytes: mine.bytes,
    runs: Object.fromEntries(runs),
    ratios,
  }
}

/**
 * The names and lengths of all payload files, for the C loop.
 * @param {string} folder @param {string} payload
 * @returns {string | undefined} path of the list; undefined without a C compiler
 */
function createList(folder, payload) {
  if (!available('cc')) {
    console.error('no cc: the C loop is left out')
    return undefined
  }
  const entries = readdirSync(payload, { withFileTypes: true }).filter(
    entry => entry.isFile() && !entry.name.startsWith('.'),
  )
  const lines = entries.map(({ name }) => `${statSync(join(payload, name)).size} ${name}\n`)
  const list = join(folder, 'list')
  writeFileSync(list, lines.join(''))
  return list
}

/**
 * @param {string} folder @param {string} target @param {string} list @param {() => void} clear
 * @returns {Contender}
 */
function createFiles(folder, target, list, clear) {
  const program = join(folder, C_LOOP)
  execFileSync('cc', ['-O2', '-o', program, join(import.meta.dirname, 'create-files.c')])
  const prepare = () => {
    clear()
    mkdirSync(target)
  }
  return { name: 'C loop', command: [program, target], stdin: list, prepare }
}

/** Files beside the payload, hidden ones too, with their lengths. @param {string} out @param {string} payload */
function others(out, payload) {
  const beside = out === payload ? [] : readdirSync(out).map(name => join(out, name))
  const hidden = readdirSync(payload).filter(name => name.startsWith('.'))
  const paths = [...beside.filter(path => path !== payload), ...hidden.map(name => join(payload, name))]
  return paths.map(path => `${basename(path)} (${statSync(path).size} bytes)`).join(', ') || 'nothing'
}

/** @param {number} bytes */
function mb(bytes) {
  return (bytes / 1e6).toFixed(1)
}

const wish = begin(USAGE, NAMES, 5, { bin: PLDUMP })
if (wish) {
  for (const name of wish.parts) {
    wish.results[name] = workload(name, wish.folder, wish.pairs, wish.commands.bin ?? PLDUMP)
  }
  wish.keep()
}
