import t from 'tap'
import { Batch, FlowLine, RawLine } from '../lib/batch.ts'
import { ChunkColumns } from '../lib/chunk-columns.ts'
import { FlowColumns } from '../lib/flow-columns.ts'
import { PayloadChunker, type PayloadOptions, PayloadStage } from '../lib/payload/payload-chunker.ts'
import type { StreamEnd } from '../lib/stream-end.ts'
import { packetBatch, TEST_CAPTURE, type TestPacket } from './support/packet-batch.ts'
import { runPayload } from './support/payload-run.ts'

const [FIN, SYN, RST, PSH, ACK] = [0x01, 0x02, 0x04, 0x08, 0x10]
const A10 = 'A'.repeat(10)
const B10 = 'B'.repeat(10)
const C10 = 'C'.repeat(10)
const HOLE10 = '.'.repeat(10)
const ISN = 1000
const PEER_ISN = 5000

/** A packet of the client; `at` is the offset in the stream of its first byte. */
function client(at: number, payload = '', more: TestPacket = {}): TestPacket {
  return {
    flowInd: 1,
    dir: 0,
    tcpSeq: (ISN + 1 + at) >>> 0,
    tcpAck: PEER_ISN + 1,
    tcpFlags: ACK,
    payload,
    ...more,
  }
}

function server(at: number, payload = '', more: TestPacket = {}): TestPacket {
  return {
    flowInd: 1,
    dir: 1,
    tcpSeq: (PEER_ISN + 1 + at) >>> 0,
    tcpAck: ISN + 1,
    tcpFlags: ACK,
    payload,
    ...more,
  }
}

const syn = client(-1, '', { tcpFlags: SYN, tcpAck: 0 })
const synAck = server(-1, '', { tcpFlags: SYN | ACK })
const handshake = [syn, synAck, client(0)]
/** Moves the client's sequence numbers so that byte `at` of the stream has number 0. */
const wrapped = (packets: TestPacket[], at: number): TestPacket[] =>
  packets.map(packet =>
    packet.dir === 0 ? { ...packet, tcpSeq: (packet.tcpSeq! - ISN - 1 - at) >>> 0 } : packet,
  )

interface Scenario {
  name: string
  packets: TestPacket[]
  options?: PayloadOptions
  /** The streams, `.` for missing bytes. */
  streams: Record<string, string>
  /** pldStat of the last packets. */
  stat?: number[]
  flowStat?: string
  gaps?: [offset: number, length: number, reason: string][]
  notes?: string[]
  overlaps?: number
  counters?: Record<string, number>
}

