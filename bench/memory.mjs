import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { capture, discard } from './captures.mjs'
import { median, table } from './figures.mjs'
import { BYTES_A_CONVERSATION } from './generate/many.mjs'
import { race, words } from './measure.mjs'

const ROUNDS = 3
/** Parts of `many` in 10^6 bytes; two, so that what a conversation costs can be told from what all cost together. */
const FEW = 90
const LOTS = 360

/**
 * Peak resident memory of pldump: over captures of two lengths, and with many conversations open at once.
 * @param {string} folder
 * @param {string} bin command with `{capture}` and `{out}`
 * @param {string} tableOnly the same without payload files
 */
export function memory(folder, bin, tableOnly) {
  const out = join(folder, 'memory')
  const clear = () => rmSync(out, { recursive: true, force: true })
  /** @param {string} name @param {string} template @param {string} file @returns {number} bytes */
  const peak = (name, template, file) => {
    const command = words(template, { capture: file, out })
    const runs = race([{ name, command, prepare: clear }], ROUNDS).get(name) ?? []
    clear()
    return median(runs.map(run => run.rss)) * 1e6
  }
  const empty = peak('node', '{node} -e 0', '')
  const short = capture(folder, 'bulk', 64)
  const shortPeak = peak('bulk, 64 MB', bin, short)
  discard(short)
  const longPeak = peak('bulk, 600 MB', bin, capture(folder, 'bulk'))
  const parts = [FEW, LOTS].map(mb => {
    const file = capture(folder, 'many', mb)
    const conversations = Math.floor(statSync(file).size / BYTES_A_CONVERSATION)
    const bytes = peak('many', tableOnly, file)
    discard(file)
    return { conversations, bytes }
  })
  const rows = [
    ['node -e 0', empty],
    ['bulk, 64 MB', shortPeak],
    ['bulk, 600 MB', longPeak],
    ...parts.map(({ conversations, bytes }) => [`many, ${conversations} open conversations`, bytes]),
  ].map(([name, bytes]) => [String(name), (Number(bytes) / 1e6).toFixed(1)])
  console.log(`\nmemory of pldump, median of ${ROUNDS}`)
  for (const line of table([['', 'peak MB'], ...rows])) console.log(line)
  const [few, lots] = /** @type {[typeof parts[0], typeof parts[0]]} */ (parts)
  const above = (lots.bytes - empty) / lots.conversations
  const each = (lots.bytes - few.bytes) / (lots.conversations - few.conversations)
  console.log(
    `bytes a conversation: ${above.toFixed(0)} above an empty node process, ${each.toFixed(0)} for each more`,
  )
  return { empty, shortPeak, longPeak, parts, above, each }
}
