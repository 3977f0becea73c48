import t from 'tap'
import { sctpChunk, sctpData, sctpForward, sctpIData, sctpInit, u16, u32 } from './support/build-packets.ts'
import type { TestPacket } from './support/packet-batch.ts'
import { runSctp, type SctpOutcome, sctpPacket } from './support/sctp-run.ts'

const WHOLE = 3
const FIRST = 2
const MIDDLE = 0
const LAST = 1
const UNORDERED = 4

/** A packet with one DATA chunk. */
const data = (tsn: number, payload: string, h: Partial<Parameters<typeof sctpData>[0]> = {}): TestPacket =>
  sctpPacket(sctpData({ tsn: tsn >>> 0, ssn: 0, ...h }, payload))
/** A packet of these chunks of which only so many bytes were captured. */
const cut = (captured: number, ...chunks: Uint8Array[]): TestPacket => {
  const all = Buffer.concat(chunks)
  return sctpPacket(all.subarray(0, captured), { l7Len: all.length })
}
const init = sctpPacket(sctpInit({ tag: 7, tsn: 100 }))
const fromB = (packet: TestPacket): TestPacket => ({ ...packet, dir: 1 })
const codes = ({ notes }: SctpOutcome): string[] => notes.map(note => note.code)

interface Scenario {
  name: string
  packets: TestPacket[]
  options?: Parameters<typeof runSctp>[1]
  streams: Record<string, string>
  /** pldStat of the last packets. */
  stat?: number[]
  notes?: string[]
  gaps?: object[]
  counters?: Record<string, number>
  more?: (outcome: SctpOutcome, t: Tap) => void
}
type Tap = Pick<typeof t, 'equal' | 'match' | 'notOk' | 'same'>