const SCENARIOS: Scenario[] = [
  {
    name: 's01 in order',
    packets: [...handshake, client(0, A10), client(10, B10), client(20, C10)],
    streams: { '1A': A10 + B10 + C10, '1B': '' },
    stat: [1, 1, 1, 3, 3, 3],
    flowStat: '0x03',
  },
  {
    name: 's02 out of order after the handshake',
    packets: [...handshake, client(10, B10), client(20, C10), client(0, A10)],
    streams: { '1A': A10 + B10 + C10 },
    stat: [3, 3, 3],
  },
  {
    name: 's03 exact retransmissions set no bit',
    packets: [...handshake, client(0, A10), client(0, A10), client(10, B10), client(10, B10)],
    streams: { '1A': A10 + B10 },
    stat: [3, 3, 3, 3],
    flowStat: '0x03',
    overlaps: 2,
    counters: { duplicateBytes: 20, writtenBytes: 20 },
  },
  {
    name: 's04 partial overlap',
    packets: [...handshake, client(0, A10), client(5, 'AAAAABBBBB'), client(15, 'BBBBB')],
    streams: { '1A': A10 + B10 },
    overlaps: 1,
  },
  {
    name: 's05 other bytes after delivery: the first copy stays',
    packets: [...handshake, client(0, A10), client(0, 'xxxxxxxxxx'), client(10, B10)],
    streams: { '1A': A10 + B10 },
  },
  {
    name: 's06–s10 other bytes while there is a hole before them: the first copy stays',
    packets: [...handshake, client(10, B10), client(5, 'xxxxxxxxxxxxxxxxxxxx'), client(0, A10)],
    streams: { '1A': 'AAAAAxxxxxBBBBBBBBBBxxxxx' },
    overlaps: 2,
  },
  {
    name: 's11 a gap that the peer acknowledged, s12 one that it did not',
    packets: [...handshake, client(0, A10), client(20, C10), server(0, '', { tcpAck: ISN + 31 })],
    streams: { '1A': A10 + HOLE10 + C10 },
    gaps: [[10, 10, 'absent']],
  },
  {
    name: 's13 keep-alives are no data, with a byte or without',
    packets: [...handshake, client(0, A10), client(9, '\0'), client(9), client(10, B10)],
    streams: { '1A': A10 + B10 },
    stat: [3, 0x13, 1, 3],
    flowStat: '0x13',
    counters: { keepAlives: 2, keepAliveBytes: 1, rejectedBytes: 1 },
  },
  {
    name: 's13b a keep-alive before the first data, SYN seen',
    packets: [...handshake, client(-1, '\0'), client(0, A10)],
    streams: { '1A': A10 },
    stat: [0x11, 3],
  },
  {
    name: 's13c a keep-alive before the first data, next number known from an ACK',
    packets: [client(0), client(-1, '\0'), client(0, A10)],
    streams: { '1A': A10 },
    stat: [1, 0x11, 3],
  },
  {
    name: 'a single byte of which nothing else is known is data',
    packets: [client(-1, 'x'), client(-1, 'x')],
    streams: { '1A': 'x' },
  },
  {
    name: 's14 zero-window probe with a byte that is sent again',
    packets: [...handshake, client(0, A10), client(10, 'B'), client(10, B10)],
    streams: { '1A': A10 + B10 },
    stat: [3, 3, 3],
  },
  {
    name: 's15 sequence numbers wrap',
    packets: wrapped([...handshake, client(0, A10), client(10, B10), client(20, C10)], 15),
    streams: { '1A': A10 + B10 + C10 },
  },
  {
    name: 's16 wrap and reordering',
    packets: wrapped([...handshake, client(10, B10), client(20, C10), client(0, A10)], 10),
    streams: { '1A': A10 + B10 + C10 },
  },
  {
    name: 's17 picked up in the middle',
    packets: [client(0, A10), client(10, B10), client(20, C10)],
    streams: { '1A': A10 + B10 + C10 },
  },
  {
    name: 's18 picked up in the middle, the first bytes come second',
    packets: [client(10, B10), client(0, A10), client(20, C10)],
    streams: { '1A': A10 + B10 + C10 },
    stat: [3, 3, 3],
  },
  {
    name: 'bytes before the first seen, with a hole and an overlap',
    packets: [client(30, C10), client(0, A10), client(5, 'xxxxxBBBBB')],
    streams: { '1A': `${A10}BBBBB${'.'.repeat(15)}${C10}` },
    gaps: [[15, 15, 'absent']],
    overlaps: 1,
  },
  {
    name: 's19, s20 port reuse: two flows',
    packets: [
      ...handshake,
      client(0, A10),
      client(70_000, '', { flowInd: 2, tcpFlags: SYN }),
      client(70_001, B10, { flowInd: 2 }),
      client(10, C10),
    ],
    streams: { '1A': A10 + C10, '2A': B10 },
  },
  {
    name: 's21 data in the SYN',
    packets: [client(-1, A10, { tcpFlags: SYN }), synAck, client(10, B10)],
    streams: { '1A': A10 + B10 },
  },
  {
    name: 's21b data in the SYN,ACK, sent twice',
    packets: [
      syn,
      server(-1, 'hi', { tcpFlags: SYN | ACK }),
      server(-1, 'hi', { tcpFlags: SYN | ACK }),
      server(2, B10),
    ],
    streams: { '1A': '', '1B': `hi${B10}` },
    overlaps: 0,
  },
  {
    name: 's22 SYN sent twice',
    packets: [syn, syn, synAck, synAck, client(0, A10), syn],
    streams: { '1A': A10 },
  },
  {
    name: 's23 FIN with data, sent twice',
    packets: [
      ...handshake,
      client(0, A10),
      client(10, B10, { tcpFlags: ACK | FIN }),
      client(10, B10, { tcpFlags: FIN }),
    ],
    streams: { '1A': A10 + B10 },
  },
  {
    name: 's24 FIN before the last data',
    packets: [...handshake, client(0, A10), client(20, '', { tcpFlags: ACK | FIN }), client(10, B10)],
    streams: { '1A': A10 + B10 },
  },
  {
    name: 'a FIN beyond the last data adds nothing to the stream',
    packets: [...handshake, client(0, A10), client(20, '', { tcpFlags: ACK | FIN })],
    streams: { '1A': A10 },
  },
  {
    name: 's25 bytes past the FIN',
    packets: [...handshake, client(0, A10, { tcpFlags: ACK | FIN }), client(10, B10), client(20, C10)],
    streams: { '1A': A10 },
    stat: [3, 0x13, 0x13],
    notes: ['data-after-fin'],
    counters: { afterFinBytes: 20, rejectedBytes: 20 },
  },
  {
    name: 'a FIN below captured data does not cut the stream',
    packets: [
      ...handshake,
      client(0, A10),
      client(10, B10),
      client(10, '', { tcpFlags: FIN }),
      client(20, C10),
    ],
    streams: { '1A': A10 + B10 + C10 },
  },
  {
    name: 'a segment across the FIN shows that there was none',
    packets: [...handshake, client(0, A10, { tcpFlags: FIN }), client(5, 'AAAAABBBBB'), client(15, 'BBBBB')],
    streams: { '1A': A10 + B10 },
    notes: [],
  },
  {
    name: 'a FIN is not believed if the peer received more',
    packets: [
      ...handshake,
      client(0, A10, { tcpFlags: FIN }),
      server(0, '', { tcpAck: ISN + 12 }),
      client(11, 'x'),
      server(0, '', { tcpAck: ISN + 22 }),
      client(10, B10),
    ],
    streams: { '1A': A10 + B10 },
    stat: [1, 3, 1, 0x13, 1, 3],
  },
  {
    name: 's26 RST with a bad number, s27 data after a RST: the stream goes on',
    packets: [...handshake, client(0, A10), client(900, '', { tcpFlags: RST }), client(10, B10)],
    streams: { '1A': A10 + B10 },
  },
  {
    name: 's28 text in a RST is no data',
    packets: [
      ...handshake,
      client(0, A10),
      client(10, 'bye', { tcpFlags: RST }),
      client(10, 'bye', { tcpFlags: RST }),
    ],
    streams: { '1A': A10 },
    stat: [3, 0x13, 0x13],
    notes: ['rst-data'],
    counters: { rstBytes: 6 },
  },
  {
    name: 's32 simultaneous open',
    packets: [
      syn,
      server(-1, '', { tcpFlags: SYN }),
      client(-1, '', { tcpFlags: SYN | ACK }),
      synAck,
      client(0, A10),
      server(0, B10),
    ],
    streams: { '1A': A10, '1B': B10 },
  },
  {
    name: 's39 snapped in the payload',
    packets: [...handshake, client(0, 'a'.repeat(26), { l7Len: 100 }), client(100, B10)],
    streams: { '1A': 'a'.repeat(26) + '.'.repeat(74) + B10 },
    gaps: [[26, 74, 'snaplen']],
  },
  {
    name: 'what the snap length cut, another copy fills; the rest is absent or cut',
    packets: [
      ...handshake,
      client(0, 'aa', { l7Len: 20 }),
      client(0, 'xxbbb'),
      client(30, 'c', { l7Len: 5 }),
      client(30, 'c', { l7Len: 5 }),
    ],
    streams: { '1A': `aabbb${'.'.repeat(25)}c....` },
    gaps: [
      [5, 15, 'snaplen'],
      [20, 10, 'absent'],
      [31, 4, 'snaplen'],
    ],
    overlaps: 2,
  },
  {
    name: 'a snapped copy of what was captured leaves no hole',
    packets: [client(0, A10), client(0, 'AA', { l7Len: 10 }), client(0, '', { l7Len: 10 })],
    streams: { '1A': A10 },
    stat: [3, 3, 1],
    gaps: [],
  },
  {
    name: 's43 every packet twice',
    packets: [...handshake, client(0, A10), client(10, B10)].flatMap(packet => [packet, packet]),
    streams: { '1A': A10 + B10 },
    overlaps: 2,
  },
  {
    name: 's44 a segment 2·10⁹ ahead',
    packets: [...handshake, client(0, A10), client(2e9, 'xxx'), client(-1.5e9, 'x'), client(10, B10)],
    streams: { '1A': A10 + B10 },
    stat: [3, 0x13, 0x13, 3],
    notes: ['out-of-window'],
    counters: { outOfWindow: 2, outOfWindowBytes: 4 },
  },
  {
    name: 'a jump above maxGap that nobody acknowledged',
    packets: [client(0, A10), client(111, 'xxx'), client(110, C10), client(-104, 'yyy')],
    options: { maxGap: 100 },
    streams: { '1A': A10 + '.'.repeat(100) + C10 },
    stat: [3, 0x13, 3, 0x13],
    notes: ['gap-too-large'],
    counters: { gapTooLargeBytes: 6 },
  },
  {
    name: 'a jump above maxGap that the peer acknowledged',
    packets: [...handshake, client(0, A10), server(0, '', { tcpAck: ISN + 31 }), client(30, B10)],
    options: { maxGap: 5 },
    streams: { '1A': `${A10}${'.'.repeat(20)}${B10}` },
  },
  {
    name: 'no limit on jumps',
    packets: [client(0, A10), client(2 ** 25, B10)],
    options: { maxGap: 0, maxBytes: 30 },
    streams: { '1A': `${A10}${'.'.repeat(20)}` },
  },
  {
    name: 's46 one direction only, s47 an ACK before its data',
    packets: [server(0, '', { tcpAck: ISN + 11 }), client(0, A10), client(10, B10)],
    streams: { '1A': A10 + B10, '1B': '' },
  },
  {
    name: 'the first data is not at ISN + 1',
    packets: [...handshake, client(10, B10)],
    streams: { '1A': HOLE10 + B10 },
    gaps: [[0, 10, 'absent']],
  },
  {
    name: 'a SYN that comes late opens a gap before the data',
    packets: [client(10, B10), syn, client(20, C10)],
    streams: { '1A': HOLE10 + B10 + C10 },
    gaps: [[0, 10, 'absent']],
  },
  {
    name: 'a SYN that comes just after its data',
    packets: [client(0, A10), syn, client(10, B10)],
    streams: { '1A': A10 + B10 },
    gaps: [],
  },
  {
    name: 'a SYN behind data is not believed',
    packets: [client(0, A10), client(14, '', { tcpFlags: SYN }), client(10, B10)],
    streams: { '1A': A10 + B10 },
  },
  {
    name: 'bytes before ISN + 1 are no data',
    packets: [...handshake, client(0, A10), client(-3, 'xxxA'), client(-3, 'yyy')],
    streams: { '1A': A10 },
    stat: [3, 3, 0x13],
    notes: ['before-start'],
    counters: { beforeStartBytes: 6, duplicateBytes: 1 },
  },
  {
    name: 'of two SYN,ACKs the one that the client acknowledges counts',
    packets: [
      syn,
      synAck,
      server(7776, '', { tcpFlags: SYN | ACK }),
      client(0, '', { tcpAck: PEER_ISN + 1 + 7777 }),
      server(7787, B10),
    ],
    streams: { '1B': HOLE10 + B10 },
  },
  {
    name: 'two SYN,ACKs, the first acknowledged between them',
    packets: [...handshake, server(7776, '', { tcpFlags: SYN | ACK }), server(10, B10)],
    streams: { '1B': HOLE10 + B10 },
  },
  {
    name: 'two SYN,ACKs, the second acknowledged before it was captured',
    packets: [
      syn,
      synAck,
      client(0, '', { tcpAck: 9001 }),
      server(3999, '', { tcpFlags: SYN | ACK }),
      server(4000, B10),
    ],
    streams: { '1B': B10 },
  },
  {
    name: 'two SYN,ACKs, and data that follows the second',
    packets: [syn, synAck, server(7776, '', { tcpFlags: SYN | ACK }), server(7777, B10), server(7787, C10)],
    streams: { '1B': B10 + C10 },
  },
  {
    name: 'maxBytes limits the offset',
    packets: [client(0, A10), client(20, C10), client(10, B10), client(5, 'xxxxxxxxxx')],
    options: { maxBytes: 15 },
    streams: { '1A': `${A10}BBBBB` },
    stat: [3, 3, 3, 3],
    counters: { beyondMaxBytes: 15, writtenBytes: 15, duplicateBytes: 10 },
  },
  {
    name: 'maxBytes within the first segment of many',
    packets: [client(0, A10), client(10, B10), client(20, C10), client(0, A10)],
    options: { maxBytes: 4 },
    streams: { '1A': 'AAAA' },
    stat: [3, 3, 3, 3],
  },
  {
    name: 'UDP in the order of capture, boundaries kept, nothing taken for a copy',
    packets: [A10, A10, B10].map(payload => ({ flowInd: 1, l4Proto: 17, payload })),
    streams: { '1A': A10 + A10 + B10 },
    overlaps: 0,
  },
  {
    name: 'what is cut off a datagram is told, and takes no room',
    packets: [
      { flowInd: 1, l4Proto: 17, payload: 'aa', l7Len: 5 },
      { flowInd: 1, l4Proto: 17, payload: 'bb' },
      { flowInd: 1, l4Proto: 17, payload: '', l7Len: 3 },
    ],
    streams: { '1A': 'aabb' },
    stat: [3, 3, 1],
    gaps: [
      [2, 3, 'snaplen'],
      [4, 3, 'snaplen'],
    ],
  },
  {
    name: 'startOffset strips each datagram, and of TCP the stream',
    packets: [
      { flowInd: 1, l4Proto: 17, payload: 'xxxxaa' },
      { flowInd: 1, l4Proto: 17, payload: 'xxxx' },
      { flowInd: 1, l4Proto: 17, payload: 'xx', l7Len: 7 },
      { flowInd: 1, l4Proto: 17, payload: 'xxxxbb' },
      client(0, A10, { flowInd: 2 }),
    ],
    options: { startOffset: 4 },
    streams: { '1A': 'aabb', '2A': A10.slice(4) },
    stat: [3, 1, 1, 3, 3],
    counters: { strippedBytes: 18 },
  },
  {
    name: 'frames without IP when asked for, by ethertype',
    packets: [
      { flowInd: 1, family: 0, l4Proto: 0, ethType: 0x0806, payload: 'who has' },
      { flowInd: 2, family: 0, l4Proto: 0, ethType: 0x88cc, payload: 'lldp' },
    ],
    options: { l2: true, ethertypes: [0x0806] },
    streams: { '1A': 'who has', '2A': '' },
    stat: [3, 0],
    flowStat: '0x03',
  },
  {
    name: 'ICMP and ICMPv6 when asked for',
    packets: [
      { flowInd: 1, l4Proto: 1, payload: 'ping' },
      { flowInd: 2, family: 6, l4Proto: 58, payload: 'ping6' },
      { flowInd: 3, family: 6, l4Proto: 1, payload: 'x' },
      { flowInd: 4, l4Proto: 58, payload: 'x' },
    ],
    options: { icmp: true },
    streams: { '1A': 'ping', '2A': 'ping6', '3A': '', '4A': '' },
    stat: [3, 3, 0, 0],
  },
  {
    name: 'selection by default: TCP and UDP',
    packets: [1, 58, 132, 136, 47, 6, 17].map((l4Proto, i) => ({ flowInd: i + 1, l4Proto, payload: 'x' })),
    streams: { '1A': '', '2A': '', '3A': '', '4A': '', '5A': '', '6A': 'x', '7A': 'x' },
    stat: [0, 0, 0, 0, 0, 3, 3],
    counters: { notSelectedBytes: 5, payloadBytes: 2, flowsWithPayload: 2 },
  },
  {
    name: 'selection by port, source or destination',
    packets: [
      client(0, A10, { flowInd: 1, srcPort: 25, dstPort: 4000 }),
      client(0, A10, { flowInd: 2, srcPort: 4000, dstPort: 25 }),
      client(0, A10, { flowInd: 3, srcPort: 4000, dstPort: 80 }),
      { flowInd: 4, l4Proto: 17, srcPort: 53, dstPort: 4000, payload: 'x' },
      { flowInd: 5, l4Proto: 17, srcPort: 25, dstPort: 4000, payload: 'x' },
    ],
    options: { tcpPorts: [25, 21], udpPorts: [53] },
    streams: { '1A': A10, '2A': A10, '3A': '', '4A': 'x', '5A': '' },
    stat: [3, 3, 0, 3, 0],
  },
  {
    name: 'nothing selected',
    packets: [client(0, A10), { flowInd: 2, l4Proto: 17, payload: 'x' }],
    options: { tcp: false, udp: false },
    streams: { '1A': '', '2A': '' },
    flowStat: '0x00',
  },
]

