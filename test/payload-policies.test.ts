import fc from 'fast-check'
import t from 'tap'
import { OVERLAP_POLICIES } from '../lib/payload/overlap-policy.ts'
import type { SummaryRecord } from '../lib/records.ts'
import type { TestPacket } from './support/packet-batch.ts'
import { runPayload } from './support/payload-run.ts'

const SYN = 0x02
const URG = 0x20
const LENGTH = 120
/** Bytes that tell their place, none of them the `.` that stands for a missing one. */
const SENT = String.fromCharCode(...Array.from({ length: LENGTH }, (_, i) => 0x80 + (i % 0x7f)))

const isn = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.integer({ min: 2 ** 32 - LENGTH - 2, max: 2 ** 32 - 1 }),
)
const overlap = fc.constantFrom(...OVERLAP_POLICIES)
const perBatch = fc.integer({ min: 1, max: 30 })

/** What the counters of the payload stage have to add up to. */
function balanced(summary: SummaryRecord): boolean {
  const sum = (...names: string[]): number =>
    names.reduce((all, name) => all + Number(summary[`${name}Bytes`]), 0)
  const rejected = ['keepAlive', 'outOfWindow', 'gapTooLarge', 'rst', 'afterFin', 'afterRst', 'beforeStart']
  const parts = ['written', 'duplicate', 'overwritten', 'rejected', 'urgent', 'beyondMax', 'stripped']
  return (
    summary.rejectedBytes === sum(...rejected, 'badChecksum', 'oldTimestamp') &&
    summary.payloadBytes === sum(...parts)
  )
}

t.test('any order, repetition and cut of one stream gives the same bytes under every policy', async t => {
  const cuts = fc.uniqueArray(fc.integer({ min: 2, max: LENGTH - 2 }), { maxLength: 12 })
  const extra = fc.array(fc.tuple(fc.nat(LENGTH - 3), fc.integer({ min: 2, max: 40 })), { maxLength: 12 })
  const property = fc.property(
    cuts,
    extra,
    fc.array(fc.nat(), { minLength: 30, maxLength: 30 }),
    isn,
    overlap,
    perBatch,
    (cuts, extra, order, isn, overlap, perBatch) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), LENGTH]
      const spans = edges.slice(1).map((end, i): [number, number] => [edges[i]!, end])
      const all = [...spans, ...extra.map(([at, length]): [number, number] => [at, at + length])]
      const packets = all
        .map(([from, to], i): [number, TestPacket] => [
          order[i]!,
          {
            flowInd: 1,
            tcpSeq: (isn + 1 + from) >>> 0,
            payload: Buffer.from(SENT.slice(from, to), 'latin1'),
          },
        ])
        .sort((a, b) => a[0] - b[0])
        .map(([, packet]) => packet)
      // one byte alone before the end is a keep-alive, so that the end comes in a segment of two
      packets.unshift({ flowInd: 1, tcpSeq: isn, tcpFlags: SYN })
      const isSingle = (packet: TestPacket): boolean => (packet.payload as Buffer | undefined)?.length === 1
      const got = runPayload(
        packets.filter(packet => !isSingle(packet)),
        { overlap },
        perBatch,
      )
      const whole = !packets.some(isSingle)
      const { text, end } = got.streams['1A']!
      const isRight = whole ? text === SENT : [...text].every((sign, i) => sign === '.' || sign === SENT[i])
      return isRight && got.overlaps.length === 0 && balanced(got.summary) && end.pldGaps.length <= 13
    },
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1500 }))
})

t.test('bytes and gaps add up to what was sent, for any snap length', async t => {
  const property = fc.property(
    fc.integer({ min: 0, max: 50 }),
    fc.array(fc.integer({ min: 2, max: 40 }), { minLength: 1, maxLength: 20 }),
    isn,
    overlap,
    perBatch,
    (snap, lengths, isn, overlap, perBatch) => {
      let at = 0
      const packets: TestPacket[] = [{ flowInd: 1, tcpSeq: isn, tcpFlags: SYN }]
      for (const length of lengths) {
        const payload = 'x'.repeat(Math.min(snap, length))
        packets.push({ flowInd: 1, tcpSeq: (isn + 1 + at) >>> 0, payload, l7Len: length })
        at += length
      }
      const { streams, summary } = runPayload(packets, { overlap }, perBatch)
      const { end } = streams['1A']!
      const missing = end.pldGaps.reduce(
        (sum, { length, reason }) => sum + (reason === 'snaplen' ? length : 1e9),
        0,
      )
      return end.pldLen === at && end.pldBytes + missing === at && balanced(summary)
    },
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }))
})

t.test('whatever comes under whatever option, every byte is counted once', async t => {
  const near = fc.integer({ min: 0, max: 200 })
  const word = fc.oneof(near, fc.integer({ min: 0, max: 2 ** 32 - 1 }))
  const packet = fc.record({
    flowInd: fc.integer({ min: 1, max: 2 }),
    dir: fc.integer({ min: 0, max: 1 }),
    tcpSeq: fc.oneof({ weight: 6, arbitrary: near }, { weight: 1, arbitrary: word }),
    tcpAck: word,
    tcpFlags: fc.oneof(fc.constant(0x10), fc.constant(0x10 | URG), fc.integer({ min: 0, max: 0x3f })),
    tcpUrg: fc.nat(30),
    tcpTsVal: fc.option(fc.nat(20), { nil: undefined }),
    l4Chk: fc.constantFrom('ok', 'ok', 'ok', 'bad', 'part'),
    payload: fc.string({ unit: 'grapheme-ascii', maxLength: 30 }).map(text => text.replaceAll('.', '-')),
    more: fc.nat(5),
  })
  const options = fc.record({
    overlap,
    urgent: fc.constantFrom('inline', 'drop'),
    paws: fc.boolean(),
    checksums: fc.boolean(),
    maxBytes: fc.constantFrom(0, 0, 40),
    maxGap: fc.constantFrom(0, 50, 2 ** 24),
  })
  const property = fc.property(
    fc.array(packet, { maxLength: 60 }),
    options,
    perBatch,
    (packets, options, perBatch) => {
      const sent = packets.map(({ more, tcpTsVal, tcpUrg, ...packet }): TestPacket => {
        const tcp = { ...packet, ...(tcpTsVal === undefined ? {} : { tcpTsVal }) } as TestPacket
        if ((packet.tcpFlags & URG) !== 0) tcp.tcpUrg = tcpUrg
        return { ...tcp, l7Len: packet.payload.length + (more > 3 ? more : 0) }
      })
      const { streams, summary } = runPayload(sent, options as never, perBatch)
      const ends = Object.values(streams).map(({ end }) => end)
      const written = ends.reduce((sum, end) => sum + end.pldBytes, 0)
      const holes = ends.every(
        end => end.pldLen === end.pldBytes + end.pldGaps.reduce((sum, { length }) => sum + length, 0),
      )
      return balanced(summary) && summary.writtenBytes === written && holes
    },
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 2500 }))
})
