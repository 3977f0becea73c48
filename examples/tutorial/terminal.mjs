import { share, text } from './content.mjs'
import { at, beyond, HOSTS } from './facts.mjs'
import { Talk } from './talk.mjs'

/** @import { Random } from '../../bench/generate/random.mjs' */

/** In each round somebody presses some keys, pastes a text, and gets an answer in pieces. */
const ROUNDS = 20
const KEYS = 13
const PAUSE = 20_000_000
const BURST = 700_000
const DOWNLOAD = at('1258594163.900408')
const END = at('1258594185.402211')

/**
 * @typedef {{frames: number, bytes: number}} Budget
 *
 * Flow 34: a terminal. It takes what the others leave of the capture's frames and bytes, and so makes the sums come out.
 * A key is a byte in a frame that is padded, and is answered by a frame without payload that is padded as well.
 * @param {Random} random
 * @param {Record<'A' | 'B', Budget>} left
 * @param {number} before how many of its packets come before the FTP conversation; the others come during its download
 */
export function terminal(random, left, before) {
  // what is neither SYN, handshake, key nor text only acknowledges, or answers
  const both = ROUNDS * (KEYS + 1)
  const acks = left.A.frames - 2 - both
  const answers = left.B.frames - 1 - both
  const textSizes = share(random, payloadOf(left.A, ROUNDS), ROUNDS)
  const answerSizes = share(random, payloadOf(left.B, answers), answers)
  const sizes = [...textSizes, ...answerSizes]
  if (acks < ROUNDS || acks > answers || Math.min(...sizes) < 6 || Math.max(...sizes) > 1460)
    throw new Error(`the other flows leave what does not fit: ${JSON.stringify(left)}`)

  const talk = new Talk({ ...HOSTS.desk102, port: 2044 }, { ...beyond('203.0.113.52'), port: 23 }, random)
  const beginnings = [0]
  const begin = () => beginnings.push(talk.packets.length)
  talk.open()
  for (let round = 0, answer = 0; round < ROUNDS; round++) {
    for (let key = 0; key < KEYS; key++) {
      begin()
      talk.say('A', String.fromCharCode(random.between(0x61, 0x7a))).ack('B')
    }
    begin()
    talk.say('A', text(random, textSizes[round])).ack('B')
    for (; answer < Math.floor((answers * (round + 1)) / ROUNDS); answer++) {
      talk.say('B', text(random, answerSizes[answer]))
      if (Math.floor(((answer + 1) * acks) / answers) > Math.floor((answer * acks) / answers)) talk.ack('A')
    }
  }
  pin(talk, beginnings, before)
  return talk.spread()
}

/**
 * What payload makes frames, if all but so many of them are as short as can be (60 bytes).
 * @param {Budget} budget
 * @param {number} longer
 */
function payloadOf({ frames, bytes }, longer) {
  return bytes - 60 * (frames - longer) - 54 * longer
}

/** @param {Talk} talk @param {number[]} beginnings @param {number} before */
function pin({ packets }, beginnings, before) {
  const early = beginnings.filter(first => first < before)
  early.forEach((first, i) => {
    const time = DOWNLOAD - (early.length - i) * PAUSE
    const last = Math.min(beginnings[i + 1] ?? packets.length, before) - 1
    packets[first].time = time
    if (last > first) packets[last].time = time + BURST
  })
  packets[before].time = DOWNLOAD
  packets.at(-1).time = END
}