t.test('scenarios', async t => {
  for (const {
    name,
    packets,
    options,
    streams,
    stat,
    flowStat,
    gaps,
    notes,
    overlaps,
    counters,
  } of SCENARIOS) {
    for (const perBatch of [4096, 1]) {
      await t.test(`${name}, ${perBatch === 1 ? 'a packet a batch' : 'in one batch'}`, async t => {
        const got = runPayload(packets, options, perBatch)
        const { end } = got.streams['1A'] ?? got.streams['1B']!
        for (const [flow, text] of Object.entries(streams)) t.equal(got.streams[flow]?.text, text, flow)
        if (stat) t.strictSame(got.pldStat.slice(-stat.length), stat, 'pldStat')
        if (flowStat) t.equal(end.pldStat, flowStat)
        if (gaps)
          t.strictSame(
            end.pldGaps.map(gap => [gap.offset, gap.length, gap.reason]),
            gaps,
            'gaps',
          )
        if (notes)
          t.strictSame(
            got.notes.map(note => note.code),
            notes,
            'notes',
          )
        if (overlaps !== undefined) t.equal(end.pldOverlaps, overlaps, 'overlaps')
        if (counters) t.match(got.summary, counters)
        for (const { end } of Object.values(got.streams)) {
          const missing = end.pldGaps.reduce((sum, gap) => sum + gap.length, 0)
          // what is missing of datagrams takes no room
          const room = packets.some(({ l4Proto }) => l4Proto === 17) ? 0 : missing
          t.equal(end.pldLen, end.pldBytes + room, 'length = bytes + gaps')
        }
      })
    }
  }
})

