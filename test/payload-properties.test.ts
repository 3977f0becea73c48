import fc from 'fast-check'
import t from 'tap'
import type { SummaryRecord } from '../lib/records.ts'
import type { TestPacket } from './support/packet-batch.ts'
import { runPayload } from './support/payload-run.ts'

const SYN = 0x02
const LENGTH = 120

/** Bytes that tell their place, none of them the `.` that stands for a missing one. */
const SENT = String.fromCharCode(...Array.from({ length: LENGTH }, (_, i) => 0x80 + (i % 0x7f)))

const isn = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.integer({ min: 2 ** 32 - LENGTH - 2, max: 2 ** 32 - 1 }),
)
const cut = fc.record({
  at: fc.integer({ min: 0, max: LENGTH - 2 }),
  // one byte alone just before the end is a keep-alive, and meant to be left out
  length: fc.integer({ min: 2, max: 40 }),
  /** Bytes of the segment that the snap length left. */
  snap: fc.oneof(fc.constant(100), fc.integer({ min: 0, max: 40 })),
})
const cuts = fc.array(cut, { minLength: 1, maxLength: 60 })
const options = fc.record({ perBatch: fc.integer({ min: 1, max: 20 }), maxBytes: fc.constantFrom(0, 1, 50) })

interface Cut {
  at: number
  length: number
  snap: number
}

function segment({ at, length, snap }: Cut, first: number): TestPacket {
  const sent = SENT.slice(at, at + length)
  const payload = Buffer.from(sent.slice(0, snap), 'latin1')
  return { flowInd: 1, dir: 0, tcpSeq: (first + at) >>> 0, payload, l7Len: sent.length }
}

/** What a naive receiver has that marks every byte by itself. */
function model(cuts: Cut[], start: number, limit: number): { text: string; reasons: string } {
  const state = Array<string>(LENGTH).fill('absent')
  let end = start
  for (const { at, length, snap } of cuts) {
    const to = Math.min(at + length, LENGTH)
    end = Math.max(end, to)
    for (let i = at; i < to; i++) {
      if (i - at < snap) state[i] = 'captured'
      else if (state[i] === 'absent') state[i] = 'snaplen'
    }
  }
  const range = state.slice(start, Math.max(start, Math.min(end, limit)))
  return {
    text: range.map((is, i) => (is === 'captured' ? SENT[start + i] : '.')).join(''),
    reasons: range.join(),
  }
}

/** The sum that every captured byte has to be in. */
function balanced(summary: SummaryRecord): boolean {
  const sum = (...names: string[]): number => names.reduce((all, name) => all + Number(summary[name]), 0)
  const rejected = sum(
    'keepAliveBytes',
    'outOfWindowBytes',
    'gapTooLargeBytes',
    'rstBytes',
    'afterFinBytes',
    'beforeStartBytes',
  )
  const bytes = sum('writtenBytes', 'duplicateBytes', 'rejectedBytes', 'beyondMaxBytes', 'strippedBytes')
  return summary.rejectedBytes === rejected && summary.payloadBytes === bytes
}

function reasonsOf(text: string, gaps: { offset: number; length: number; reason: string }[]): string {
  const state = Array<string>(text.length).fill('captured')
  for (const { offset, length, reason } of gaps) state.fill(reason, offset, offset + length)
  return state.join()
}

t.test('segments in any order, cut and repeated at will, give the stream and its gaps', async t => {
  const property = fc.property(
    cuts,
    isn,
    fc.boolean(),
    options,
    (cuts, isn, hasSyn, { perBatch, maxBytes }) => {
      const first = (isn + 1) >>> 0
      const packets = cuts.map(one => segment(one, first))
      if (hasSyn) packets.unshift({ flowInd: 1, dir: 0, tcpSeq: isn, tcpFlags: SYN })
      // without a SYN the first segment seen is where maxBytes counts from
      const start = hasSyn ? 0 : Math.min(...cuts.map(one => one.at))
      const limit = maxBytes === 0 ? LENGTH : maxBytes + (hasSyn ? 0 : cuts[0]!.at)
      const { streams, gaps, summary } = runPayload(packets, { maxBytes }, perBatch)
      const { text, end } = streams['1A']!
      const expected = model(cuts, start, limit)
      return (
        text === expected.text &&
        reasonsOf(text, end.pldGaps) === expected.reasons &&
        end.pldBytes === text.replaceAll('.', '').length &&
        gaps.length === end.pldGaps.length &&
        summary.gapBytes === end.pldLen - end.pldBytes &&
        balanced(summary)
      )
    },
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1500 }))
})

t.test('a SYN that comes at any time anchors the stream', async t => {
  const property = fc.property(cuts, isn, fc.nat(60), (cuts, isn, when) => {
    const packets = cuts.map(one => segment(one, (isn + 1) >>> 0))
    packets.splice(when, 0, { flowInd: 1, dir: 0, tcpSeq: isn, tcpFlags: SYN })
    return runPayload(packets).streams['1A']!.text === model(cuts, 0, LENGTH).text
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }))
})

t.test('whatever comes, every byte is counted once and no byte is given twice', async t => {
  const packet = fc.record({
    flowInd: fc.integer({ min: 1, max: 3 }),
    dir: fc.integer({ min: 0, max: 1 }),
    tcpSeq: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
    tcpAck: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
    tcpFlags: fc.oneof(fc.constant(0x10), fc.integer({ min: 0, max: 0x1f })),
    l4Proto: fc.constantFrom(6, 6, 6, 17),
    payload: fc.string({ unit: 'grapheme-ascii', maxLength: 30 }).map(text => text.replaceAll('.', '-')),
    more: fc.nat(5),
  })
  const limits = fc.record({
    maxBytes: fc.constantFrom(0, 40),
    maxGap: fc.constantFrom(0, 50, 2 ** 24),
    startOffset: fc.nat(4),
  })
  const property = fc.property(fc.array(packet, { maxLength: 60 }), limits, (packets, limits) => {
    const sent = packets.map(({ more, ...packet }) => {
      // a flow has one protocol, so it goes by the flow's number
      return {
        ...packet,
        l4Proto: packet.flowInd === 3 ? 17 : 6,
        l7Len: packet.payload.length + (more > 3 ? more : 0),
      }
    })
    const { streams, summary } = runPayload(sent, limits)
    const ends = Object.values(streams).map(({ end }) => end)
    const written = ends.reduce((sum, end) => sum + end.pldBytes, 0)
    return balanced(summary) && summary.writtenBytes === written && summary.flowsWithoutRecord === 0
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1500 }))
})
