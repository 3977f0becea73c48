import fc from 'fast-check'
import t from 'tap'
import type { PayloadOptions } from '../lib/payload/payload-chunker.ts'
import { sctpChunk, sctpData, sctpInit } from './support/build-packets.ts'
import type { TestPacket } from './support/packet-batch.ts'
import { runPayload } from './support/payload-run.ts'
import { runSctp, sctpPacket } from './support/sctp-run.ts'

const SYN = 0x02
const FIN = 0x01
const ISN = 0xffff_fff0
const SENT = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** The bytes `[at, to)` of the stream, of which `snap` were captured. */
function bytes(at: number, to: number, more: TestPacket & { snap?: number } = {}): TestPacket {
  const { snap = to - at, ...rest } = more
  const payload = SENT.slice(at, Math.min(to, at + snap))
  return { flowInd: 1, dir: 0, tcpSeq: (ISN + 1 + at) >>> 0, payload, l7Len: to - at, ...rest }
}
const syn: TestPacket = { flowInd: 1, dir: 0, tcpSeq: ISN, tcpFlags: SYN }

interface Scenario {
  name: string
  packets: TestPacket[]
  options: PayloadOptions
  text: string
  stat?: number[]
  gaps?: [offset: number, length: number, reason: string][]
  counters?: Record<string, number>
  notes?: string[]
}

const SCENARIOS: Scenario[] = [
  {
    name: 'the first bytes of a TCP stream, not of its segments',
    packets: [syn, bytes(0, 4), bytes(4, 10), bytes(10, 20)],
    options: { startOffset: 6 },
    text: SENT.slice(6, 20),
    stat: [1, 1, 3, 3],
    counters: { strippedBytes: 6, writtenBytes: 14 },
  },
  {
    name: 'a cut between two segments',
    packets: [syn, bytes(0, 4), bytes(4, 10)],
    options: { startOffset: 4 },
    text: SENT.slice(4, 10),
    stat: [1, 1, 3],
  },
  {
    name: 'maxBytes counts from what is left, as dd does with skip and count',
    packets: [syn, bytes(0, 4), bytes(4, 10), bytes(10, 20)],
    options: { startOffset: 6, maxBytes: 5 },
    text: SENT.slice(6, 11),
    stat: [1, 1, 3, 3],
    counters: { strippedBytes: 6, writtenBytes: 5, beyondMaxBytes: 9 },
  },
  {
    name: 'a stream that is shorter has no payload and no gaps',
    packets: [syn, bytes(0, 4), bytes(6, 10)],
    options: { startOffset: 20 },
    text: '',
    stat: [1, 1, 1],
    gaps: [],
    counters: { strippedBytes: 8, writtenBytes: 0 },
  },
  {
    name: 'what is missing among the first bytes is no gap, what is missing behind them is one',
    packets: [syn, bytes(2, 4), bytes(8, 10)],
    options: { startOffset: 6 },
    text: '..ij',
    gaps: [[0, 2, 'absent']],
  },
  {
    name: 'a segment that comes late fills its gap, or is left out',
    packets: [syn, bytes(8, 10), bytes(0, 8), bytes(4, 12)],
    options: { startOffset: 6 },
    text: 'ghijkl',
    gaps: [],
    counters: { strippedBytes: 6 + 2, duplicateBytes: 4 },
  },
  {
    name: 'repeated first bytes are left out again, and nobody compares them',
    packets: [syn, bytes(0, 4), bytes(4, 10), bytes(0, 4, { payload: 'XXXX' })],
    options: { startOffset: 6 },
    text: 'ghij',
    stat: [1, 1, 3, 1],
    counters: { strippedBytes: 10, conflicts: 0, uncomparedBytes: 0, duplicateBytes: 0 },
  },
  {
    name: 'a snap length among the first bytes and behind them',
    packets: [syn, bytes(0, 10, { snap: 3 }), bytes(10, 20, { snap: 5 })],
    options: { startOffset: 6 },
    text: `....${SENT.slice(10, 15)}.....`,
    gaps: [
      [0, 4, 'snaplen'],
      [9, 5, 'snaplen'],
    ],
    counters: { strippedBytes: 3 },
  },
  {
    name: 'without a SYN it counts from the first byte seen, and nothing before that is taken',
    packets: [bytes(10, 20), bytes(4, 10), bytes(20, 22)],
    options: { startOffset: 2 },
    text: SENT.slice(12, 22),
    counters: { strippedBytes: 2 + 6 },
    notes: [],
  },
  {
    name: 'a SYN that comes behind its data',
    packets: [bytes(0, 4), syn, bytes(4, 10)],
    options: { startOffset: 2 },
    text: SENT.slice(2, 10),
    notes: [],
  },
  {
    name: 'a SYN that comes late and says there was more before',
    packets: [bytes(4, 8), syn, bytes(0, 4), bytes(8, 10)],
    options: { startOffset: 2 },
    text: SENT.slice(6, 10),
    notes: [],
  },
  {
    name: 'data before the SYN is none of the stream, and is not stripped',
    packets: [syn, bytes(0, 8), bytes(-3, 0, { payload: 'xyz', l7Len: 3 })],
    options: { startOffset: 2 },
    text: SENT.slice(2, 8),
    counters: { strippedBytes: 2, beforeStartBytes: 3 },
    notes: ['before-start'],
  },
  {
    name: 'two SYNs: the data decides, and the offset counts from there',
    packets: [{ ...syn, tcpSeq: 77 }, syn, bytes(0, 8)],
    options: { startOffset: 2 },
    text: SENT.slice(2, 8),
  },
  {
    name: 'data in the SYN counts, a FIN ends the stream among the first bytes',
    packets: [{ ...syn, payload: 'abcd' }, bytes(4, 6, { tcpFlags: FIN }), bytes(6, 12)],
    options: { startOffset: 5 },
    text: 'f',
    counters: { strippedBytes: 5, afterFinBytes: 6 },
    notes: ['data-after-fin'],
  },
  {
    name: 'an urgent byte among the first is left out with them, one behind them is a gap',
    packets: [syn, bytes(0, 4, { tcpFlags: 0x30, tcpUrg: 2 }), bytes(4, 10, { tcpFlags: 0x30, tcpUrg: 4 })],
    options: { startOffset: 3, urgent: 'drop' },
    text: 'defg.ij',
    gaps: [[4, 1, 'filtered']],
    counters: { strippedBytes: 3, urgentBytes: 1 },
  },
  {
    name: 'bytes behind the first do not wait for them, so the first copy of them stands',
    packets: [syn, bytes(4, 10), bytes(4, 10, { payload: 'XXXXXX' }), bytes(0, 4)],
    options: { startOffset: 4, overlap: 'last' },
    text: 'efghij',
    counters: { conflicts: 1 },
  },
]