t.test('a stream of 12 GiB wraps three times', async t => {
  const stage = new PayloadStage()
  const step = 2 ** 29 - 1
  const wraps = 25
  const pieces = Array.from({ length: wraps }, (_, i) =>
    client(i * step, 'x', { l7Len: step, tcpSeq: (7 + i * step) >>> 0 }),
  )
  const [batch] = stage.take(packetBatch(pieces))
  t.equal(batch!.chunks!.count, wraps)
  t.equal(batch!.chunks!.offset[wraps - 1], (wraps - 1) * step)
  const [ended] = stage.take(
    packetBatch([]).derive({ side: [new FlowLine(1, 0, Buffer.from('{}'))], sideAt: [0] }),
  )
  const { payload } = ended!.side[ended!.side.length - 1] as FlowLine
  t.match(payload, { pldLen: wraps * step, pldBytes: wraps })
  t.equal(payload!.pldGaps.length, wraps)
})

t.test(
  'flow rows get their payload, behind the gaps they have, and other items stay in their place',
  async t => {
    const flows = new FlowColumns(2)
    flows.count = 2
    flows.flowInd.set([1, 1])
    flows.dir.set([1, 0])
    const raw = new RawLine(Buffer.from('{"type":"custom"}'))
    const input = packetBatch([client(20, B10), client(0, A10), { flowInd: 2, payload: A10, tcpSeq: 9 }])
    const batch = input.derive({ flows, side: [raw, 0, 1, raw], sideAt: [0, 2, 2, 3] })
    const stage = new PayloadStage()
    const [out] = stage.take(batch)
    t.equal(batch.side.length, 4, 'the batch that came is as it was')
    t.equal(batch.flowPayload.length, 0)
    t.strictSame(out!.sideAt, [0, 2, 2, 2, 3])
    t.equal(out!.side[0], raw)
    t.equal(out!.side[1], 0)
    t.strictSame(out!.side[2], {
      type: 'gap',
      captureId: TEST_CAPTURE.captureId,
      flowInd: 1,
      dir: 'A',
      offset: 10,
      length: 10,
      reason: 'absent',
    })
    t.strictSame([out!.side[3], out!.side[4]], [1, raw])
    const end = out!.flowPayload[1] as StreamEnd
    t.strictSame(JSON.parse(JSON.stringify(end)), {
      pldStat: '0x03',
      pldLen: 30,
      pldBytes: 20,
      pldGaps: [{ offset: 10, length: 10, reason: 'absent' }],
      pldOverlaps: 0,
    })
    t.equal(end.start, -20)
    t.strictSame(Object.keys(end).includes('start'), false)
    t.strictSame(
      { ...out!.flowPayload[0] },
      { pldStat: '0x00', pldLen: 0, pldBytes: 0, pldGaps: [], pldOverlaps: 0 },
    )
    t.strictSame([...out!.pldStat!], [3, 3, 3])
  },
)