const SCENARIOS: Scenario[] = [
  {
    name: 'u02 two streams whose messages alternate, each in order',
    packets: [
      init,
      data(100, 'aa', { stream: 1, ppid: 46 }),
      data(101, 'bb', { stream: 2, ppid: 47 }),
      data(102, 'AA', { stream: 1, ssn: 1, ppid: 46 }),
      data(103, 'BB', { stream: 2, ssn: 1, ppid: 47 }),
    ],
    streams: { '1A1': 'aaAA', '1A2': 'bbBB' },
    stat: [0x01, 0x07, 0x03, 0x03, 0x03],
    more: ({ chunks, ends }, t) => {
      t.same(
        chunks.map(({ stream, ppid, flags, pktNo }) => [stream, ppid, flags, pktNo]),
        [
          [1, 46, WHOLE, 2],
          [2, 47, WHOLE, 3],
          [1, 46, WHOLE, 4],
          [2, 47, WHOLE, 5],
        ],
      )
      t.match(ends['1A'], { pldStat: '0x07', pldLen: 8, pldBytes: 8, pldGaps: [], pldOverlaps: 0 })
    },
  },
  {
    name: 'a message in fragments over several packets',
    packets: [
      init,
      data(100, 'one ', { flags: FIRST }),
      data(101, 'two ', { flags: MIDDLE }),
      data(102, 'three', { flags: LAST }),
      data(103, '!', { ssn: 1 }),
    ],
    streams: { '1A0': 'one two three!' },
    more: ({ chunks }, t) =>
      t.same(
        chunks.map(chunk => chunk.flags),
        [FIRST, MIDDLE, LAST, WHOLE],
      ),
  },
  {
    name: 'several chunks in one packet, of lengths that need padding, between others',
    packets: [
      init,
      sctpPacket([
        sctpChunk(3, 0, Buffer.alloc(12)),
        sctpData({ tsn: 100, stream: 3 }, 'a'),
        sctpData({ tsn: 101, stream: 4 }, 'bcd'),
        sctpChunk(4, 0, 'beat'),
        sctpData({ tsn: 102, stream: 3, ssn: 1 }, 'e'),
      ]),
    ],
    streams: { '1A3': 'ae', '1A4': 'bcd' },
    stat: [0x01, 0x07],
  },
  {
    name: 'the padding of the last chunk is missing',
    packets: [init, sctpPacket(sctpData({ tsn: 100 }, 'a').subarray(0, 17))],
    streams: { '1A0': 'a' },
    stat: [0x07],
    notes: [],
  },
  {
    name: 'out of order within a batch',
    packets: [init, data(102, 'c', { ssn: 2 }), data(101, 'b', { ssn: 1 }), data(100, 'a')],
    streams: { '1A0': 'abc' },
    stat: [0x27, 0x23, 0x23],
    more: ({ chunks }, t) =>
      t.same(
        chunks.map(({ offset, pktNo, late }) => [offset, pktNo, late]),
        [
          [2, 2, false],
          [1, 3, false],
          [0, 4, false],
        ],
        'each where its packet stands',
      ),
  },
  {
    name: 'out of order over batches: what waited comes with the facts of its own packet',
    packets: [
      init,
      { ...data(101, 'b', { ssn: 1, ppid: 5 }), pktNo: 77, time: [5, 6000] },
      { ...data(102, 'c', { stream: 9 }), pktNo: 78 },
      data(100, 'a'),
      data(103, 'd', { ssn: 2 }),
    ],
    options: { perBatch: 1 },
    streams: { '1A0': 'abd', '1A9': 'c' },
    more: ({ chunks }, t) =>
      t.same(
        chunks.map(({ offset, pktNo, late, ppid, stream, text }) => [
          stream,
          offset,
          text,
          pktNo,
          late,
          ppid,
        ]),
        [
          [0, 1, 'b', 77, true, 5],
          [9, 0, 'c', 78, true, 0],
          [0, 0, 'a', 4, false, 0],
          [0, 2, 'd', 5, false, 0],
        ],
      ),
  },
  {
    name: 'duplicates, of what was given and of what waits',
    packets: [
      init,
      data(100, 'a'),
      data(100, 'X'),
      data(102, 'c', { ssn: 2 }),
      data(102, 'Y', { ssn: 2 }),
      data(101, 'b', { ssn: 1 }),
    ],
    options: { perBatch: 2 },
    streams: { '1A0': 'abc' },
    stat: [0x07, 0x23, 0x23, 0x23, 0x23],
    counters: { duplicateBytes: 2, writtenBytes: 3 },
    more: ({ files }, t) => t.equal(files['1A0']!.pldOverlaps, 2),
  },
  {
    name: 'unordered messages stand where their TSN puts them, whatever their SSN',
    packets: [
      init,
      data(100, 'a'),
      data(101, 'u', { flags: WHOLE | UNORDERED, ssn: 99 }),
      data(102, 'b', { ssn: 1 }),
    ],
    streams: { '1A0': 'aub' },
    notes: [],
    more: ({ chunks }, t) =>
      t.same(
        chunks.map(chunk => chunk.flags),
        [WHOLE, WHOLE | UNORDERED, WHOLE],
      ),
  },
  {
    name: 'TSNs and SSNs that wrap, out of order at the edge',
    packets: [
      sctpPacket(sctpInit({ tag: 7, tsn: 0xffff_fffe })),
      data(0, 'c', { ssn: 0 }),
      data(0xffff_ffff, 'b', { ssn: 0xffff }),
      data(0xffff_fffe, 'a', { ssn: 0xfffe }),
      data(1, 'd', { ssn: 1 }),
    ],
    options: { perBatch: 1 },
    streams: { '1A0': 'abcd' },
    notes: [],
  },
  {
    name: 'a TSN that is missing for good: what follows is given as the flow ends',
    packets: [init, data(100, 'a'), data(103, 'd', { ssn: 3 }), data(104, 'e', { ssn: 4 })],
    options: { perBatch: 1 },
    streams: { '1A0': 'ade' },
    stat: [0x07, 0x23, 0x03],
    notes: ['sctp-tsn-missing'],
    counters: { tsnsMissing: 2, ssnMismatches: 0, gaps: 0 },
    more: ({ notes, chunks }, t) => {
      t.match(notes[0], {
        message: /^TSNs 101 to 102 were not captured/,
        flowInd: 1,
        dir: 'A',
        level: 'warning',
      })
      t.notOk('pktNo' in notes[0]!)
      t.same(
        chunks.map(({ pktNo, late }) => [pktNo, late]),
        [
          [2, false],
          [3, true],
          [4, true],
        ],
      )
    },
  },
  {
    name: 'the first TSN that the INIT announced is missing',
    packets: [init, data(101, 'b', { ssn: 1 })],
    streams: { '1A0': 'b' },
    stat: [0x01, 0x27],
    notes: ['sctp-tsn-missing'],
    counters: { tsnsMissing: 1 },
  },
  {
    name: 'TSNs given up by their sender are skipped; data of theirs that comes later is told of',
    packets: [
      init,
      data(100, 'a'),
      data(102, 'c', { ssn: 2 }),
      data(104, 'e', { ssn: 4 }),
      sctpPacket(sctpForward(103)),
      data(101, 'late', { ssn: 1 }),
      data(100, 'again'),
    ],
    options: { perBatch: 1 },
    streams: { '1A0': 'ace' },
    stat: [0x07, 0x23, 0x23, 0x01, 0x33, 0x23],
    notes: ['sctp-tsn-abandoned', 'sctp-tsn-abandoned', 'sctp-tsn-late'],
    counters: { tsnsAbandoned: 2, tsnsMissing: 0, lateTsnBytes: 4, rejectedBytes: 4, duplicateBytes: 5 },
  },
  {
    name: 'TSNs given up while nothing waits',
    packets: [init, data(100, 'a'), sctpPacket(sctpForward(102)), data(103, 'd', { ssn: 3 })],
    streams: { '1A0': 'ad' },
    notes: ['sctp-tsn-abandoned'],
    counters: { tsnsAbandoned: 2 },
  },
  {
    name: 'a FORWARD-TSN that leads nowhere, back, or out of any window changes nothing',
    packets: [
      sctpPacket(sctpForward(5000)),
      init,
      data(100, 'a'),
      sctpPacket([sctpForward(99), sctpForward(100 + 2 ** 20), sctpForward(100), sctpChunk(192, 0, '')]),
      data(101, 'b', { ssn: 1 }),
    ],
    streams: { '1A0': 'ab' },
    notes: [],
  },
  {
    name: 'I-DATA: messages of two streams in turn, fragment by fragment',
    packets: [
      init,
      sctpPacket(sctpIData({ tsn: 100, stream: 0, mid: 0, ppid: 51, flags: FIRST }, 'a1')),
      sctpPacket(sctpIData({ tsn: 101, stream: 1, mid: 0, ppid: 52, flags: FIRST }, 'b1')),
      sctpPacket(sctpIData({ tsn: 102, stream: 0, mid: 0, fsn: 1, flags: LAST }, 'a2')),
      sctpPacket(sctpIData({ tsn: 103, stream: 1, mid: 0, fsn: 1, flags: LAST }, 'b2')),
      sctpPacket(sctpIData({ tsn: 105, stream: 1, mid: 2 }, 'c')),
      sctpPacket(sctpForward(104, true)),
    ],
    streams: { '1A0': 'a1a2', '1A1': 'b1b2c' },
    notes: ['sctp-tsn-abandoned'],
    more: ({ chunks }, t) =>
      t.same(
        chunks.map(chunk => chunk.ppid),
        [51, 52, 51, 52, 0],
        'fragments get the PPID of their message',
      ),
  },
  {
    name: 'numbers of messages and fragments that contradict the TSNs are counted',
    packets: [
      init,
      data(100, 'a', { ssn: 4 }),
      data(101, 'b', { ssn: 7 }),
      data(102, 'c', { ssn: 8, flags: FIRST }),
      data(103, 'd', { ssn: 9 }),
      data(104, 'e', { ssn: 10, flags: LAST }),
    ],
    streams: { '1A0': 'abcde' },
    notes: ['sctp-ssn', 'sctp-fragment'],
    counters: { ssnMismatches: 1, fragmentMismatches: 2 },
  },
  {
    name: 'streams that are reset begin with 0 again',
    packets: [
      init,
      fromB(sctpPacket([sctpInit({ tag: 9, tsn: 500, ack: true }), sctpData({ tsn: 500, ssn: 0 }, 'x')])),
      data(100, 'a', { ssn: 4 }),
      sctpPacket(sctpChunk(130, 0, Buffer.concat([u16(13), u16(16), u32(1), u32(1), u32(1)]))),
      data(101, 'b', { ssn: 0 }),
      fromB(data(501, 'y', { ssn: 0 })),
    ],
    streams: { '1A0': 'ab', '1B0': 'xy' },
    notes: [],
  },
  {
    name: 'TSNs that both sides agreed to set go on where they were set to',
    packets: [
      init,
      fromB(data(500, 'x')),
      data(100, 'a'),
      // result 1: performed; then the next TSN of its sender, and of its receiver
      fromB(
        sctpPacket(
          sctpChunk(130, 0, Buffer.concat([u16(16), u16(20), u32(1), u32(1), u32(900), u32(0x8000_0064)])),
        ),
      ),
      data(0x8000_0065, 'c', { ssn: 1 }),
      data(0x8000_0064, 'b', { ssn: 0 }),
      fromB(data(900, 'y')),
    ],
    streams: { '1A0': 'abc', '1B0': 'xy' },
    notes: ['sctp-restart', 'sctp-restart'],
  },
  {
    name: 'an association that is begun anew, behind the old streams',
    packets: [
      init,
      data(100, 'a'),
      data(102, 'c', { ssn: 2 }),
      sctpPacket(sctpInit({ tag: 8, tsn: 100 })),
      sctpPacket([sctpChunk(10, 0, 'cookie'), sctpData({ tsn: 100 }, 'A')]),
      data(101, 'B', { ssn: 1 }),
    ],
    options: { perBatch: 2 },
    streams: { '1A0': 'acAB' },
    notes: ['sctp-tsn-missing', 'sctp-restart'],
    counters: { sctpRestarts: 1 },
  },
  {
    name: 'one that is begun anew, seen without its cookie, or without its INIT',
    packets: [
      init,
      data(100, 'a'),
      sctpPacket(sctpInit({ tag: 8, tsn: 7_000_000 })),
      data(101, 'b', { ssn: 1 }),
      data(7_000_001, 'd', { ssn: 1 }),
      data(7_000_000, 'c'),
      data(5_000, 'lost'),
      data(5_001, 'e'),
      data(5_002, 'f', { ssn: 1 }),
    ],
    streams: { '1A0': 'abcdef' },
    notes: ['sctp-restart', 'sctp-tsn-stray'],
    counters: { lateTsnBytes: 4, sctpRestarts: 2 },
  },
  {
    name: 'a chunk that is far from the old and the new TSNs of an association',
    packets: [
      sctpPacket(sctpInit({ tag: 7, tsn: 1_000_000 })),
      data(1_000_000, 'a'),
      sctpPacket(sctpInit({ tag: 8, tsn: 7_000_000 })),
      data(5_000, 'lost'),
      data(5_001, 'lost'),
      data(7_000_000, 'b'),
    ],
    streams: { '1A0': 'ab' },
    notes: ['sctp-tsn-stray', 'sctp-restart'],
    counters: { lateTsnBytes: 8 },
  },
  {
    name: 'an INIT that comes again, also answered anew, is no new association',
    packets: [
      init,
      init,
      fromB(sctpPacket(sctpInit({ tag: 20, tsn: 1_000_000, ack: true }))),
      fromB(sctpPacket(sctpInit({ tag: 21, tsn: 2_000_000_000, ack: true }))),
      sctpPacket([sctpChunk(10, 0, 'cookie'), sctpData({ tsn: 100 }, 'a')]),
      fromB(sctpPacket(sctpChunk(11, 0, ''))),
      init,
      fromB(data(1_000_000, 'x')),
      fromB(data(1_000_001, 'y', { ssn: 1 })),
      data(101, 'b', { ssn: 1 }),
    ],
    streams: { '1A0': 'ab', '1B0': 'xy' },
    notes: [],
    counters: { sctpRestarts: 0 },
  },
  {
    name: 'picked up in the middle: the lowest TSN is the first',
    packets: [data(502, 'c', { ssn: 9 }), data(500, 'a', { ssn: 7 }), data(501, 'b', { ssn: 8 })],
    options: { perBatch: 1 },
    streams: { '1A0': 'abc' },
    stat: [0x07, 0x23, 0x03],
    notes: [],
  },
  {
    name: 'an INIT that was captured behind the data',
    packets: [data(101, 'b', { ssn: 1 }), init, data(100, 'a'), data(102, 'c', { ssn: 2 })],
    options: { perBatch: 1 },
    streams: { '1A0': 'abc' },
    notes: [],
  },
  {
    name: 'picked up in the middle, with TSNs given up',
    packets: [data(500, 'a'), sctpPacket(sctpForward(502)), data(503, 'd', { ssn: 3 })],
    streams: { '1A0': 'ad' },
    notes: ['sctp-tsn-abandoned'],
  },
  {
    name: 'a chunk that the capture cut leaves a gap; what was behind it is missing',
    packets: [
      init,
      data(100, 'a', { stream: 5 }),
      cut(18, sctpData({ tsn: 101, stream: 5, ssn: 1 }, 'abcdef'), sctpData({ tsn: 102 }, 'gone')),
      data(103, 'x', { stream: 5, ssn: 2 }),
    ],
    streams: { '1A5': 'aab....x' },
    stat: [0x07, 0x0b, 0x23],
    notes: ['sctp-tsn-missing'],
    gaps: [
      {
        type: 'gap',
        captureId: '0123456789ab',
        flowInd: 1,
        dir: 'A',
        sctpStream: 5,
        offset: 3,
        length: 4,
        reason: 'snaplen',
      },
    ],
    counters: { gaps: 1, gapBytes: 4, tsnsMissing: 1 },
  },
  {
    name: 'cut within the header of a chunk, or between chunks',
    packets: [
      init,
      cut(8, sctpData({ tsn: 100 }, 'abcd')),
      cut(2, sctpData({ tsn: 100 }, 'abcd')),
      cut(20, sctpData({ tsn: 100 }, 'abcd'), sctpData({ tsn: 101 }, 'efgh')),
      cut(17, sctpData({ tsn: 101, ssn: 1 }, 'e')),
    ],
    streams: { '1A0': 'abcde' },
    stat: [0x01, 0x09, 0x09, 0x0f, 0x03],
    notes: [],
  },
  {
    name: 'a chunk of which only the header was captured',
    packets: [init, cut(16, sctpData({ tsn: 100 }, 'abcd')), data(101, 'e', { ssn: 1 })],
    streams: { '1A0': '....e' },
    stat: [0x0d, 0x03],
  },
  {
    name: 'chunks that no receiver takes end their packet',
    packets: [
      init,
      sctpPacket([
        sctpData({ tsn: 100 }, 'a'),
        sctpChunk(0, 3, Buffer.alloc(12), 400),
        sctpData({ tsn: 101 }, 'x'),
      ]),
      sctpPacket(sctpChunk(0, 3, Buffer.alloc(8))),
      sctpPacket(sctpChunk(7, 0, '', 3)),
      data(101, 'b', { ssn: 1 }),
      sctpPacket([
        sctpChunk(0, 3, Buffer.concat([u32(102), u32(0x0005_0000), u32(0)])),
        sctpData({ tsn: 103, ssn: 2 }, 'c'),
      ]),
      sctpPacket([
        sctpChunk(1, 0, 'short'),
        sctpChunk(64, 3, Buffer.alloc(16)),
        sctpChunk(130, 0, u16(16)),
        Buffer.from([0, 3]),
      ]),
    ],
    streams: { '1A0': 'abc' },
    stat: [0x17, 0x11, 0x11, 0x03, 0x03, 0x21],
    notes: ['sctp-bad-chunk'],
    counters: { badChunkBytes: 36 + 12 + 4 },
  },
  {
    name: 'nothing beyond maxBytes of each stream',
    packets: [
      init,
      data(100, 'abc'),
      data(101, 'xyz', { stream: 1 }),
      data(103, 'ghi', { ssn: 2 }),
      data(102, 'def', { ssn: 1 }),
    ],
    options: { maxBytes: 4, perBatch: 1 },
    streams: { '1A0': 'abcd', '1A1': 'xyz' },
    counters: { beyondMaxBytes: 5, writtenBytes: 7 },
  },
]