for (const { name, packets, options, text, stat, gaps, counters, notes } of SCENARIOS) {
  for (const perBatch of [4096, 1]) {
    t.test(`${name}, ${perBatch === 1 ? 'packet by packet' : 'in one batch'}`, async t => {
      const got = runPayload(packets, options, perBatch)
      const { end, text: found } = got.streams['1A']!
      t.equal(found, text)
      t.equal(end.start, 0, 'offsets count from the first byte that is in the file')
      t.equal(end.pldLen, text.length)
      t.equal(end.pldBytes, text.replaceAll('.', '').length)
      if (stat) t.same(got.pldStat, stat)
      if (gaps) {
        t.same(
          end.pldGaps.map(gap => [gap.offset, gap.length, gap.reason]),
          gaps,
        )
      }
      if (counters) t.match(got.summary, counters)
      if (notes)
        t.same(
          got.notes.map(({ code }) => code),
          notes,
        )
    })
  }
}

t.test('a file with an offset is the tail of the file without one', async t => {
  const cut = fc.record({
    at: fc.nat(SENT.length - 2),
    length: fc.integer({ min: 2, max: 25 }),
    snap: fc.nat(25),
  })
  const limits = fc.record({ skip: fc.integer({ min: 1, max: 40 }), maxBytes: fc.nat(20) })
  const property = fc.property(fc.array(cut, { maxLength: 30 }), limits, (cuts, { skip, maxBytes }) => {
    const packets = cuts.map(({ at, length, snap }) =>
      bytes(at, Math.min(at + length, SENT.length), { snap }),
    )
    const whole = runPayload([syn, ...packets]).streams['1A']!
    const { summary, streams, gaps } = runPayload([syn, ...packets], { startOffset: skip, maxBytes }, 3)
    const { text, end } = streams['1A']!
    const reasons = (gaps: typeof end.pldGaps, length: number): string[] => {
      const all = Array<string>(length).fill('captured')
      for (const gap of gaps) all.fill(gap.reason, gap.offset, gap.offset + gap.length)
      return all
    }
    const last = maxBytes === 0 ? SENT.length : skip + maxBytes
    const { writtenBytes, duplicateBytes, beyondMaxBytes, strippedBytes, payloadBytes } =
      summary as never as {
        [name: string]: number
      }
    return (
      text === whole.text.slice(skip, last) &&
      reasons(end.pldGaps, text.length).join() ===
        reasons(whole.end.pldGaps, whole.text.length).slice(skip, last).join() &&
      gaps.length === end.pldGaps.length &&
      payloadBytes === writtenBytes! + duplicateBytes! + beyondMaxBytes! + strippedBytes!
    )
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 800 }))
})

t.test('SCTP: the first bytes of each stream', async t => {
  const data = (tsn: number, payload: string, h: object = {}): TestPacket =>
    sctpPacket(sctpData({ tsn, ssn: 0, ...h }, payload))
  const init = sctpPacket(sctpInit({ tag: 7, tsn: 100 }))
  const chunks = [
    data(100, 'abc'),
    data(103, 'ghijkl', { ssn: 2 }),
    data(101, 'xyz', { stream: 1 }),
    data(102, 'def', { ssn: 1 }),
  ]
  for (const perBatch of [4096, 1]) {
    const got = runSctp([init, ...chunks], { startOffset: 4, perBatch })
    t.same(got.streams, { '1A0': 'efghijkl' }, 'a stream that is shorter has no file')
    t.match(got.ends['1A'], { pldLen: 8, pldBytes: 8 })
    t.match(got.summary, { strippedBytes: 7, writtenBytes: 8 })
    t.same(got.chunks.map(({ offset, text }) => [offset, text]).sort(), [
      [0, 'ef'],
      [2, 'ghijkl'],
    ])
    t.same(runSctp([init, ...chunks], { startOffset: 4, maxBytes: 3, perBatch }).streams, { '1A0': 'efg' })
    // behind a gap: the chunk that waits is the one that is cut
    t.same(runSctp([init, data(101, 'abcdef')], { startOffset: 4, perBatch }).streams, { '1A0': 'ef' })
  }
  const all = sctpChunk(0, 0x03, Buffer.from('000000640000000000000000' + '6162636465666768', 'hex'))
  const snapped = sctpPacket(all.subarray(0, 12 + 4 + 3), { l7Len: all.length })
  for (const [startOffset, gap] of [
    [2, { offset: 1, length: 5 }],
    [5, { offset: 0, length: 3 }],
  ] as const) {
    const { gaps } = runSctp([init, snapped], { startOffset })
    t.match(gaps, [{ ...gap, reason: 'snaplen' }], `cut by the snap length, ${startOffset}`)
  }
})