t.test('flows whose record never came are told of at the end, once', async t => {
  const stage = new PayloadStage()
  const many = Array.from({ length: 5000 }, (_, i) => [
    client(0, 'a', { flowInd: i + 1 }),
    client(5, 'b', { flowInd: i + 1 }),
  ])
  stage.take(packetBatch([...many.flat(), server(0, 'x')]))
  const batches = [...stage.end()]
  t.equal(batches.length, 2)
  const side = batches.flatMap(batch => batch.side) as unknown as Record<string, unknown>[]
  t.equal(side.filter(item => item.type === 'gap').length, 5000)
  t.match(side.slice(-2), [
    { type: 'note', code: 'no-flow-record', level: 'warning', message: /^5001 / },
    {
      type: 'summary',
      stage: 'payload',
      flowsWithoutRecord: 5001,
      gaps: 5000,
      gapBytes: 20_000,
      aggPldStat: '0x03',
    },
  ])
  t.ok(batches.every(batch => batch.sideAt.length === batch.side.length))
})

t.test('places of flows that ended are used again, and others are still found', async t => {
  const stage = new PayloadStage()
  const alive: TestPacket[] = []
  for (let round = 0; round < 20; round++) {
    const packets: TestPacket[] = []
    for (let i = 0; i < 500; i++) packets.push(client(0, 'x', { flowInd: round * 500 + i + 1 }))
    const ends = packets
      .filter((_, i) => i % 7 !== 0)
      .map(p => new FlowLine(p.flowInd!, 0, Buffer.from('{}')))
    const batch = packetBatch(packets).derive({ side: ends, sideAt: ends.map(() => 500) })
    const [out] = stage.take(batch)
    t.ok(out!.side.every(item => (item as FlowLine).payload!.pldLen === 1))
    alive.push(...packets.filter((_, i) => i % 7 === 0))
  }
  const next = alive.map(({ flowInd }) => client(1, 'y', { flowInd: flowInd! }))
  const [out] = stage.take(packetBatch(next))
  t.equal(out!.chunks!.count, alive.length)
  t.ok(out!.chunks!.offset.subarray(0, alive.length).every(offset => offset === 1))
})

