import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { content } from './plan.mjs'

const ABSENT = 0
const SNAPLEN = 1
const CAPTURED = 2
const REASONS = { [ABSENT]: 'absent', [SNAPLEN]: 'snaplen' }

/** What became of each byte that was sent. Throws if the capture holds what was not: the run then proves nothing. */
const fates = (sent, { segments }, isn) => {
  const state = new Uint8Array(sent.length)
  for (const { seq, bytes, length } of segments) {
    const at = (seq - isn - 1) | 0
    if (at < 0 || at + length > sent.length) throw new Error(`a segment at ${at}, outside what was sent`)
    for (let i = at; i < at + length; i++) {
      if (i < at + bytes.length) {
        if (bytes[i - at] !== sent[i]) throw new Error(`the capture has another byte at ${i} than was sent`)
        state[i] = CAPTURED
      } else if (state[i] === ABSENT) state[i] = SNAPLEN
    }
  }
  return state
}

const gapsOf = (state, from, to) => {
  const gaps = []
  for (let at = from; at < to; at++) {
    if (state[at] === CAPTURED) continue
    const last = gaps.at(-1)
    const reason = REASONS[state[at]]
    if (last?.reason === reason && last.offset + last.length === at - from) last.length++
    else gaps.push({ offset: at - from, length: 1, reason })
  }
  return gaps
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b)

/** Whether record and file say exactly that the bytes from `from` to `to` were sent and which of them are captured. */
const tells = (sent, state, from, to, { pldLen, pldBytes, pldGaps }, file) => {
  if (pldLen !== to - from || file.length !== to - from) return false
  const gaps = gapsOf(state, from, to)
  if (!same(pldGaps, gaps)) return false
  const expected = Buffer.from(sent.subarray(from, to))
  for (const { offset, length } of gaps) expected.fill(0, offset, offset + length)
  return expected.equals(file) && pldBytes === to - from - gaps.reduce((sum, gap) => sum + gap.length, 0)
}

/**
 * Holds a direction of TCP against what was sent.
 * @param {{seed: number, bytes: number}} direction of the plan
 * @param {{segments: object[], isn?: number, fin?: number}} stream what the capture holds of it
 * @param {number} isn its initial sequence number, from a capture that has the SYN
 * @param {object} flow the flow record
 * @param {Buffer} file what was extracted
 * @returns `verdict`: `identical`; `gaps`: every byte is right or within a gap that is named exactly; `wrong`. Where bytes
 *   before the first or behind the last captured one are missing, `head` and `tail` say whether they are `named` as a gap
 *   or `unnamed`; `told` is added where the capture has the SYN or the FIN, so that they can be known of.
 */
export const compareTcp = (direction, stream, isn, flow, file) => {
  const sent = content(direction.seed, direction.bytes)
  assert.equal(createHash('sha256').update(sent).digest('hex'), direction.sent.sha256)
  const state = fates(sent, stream, isn)
  const lowest = state.findIndex(fate => fate !== ABSENT)
  const highest = state.findLastIndex(fate => fate !== ABSENT) + 1
  const starts = highest === 0 || stream.isn !== undefined ? [0] : [0, lowest]
  for (const from of starts) {
    for (const to of [sent.length, highest]) {
      if (!tells(sent, state, from, to, flow, file)) continue
      const verdict = flow.pldGaps.length === 0 && from === 0 && to === sent.length ? 'identical' : 'gaps'
      const end = (seen, named, told) =>
        seen ? 'seen' : `${named ? 'named' : 'unnamed'}${told ? ', told' : ''}`
      return {
        verdict,
        head: end(lowest <= 0, from === 0, stream.isn !== undefined),
        tail: end(highest === sent.length, to === sent.length, stream.fin !== undefined),
      }
    }
  }
  return { verdict: 'wrong' }
}
