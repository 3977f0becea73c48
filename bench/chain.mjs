import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { capture, discard } from './captures.mjs'
import { compare, describe, readDigests, readFolder } from './compare.mjs'
import { median, ratio, ratioLine, timeTable } from './figures.mjs'
import { available, fill, measure, race } from './measure.mjs'

/** @import { Run } from './measure.mjs' */

const SLICE = 60
const TCP = 6

/** Three programs in a shell's pipe; {payload} is base64 or ref. */
export const CHAIN = [
  '"{node}" "{dist}/pcap2json.js" --payload {payload} "{capture}"',
  '"{node}" "{dist}/flowtag.js" --flow-timeout 0',
  '"{node}" "{dist}/pldsink.js" -o "{out}" --no-udp -q',
].join(' | ')

/**
 * The pipe with payload as base64 and by reference: on a slice against tshark, whose output is text without
 * reassembly, and on the whole capture.
 * @param {string} name of the workload
 * @param {string} folder
 * @param {number} pairs
 * @param {string} pipe a line for the shell
 */
export function chain(name, folder, pairs, pipe) {
  const out = join(folder, 'chain')
  const clear = () => rmSync(out, { recursive: true, force: true })
  /** @param {string} file @param {string} payload */
  const command = (file, payload) => {
    return ['bash', '-c', `set -o pipefail; ${fill(pipe, { payload, capture: file, out })}`]
  }
  /** @param {string} file */
  const contenders = file => [
    { name: 'base64', command: command(file, 'base64'), prepare: clear },
    { name: 'ref', command: command(file, 'ref'), prepare: clear },
  ]

  const slice = capture(folder, name, SLICE)
  console.log(`\npipe, ${name}, ${SLICE} MB of it`)
  let right = true
  for (const contender of contenders(slice)) {
    clear()
    measure(contender.command)
    const comparison = compare(readFolder(out, ['report.xml']), readDigests(`${slice}.json`, TCP))
    right &&= comparison.equal
    console.log(
      `${contender.name}: ${comparison.equal ? 'all streams as they were sent' : 'DIFFERENT from what was sent'}`,
    )
    for (const line of describe(comparison, 'the results', 'what was sent')) console.log(`  ${line}`)
  }
  const fields = ['tshark', '-n', '-r', slice, '-T', 'fields', '-e', 'tcp.stream', '-e', 'tcp.payload']
  const tshark = available('tshark') ? [{ name: 'tshark', command: fields }] : []
  const sliceRuns = race([...contenders(slice), ...tshark], pairs)
  show(sliceRuns, slice)
  const against = tshark.length > 0 && right ? ['base64', 'ref'] : []
  const ratios = against.map(payload => ratio(sliceRuns, 'tshark', payload))
  for (const figures of ratios) console.log(ratioLine(figures))
  if (tshark.length > 0)
    console.log('(tshark prints the segments as they came; it dissects more and puts nothing together)')
  discard(slice)

  const whole = capture(folder, name)
  console.log(`pipe, ${name}, the whole`)
  const wholeRuns = race(contenders(whole), pairs)
  show(wholeRuns, whole)
  clear()
  return { right, slice: Object.fromEntries(sliceRuns), whole: Object.fromEntries(wholeRuns), ratios }
}

/** @param {Map<string, Run[]>} runs @param {string} file */
function show(runs, file) {
  for (const line of timeTable(runs)) console.log(line)
  const mb = statSync(file).size / 1e6
  for (const [name, list] of runs) {
    console.log(`${name}: ${(mb / median(list.map(run => run.wall))).toFixed(0)} MB of capture per second`)
  }
}