t.test('flow numbers beyond 32 bits are told apart', async t => {
  const got = runPayload(
    [1, 2 ** 32 + 1, 2 ** 33 + 1].map(flowInd => client(0, String(flowInd), { flowInd })),
  )
  t.strictSame(
    Object.values(got.streams).map(({ text }) => text),
    ['1', '4294967297', '8589934593'],
  )
})

t.test('rows that a filter took out are skipped, and so are packets without a flow', async t => {
  const input = packetBatch([
    client(0, A10),
    client(10, 'xxx'),
    client(10, B10),
    client(0, 'no flow', { flowInd: 0 }),
  ])
  const [out] = new PayloadStage().take(input.derive({ keep: Uint8Array.of(1, 0, 1, 1) }))
  t.strictSame([...out!.chunks!.row.subarray(0, out!.chunks!.count)], [0, 2])
  t.strictSame([...out!.pldStat!], [3, 0, 3, 0])
})

t.test('a header that claims more than the frame had makes no gap', async t => {
  for (const l4Proto of [6, 17]) {
    const input = packetBatch([
      client(0, A10, { l4Proto, l7Len: 5000 }),
      client(10, B10, { l4Proto, l7Len: 12 }),
    ])
    input.frames.wireLen.set([10, 11])
    const stage = new PayloadStage()
    const [out] = stage.take(input.derive({ side: [new FlowLine(1, 0, Buffer.from('{}'))], sideAt: [2] }))
    const end = (out!.side.at(-1) as FlowLine).payload
    const pldLen = l4Proto === 6 ? 21 : 20
    t.match(end, { pldLen, pldBytes: 20, pldGaps: [{ offset: 20, length: 1, reason: 'snaplen' }] })
  }
})

