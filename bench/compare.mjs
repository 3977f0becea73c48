import { createHash } from 'node:crypto'
import { closeSync, openSync, readdirSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/**
 * @typedef {object} Content Files of one content, whatever their names.
 * @property {number} count
 * @property {number} bytes length of one of them
 * @property {boolean} nulsOnly
 * @property {string} example name of one of them
 */

/**
 * @typedef {object} Contents What a folder holds.
 * @property {Map<string, Content>} byHash MD5 to content, of files with at least one byte
 * @property {number} files
 * @property {number} bytes
 * @property {number} emptyFiles
 */

/**
 * @typedef {object} Side What only one folder holds.
 * @property {number} files
 * @property {number} bytes
 * @property {number} nulsOnly files of nothing but NUL bytes: Ethernet padding, most often
 * @property {number} sameLength files for which the other side has one of that length with other bytes
 * @property {string[]} examples
 */

/** @typedef {{ equal: boolean, common: number, left: Side, right: Side }} Comparison */

const block = Buffer.alloc(1 << 20)
const MOST_EXAMPLES = 5

/**
 * Hashes all files of a folder and its folders, hidden ones left out: they are the writer's own notes.
 * @param {string} folder
 * @param {string[]} [skip] names of files and folders that are left out
 * @returns {Contents}
 */
export function readFolder(folder, skip = []) {
  /** @type {Contents} */
  const contents = { byHash: new Map(), files: 0, bytes: 0, emptyFiles: 0 }
  const waiting = [folder]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const name = join(path, entry.name)
      if (entry.name.startsWith('.') || skip.includes(entry.name)) continue
      if (entry.isDirectory()) waiting.push(name)
      else addFile(contents, name, relative(folder, name))
    }
  }
  return contents
}

/**
 * What the generator wrote down of the streams that it sent.
 * @param {string} file made with `--digests`
 * @param {number} proto 6 for TCP, 17 for UDP
 * @returns {Contents}
 */
export function readDigests(file, proto) {
  /** @type {Contents} */
  const contents = { byHash: new Map(), files: 0, bytes: 0, emptyFiles: 0 }
  for (const stream of JSON.parse(readFileSync(file, 'utf8')).streams) {
    if (stream.proto !== proto) continue
    count(contents, stream.md5, stream.bytes, false, `conversation ${stream.conversation}, ${stream.dir}`)
  }
  return contents
}

/**
 * Holds two multisets of contents against each other; names do not count.
 * @param {Contents} left
 * @param {Contents} right
 * @returns {Comparison}
 */
export function compare(left, right) {
  const comparison = { equal: false, common: 0, left: only(left, right), right: only(right, left) }
  comparison.common = left.files - comparison.left.files
  comparison.equal = comparison.left.files === 0 && comparison.right.files === 0
  return comparison
}

/**
 * @param {Comparison} comparison
 * @param {string} leftName
 * @param {string} rightName
 * @returns {string[]} lines for people
 */
export function describe(comparison, leftName, rightName) {
  const lines = [`${comparison.common} files in both`]
  for (const [name, side] of /** @type {const} */ ([
    [leftName, comparison.left],
    [rightName, comparison.right],
  ])) {
    if (side.files === 0) continue
    lines.push(`${side.files} files (${side.bytes} bytes) only in ${name}`)
    if (side.nulsOnly) lines.push(`  ${side.nulsOnly} of them hold nothing but NUL bytes`)
    if (side.sameLength) lines.push(`  ${side.sameLength} of them are as long as one on the other side`)
    for (const example of side.examples) lines.push(`  such as ${example}`)
  }
  return lines
}

/** @param {Contents} contents @param {string} path @param {string} name */
function addFile(contents, path, name) {
  const hash = createHash('md5')
  const fd = openSync(path, 'r')
  let bytes = 0
  let nulsOnly = true
  for (let got = readSync(fd, block); got > 0; got = readSync(fd, block)) {
    const part = block.subarray(0, got)
    hash.update(part)
    nulsOnly &&= part.every(byte => byte === 0)
    bytes += got
  }
  closeSync(fd)
  if (bytes === 0) contents.emptyFiles++
  else count(contents, hash.digest('hex'), bytes, nulsOnly, name)
}

/**
 * @param {Contents} contents @param {string} md5 @param {number} bytes @param {boolean} nulsOnly
 * @param {string} example
 */
function count(contents, md5, bytes, nulsOnly, example) {
  const known = contents.byHash.get(md5)
  if (known) known.count++
  else contents.byHash.set(md5, { count: 1, bytes, nulsOnly, example })
  contents.files++
  contents.bytes += bytes
}

/** @param {Contents} mine @param {Contents} others @returns {Side} */
function only(mine, others) {
  /** @type {Side} */
  const side = { files: 0, bytes: 0, nulsOnly: 0, sameLength: 0, examples: [] }
  const lengths = new Set()
  for (const [md5, content] of others.byHash) {
    if (content.count > (mine.byHash.get(md5)?.count ?? 0)) lengths.add(content.bytes)
  }
  for (const [md5, content] of mine.byHash) {
    const surplus = content.count - (others.byHash.get(md5)?.count ?? 0)
    if (surplus <= 0) continue
    side.files += surplus
    side.bytes += surplus * content.bytes
    if (content.nulsOnly) side.nulsOnly += surplus
    if (lengths.has(content.bytes)) side.sameLength += surplus
    if (side.examples.length < MOST_EXAMPLES)
      side.examples.push(`${content.example} (${content.bytes} bytes)`)
  }
  return side
}

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { skip: { type: 'string', multiple: true }, proto: { type: 'string' } },
  })
  const [left, right] = positionals
  if (!left || !right) {
    console.error(
      'usage: node bench/compare.mjs DIR|DIGESTS.json DIR|DIGESTS.json [--skip NAME]… [--proto 6|17]',
    )
    process.exitCode = 2
    return
  }
  /** @param {string} path */
  const read = path =>
    statSync(path).isDirectory()
      ? readFolder(path, values.skip)
      : readDigests(path, Number(values.proto ?? 6))
  const comparison = compare(read(left), read(right))
  for (const line of describe(comparison, left, right)) console.log(line)
  if (!comparison.equal) process.exitCode = 1
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) main()