for (const { name, packets, options, streams, stat, notes, gaps, counters, more } of SCENARIOS) {
  t.test(name, async t => {
    for (const perBatch of [options?.perBatch ?? 4096, 3]) {
      const got = runSctp(packets, { ...options, perBatch })
      t.same(got.streams, streams)
      if (stat) t.same(got.pldStat.slice(-stat.length), stat)
      if (notes) t.same(codes(got), notes)
      if (gaps) t.same(got.gaps, gaps)
      if (counters) t.match(got.summary, counters)
      t.ok(balanced(got), 'every byte is counted once')
      if (perBatch === (options?.perBatch ?? 4096)) more?.(got, t)
      t.same(
        runSctp(packets, { ...options, perBatch, records: false }).chunks,
        got.chunks,
        'also without flow records',
      )
    }
  })
}

/** Whether every captured byte is in one counter, and what streams say of gaps adds up. */
function balanced({ summary, files, gaps }: SctpOutcome): boolean {
  const sum = (...names: string[]): number => names.reduce((all, name) => all + Number(summary[name]), 0)
  const missing = gaps.reduce((all, gap) => all + gap.length, 0)
  return (
    summary.payloadBytes ===
      sum('writtenBytes', 'duplicateBytes', 'rejectedBytes', 'beyondMaxBytes', 'sctpHeaderBytes') &&
    summary.rejectedBytes === sum('lateTsnBytes', 'badChunkBytes') &&
    Object.values(files).reduce((all, { pldLen, pldBytes }) => all + pldLen - pldBytes, 0) === missing
  )
}