t.test('one packet can give more chunks than there are rows', async t => {
  const holes = Array.from({ length: 100 }, (_, i) => client(2 * i, 'x'))
  const stage = new PayloadStage()
  stage.take(packetBatch(holes))
  const [out] = stage.take(packetBatch([client(0, 'y'.repeat(200))]))
  t.equal(out!.chunks!.count, 100)
  t.equal(out!.chunks!.off[99], 199)
})

t.test('batches with chunks and batches without rows', async t => {
  const stage = new PayloadStage()
  const chunked = packetBatch([client(0, A10)]).derive({ chunks: new ChunkColumns(1) })
  t.equal(stage.take(chunked)[0], chunked)
  const [empty] = stage.take(Batch.create({}))
  t.equal(empty!.rows, 0)
  const flows = new FlowColumns(1)
  flows.flowInd[0] = 1
  const end = Batch.create({ flows, side: [0, new FlowLine(1, 1, Buffer.from('{}'))], sideAt: [0, 0] })
  t.equal(stage.take(end)[0], end, 'of flows whose chunks another stage made there is nothing to say')
  const [ended] = new PayloadStage().take(end)
  t.match(ended!.flowPayload[0], { pldStat: '0x00' })
  const summary = [...new PayloadStage().end()][0]!.side[0]
  t.match(summary, { type: 'summary', packets: 0, aggPldStat: '0x00' })
})

