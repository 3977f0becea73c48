/** @import { Random } from '../../bench/generate/random.mjs' */

const WORDS =
  'amber basin cedar delta ember fjord grove heron inlet juniper kelp larch marsh nectar otter pebble'
const LIST = WORDS.split(' ')

/** Lines of made-up text, exactly so many bytes. @param {Random} random @param {number} length */
export function text(random, length) {
  let out = ''
  for (let line = ''; out.length < length; line = '') {
    while (line.length < 60) line += `${random.pick(LIST)} `
    out += `${line.trimEnd()}\r\n`
  }
  return Buffer.from(`${out.slice(0, Math.max(0, length - 2))}\r\n`.slice(-length), 'latin1')
}

/** A TLS record with random bytes in it. @param {Random} random @param {number} type @param {number} length of all */
export function record(random, type, length) {
  const out = Buffer.from(Array.from({ length }, () => random.u32() & 0xff))
  out.set([type, 3, 1])
  out.writeUInt16BE(length - 5, 3)
  return out
}

/**
 * Cuts a sum into parts of different size.
 * @param {Random} random
 * @param {number} sum
 * @param {number} parts
 * @returns {number[]} integers, the sum of which is `sum`
 */
export function share(random, sum, parts) {
  const weights = [0]
  for (let i = 0; i < parts; i++) weights.push(weights[i] + random.between(50, 150))
  const upTo = weights.map(weight => Math.floor((sum * weight) / weights[parts]))
  return upTo.slice(1).map((end, i) => end - upTo[i])
}
