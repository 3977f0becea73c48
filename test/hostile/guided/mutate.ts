import type { Dice } from '../dice.ts'
import { SPOILS } from '../spoil-capture.ts'
import { spoiltLines } from '../spoil-lines.ts'
import type { Kind } from './targets.ts'

/** No input becomes longer: what is to be found is found in small ones. */
const MOST_BYTES = 64_000

const ODD = [0, 1, 2, 4, 5, 6, 7, 8, 15, 16, 17, 20, 40, 60, 0x45, 0x60, 0x7f, 0x80, 0x81, 0xfe, 0xff]
const ODD16 = [
  0, 1, 0x0800, 0x86dd, 0x8100, 0x88a8, 0x8847, 0x8864, 0x0806, 0x6558, 0x894f, 0x7fff, 0x8000, 0xffff,
]
const PUNCTUATION = [
  ...'()[]{}"\'\\/|&!<>=~+-*%.,:;?$#@^ \0\n',
  '0x',
  '1e999',
  '\u2028',
  '\ud800',
  '99999999999',
  '::',
  '..',
  '-1',
]

/** An input that is like one of the corpus, or like two of them. */
export function mutated(kind: Kind, input: Buffer, other: Buffer, dice: Dice): Buffer {
  let bytes = input
  for (let count = 1 + dice.below(4); count > 0; count--) {
    const own = dice.chance(0.5)
    if (own && kind === 'capture') bytes = SPOILS[dice.pick(Object.keys(SPOILS))]!(bytes, dice)
    else if (own && kind === 'lines')
      bytes = spoiltLines(bytes.toString('latin1'), dice, dice.pick([0.05, 0.3]))
    else if (own) bytes = reworded(bytes, other, dice)
    else bytes = dice.pick(GENERAL)(bytes, other, dice)
  }
  return bytes.subarray(0, MOST_BYTES)
}

type Change = (bytes: Buffer, other: Buffer, dice: Dice) => Buffer

/** Changes that need to know nothing of an input. */
const GENERAL: readonly Change[] = [
  (bytes, _other, dice) => put(bytes, dice, 1, (out, at) => (out[at] = dice.pick(ODD))),
  (bytes, _other, dice) => put(bytes, dice, 1, (out, at) => (out[at]! ^= 1 << dice.below(8))),
  (bytes, _other, dice) => put(bytes, dice, 1, (out, at) => (out[at]! += dice.pick([1, 255]))),
  (bytes, _other, dice) => put(bytes, dice, 2, (out, at) => out.writeUInt16BE(dice.pick(ODD16), at)),
  (bytes, _other, dice) =>
    put(bytes, dice, 4, (out, at) => out.writeUInt32BE(dice.pick([0, 1, 0x7fffffff, 0xffffffff]), at)),
  (bytes, _other, dice) => {
    const from = dice.below(bytes.length + 1)
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + dice.below(64))])
  },
  (bytes, _other, dice) => {
    const from = dice.below(bytes.length + 1)
    const to = from + dice.below(200)
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)])
  },
  // the front of one and the end of another
  (bytes, other, dice) =>
    Buffer.concat([
      bytes.subarray(0, dice.below(bytes.length + 1)),
      other.subarray(dice.below(other.length + 1)),
    ]),
  (bytes, other, dice) => {
    const at = dice.below(bytes.length + 1)
    const from = dice.below(other.length + 1)
    return Buffer.concat([
      bytes.subarray(0, at),
      other.subarray(from, from + dice.below(300)),
      bytes.subarray(at),
    ])
  },
]

function put(bytes: Buffer, dice: Dice, width: number, change: (out: Buffer, at: number) => void): Buffer {
  if (bytes.length < width) return bytes
  const out = Buffer.from(bytes)
  // headers are where most is decided
  for (let count = 1 + dice.below(6); count > 0; count--) {
    const reach = dice.chance(0.5) ? Math.min(out.length, 400) : out.length
    change(out, dice.below(reach - width + 1))
  }
  return out
}

/** Words of a text left out, doubled, exchanged, or taken from another one. */
function reworded(bytes: Buffer, other: Buffer, dice: Dice): Buffer {
  const words = bytes.toString().split(/(\s+|\b)/)
  const more = other.toString().split(/(\s+|\b)/)
  for (let count = 1 + dice.below(3); count > 0; count--) {
    const at = dice.below(words.length + 1)
    const word = dice.chance(0.5) ? dice.pick(more) : dice.pick(PUNCTUATION)
    words.splice(at, dice.below(3), word, ...(dice.chance(0.1) ? words.slice(0, 30) : []))
  }
  return Buffer.from(words.join(''))
}