t.test('what cannot be done is refused', async t => {
  const untagged = packetBatch([{ payload: A10 }])
  t.throws(() => new PayloadStage().take(untagged), { code: 'ERR_NOT_TAGGED' })
  t.throws(() => new PayloadStage().take(untagged.derive({ packets: undefined })), { code: 'ERR_NOT_TAGGED' })
  for (const options of [
    { tcpPorts: [70_000] },
    { ethertypes: [-1] },
    { sctpPorts: [1.5] },
    { protos: [256] },
    { protos: [47, 6] },
    { protos: [132] },
    { maxBytes: -1 },
    { maxGap: Number.NaN },
  ]) {
    t.throws(() => new PayloadChunker(options), { code: 'ERR_USAGE' }, JSON.stringify(options))
  }
})

t.test('as a stream', async t => {
  const chunker = new PayloadChunker()
  chunker.end(packetBatch([client(0, A10, { tcpFlags: ACK | PSH })]))
  const batches: Batch[] = await chunker.toArray()
  t.equal(batches[0]!.chunks!.count, 1)
  t.match(batches.at(-1)!.side.at(-1), { type: 'summary', stage: 'payload', writtenBytes: 10 })
})

t.test('a FIN that lies behind the last byte tells what is missing there', async t => {
  const packets = [
    { flowInd: 1, dir: 0, tcpSeq: 999, tcpFlags: SYN },
    { flowInd: 1, dir: 0, tcpSeq: 1000, payload: 'first' },
    { flowInd: 1, dir: 0, tcpSeq: 1012, tcpFlags: FIN },
  ]
  const { streams, notes, gaps, summary } = runPayload(packets)
  t.equal(streams['1A']?.text, 'first')
  t.same(gaps, [], 'how the stream goes on is not known, so that no gap is told')
  t.match(notes, [{ code: 'tail-missing', flowInd: 1, dir: 'A', message: /7 bytes/ }])
  t.match(summary, { tailsMissing: 1, tailBytesMissing: 7 })
  const whole = runPayload([...packets, { flowInd: 1, dir: 0, tcpSeq: 1005, payload: ' second' }])
  t.same(whole.notes, [])
  t.match(whole.summary, { tailsMissing: 0, tailBytesMissing: 0 })
})

t.test('a later IP fragment, which has no sequence number, says nothing of its stream', async t => {
  const later = 0x0400_0890
  const { gaps, summary } = runPayload([
    { flowInd: 1, dir: 0, tcpSeq: 0xffff_ffff, tcpFlags: SYN },
    { flowInd: 1, dir: 0, tcpSeq: 1, payload: 'x' },
    // 0 is where the gap begins, and one less than what comes next
    { flowInd: 1, dir: 0, tcpSeq: 0, statHi: later },
  ])
  t.match(gaps, [{ offset: 0, length: 1, reason: 'absent' }])
  t.match(summary, { keepAlives: 0 })
})
