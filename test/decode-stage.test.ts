import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import t from 'tap'
import type { Batch } from '../lib/batch.ts'
import { DecodeCore, PacketDecoder } from '../lib/decode/packet-decoder.ts'
import { isSummary, type NoteRecord, type SummaryRecord } from '../lib/records.ts'
import { HI_HEADER_OVERRUN } from '../lib/status-bits.ts'
import {
  ethernet,
  ethernetPadded,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  ipv6Ext,
  ipv6Frag,
  llc,
  nullLoopback,
  sctp,
  sll,
  sll2,
  snap,
  tcp,
  udp,
  vlan,
} from './support/build-packets.ts'
import { decoded, decodeFrames, frameBatch, type TestFrame } from './support/decode-frames.ts'
import { packetBatch } from './support/packet-batch.ts'

const V4 = { src: '10.0.0.1', dst: '10.0.0.2' }
const V6 = { src: '2001:db8::1', dst: '2001:db8::2' }
const PORTS = { srcPort: 3000, dstPort: 4000 }

const datagram4 = ipv4({ ...V4, proto: 17 }, udp(PORTS, 'data'))
const segment4 = ipv4({ ...V4, proto: 6 }, tcp({ ...PORTS, options: Buffer.alloc(12, 1) }, 'data'))
const hopopts6 = ipv6({ ...V6, next: 0 }, ipv6Ext('hopopts', 17, Buffer.alloc(14), udp(PORTS, 'data')))
const fragment6 = ipv6({ ...V6, next: 44 }, ipv6Frag({ next: 17, more: true }, udp(PORTS, 'in eight')))
const ah6 = ipv6({ ...V6, next: 51 }, ipv6Ext('ah', 6, Buffer.alloc(0), tcp(PORTS, 'data')))

/** One frame of each kind, in every link layer that is known. */
const SAMPLES: TestFrame[] = [
  { bytes: ethernet({ type: 0x0800 }, segment4) },
  {
    bytes: ethernet(
      { type: 0x0800 },
      ipv4({ ...V4, proto: 1, options: Buffer.alloc(8, 1) }, icmp({ type: 8 }, 'x')),
    ),
  },
  { bytes: ethernet({ type: 0x0800 }, ipv4({ ...V4, proto: 132 }, sctp(PORTS, 'chunks'))) },
  { bytes: ethernet({ type: 0x0800 }, ipv4({ ...V4, proto: 2, flags: 1 }, 'igmp')) },
  { bytes: ethernet({ type: 0x86dd }, hopopts6) },
  { bytes: ethernet({ type: 0x86dd }, ah6) },
  { bytes: ethernet({ type: 0x86dd }, ipv6({ ...V6, next: 58 }, icmpv6({ type: 135 }, 'x'))) },
  {
    bytes: ethernet(
      { type: 0x88a8 },
      vlan({ vid: 1, type: 0x8100 }, vlan({ vid: 2, type: 0x86dd }, fragment6)),
    ),
  },
  { bytes: ethernet({}, snap({ type: 0x0800 }, datagram4)) },
  { bytes: ethernet({}, llc({ dsap: 0x42, ssap: 0x42, control: 0x0100 }, 'bpdu')) },
  { bytes: ethernetPadded(ethernet({ type: 0x0806 }, 'a'.repeat(28))) },
  { bytes: sll({ type: 0x0800 }, datagram4), linkType: 113 },
  { bytes: sll2({ type: 0x0800 }, datagram4), linkType: 276 },
  { bytes: nullLoopback({ family: 2, littleEndian: true }, datagram4), linkType: 0 },
  { bytes: nullLoopback({ family: 24 }, hopopts6), linkType: 108 },
  { bytes: datagram4, linkType: 101 },
  { bytes: hopopts6, linkType: 229 },
  { bytes: Buffer.from('of no known kind'), linkType: 147 },
]
const LINK_TYPES = [1, 113, 276, 0, 108, 12, 14, 101, 228, 229, 147]

/** Rows whose payload is not inside its frame. */
function strayRows({ rows, frames, packets }: Batch): number[] {
  const { payOff, payLen, l7Len } = packets!
  return Array.from({ length: rows }, (_, row) => row).filter(row => {
    const off = frames.off[row]!
    const inside = payOff[row]! >= off && payOff[row]! + payLen[row]! <= off + frames.capLen[row]!
    return !(inside || (payOff[row] === 0 && payLen[row] === 0)) || payLen[row]! > l7Len[row]!
  })
}

function decode(list: TestFrame[], filler?: number): Batch {
  const batch = frameBatch(list, filler)
  return new DecodeCore().decode(batch)
}

t.test('cut after any byte, a frame is decoded from its own bytes alone', async t => {
  for (const { bytes, linkType } of SAMPLES) {
    const cuts = Array.from({ length: bytes.length + 1 }, (_, length) => ({
      bytes: bytes.subarray(0, length),
      ...(linkType === undefined ? {} : { linkType }),
      wireLen: bytes.length,
    }))
    const batch = decode(cuts, 0x00)
    t.same(
      decoded(batch),
      decodeFrames(cuts, 0xff),
      `${decoded(batch).at(-1)!.hdrDesc}: bytes behind it do not matter`,
    )
    t.same(strayRows(batch), [], 'payload lies in the frame')
  }
})

t.test('any bytes decode to something inside the frame', async t => {
  const anyBytes = fc.uint8Array({ maxLength: 120 })
  // frames that begin well get further than noise does
  const damaged = fc
    .tuple(fc.constantFrom(...SAMPLES), fc.array(fc.tuple(fc.nat(150), fc.nat(255)), { maxLength: 4 }))
    .map(([sample, changes]) => {
      const bytes = Uint8Array.from(sample.bytes)
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
      return { ...sample, bytes }
    })
  const noise = fc.record({
    bytes: anyBytes,
    linkType: fc.constantFrom(...LINK_TYPES),
    wireLen: fc.nat(2 ** 31),
  })
  const property = fc.property(fc.array(fc.oneof(noise, damaged), { minLength: 1, maxLength: 8 }), frames => {
    const batch = decode(frames, 0x00)
    assert.deepEqual(strayRows(batch), [])
    assert.deepEqual(decoded(batch), decodeFrames(frames, 0xff))
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }))
})

t.test('headers without end are given up', async t => {
  const nested = (levels: number, kind: 'ah' | 'dstopts', next: number): Buffer => {
    let bytes = udp(PORTS, 'data')
    for (let level = 0; level < levels; level++)
      bytes = ipv6Ext(kind, level === 0 ? 17 : next, Buffer.alloc(0), bytes)
    return ethernet({ type: 0x86dd }, ipv6({ ...V6, next }, bytes))
  }
  const { packets } = decode([
    { bytes: nested(4000, 'ah', 51) },
    { bytes: nested(8000, 'dstopts', 60) },
    { bytes: nested(20, 'dstopts', 60) },
    { bytes: nested(3, 'dstopts', 60) },
  ])
  t.same(
    [...packets!.statHi].map(bits => (bits & HI_HEADER_OVERRUN) !== 0),
    [true, true, true, false],
    'and so is a description beyond 128 characters',
  )
  t.same([...packets!.srcPort], [0, 0, 3000, 3000])
})

t.test('the stage decodes rows that stand, passes all else on, and counts', async t => {
  const note: NoteRecord = { type: 'note', level: 'warning', code: 'odd', message: 'odd' }
  const frames = [
    ethernetPadded(ethernet({ type: 0x0800 }, datagram4)),
    ethernet({ type: 0x0800 }, segment4),
    ethernet({ type: 0x8100 }, vlan({ vid: 7, type: 0x86dd }, fragment6)),
    ethernet({ type: 0x0806 }, 'a'.repeat(28)),
    ethernet({ type: 0x8035 }, 'a'.repeat(28)),
    ethernet({}, llc({ dsap: 0x42, ssap: 0x42 }, 'bpdu')),
    ethernet({ type: 0x0800 }, ipv4({ ...V4, proto: 1, offset: 2 }, 'rest')),
    ethernet({ type: 0x0800 }, ipv4({ ...V4, proto: 17, version: 7 }, 'x')),
    ethernet({ type: 0x0800 }, segment4),
  ].map(bytes => ({ bytes }))
  const given = frameBatch(frames).derive({
    keep: Uint8Array.from(frames, (_, row) => (row === 8 ? 0 : 1)),
    side: [note],
    sideAt: [1],
  })
  const before = packetBatch([{}])
  const batches: Batch[] = []
  for await (const batch of Readable.from([given, before]).pipe(new PacketDecoder())) batches.push(batch)
  const [first, second, last] = batches
  t.equal(batches.length, 3)
  t.equal(given.packets, undefined, 'the batch that came is as it was')
  t.same([first!.side, first!.sideAt], [[note], [1]])
  t.equal(first!.packets!.family[8], 0, 'a row that a filter took out is left alone')
  t.equal(second, before, 'packets that came decoded pass')
  const summary = last!.side.find(item => isSummary(item as SummaryRecord)) as SummaryRecord
  const size = (row: number): number => frames[row]!.bytes.length
  t.match(summary, {
    type: 'summary',
    stage: 'decode',
    packets: 8,
    bytes: [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, row) => sum + size(row), 0),
    padBytes: 60 - 14 - datagram4.length,
    l2Packets: 4,
    ipv4Packets: 3,
    ipv6Packets: 1,
    ipvxPackets: 1,
    minHdrs: 2,
    maxHdrs: 5,
    sumHdrs: 3 + 3 + 5 + 2 + 2 + 3 + 3 + 2,
    maxVlanHdrs: 1,
    llcPackets: 1,
    arpPackets: 1,
    rarpPackets: 1,
    tcpPackets: 1,
    tcpBytes: size(1),
    udpPackets: 2,
    udpBytes: size(0) + size(2),
    icmpPackets: 1,
    ipv4Fragments: 1,
    ipv6Fragments: 1,
    dtlsPackets: 0,
    pktStat: '0x0c0008d00001c1c4',
  })
})

t.test('nothing in, zeros out', async t => {
  const [last] = new DecodeCore().end()
  t.match(last!.side[0], { packets: 0, minHdrs: 0, maxHdrs: 0, sumHdrs: 0, pktStat: '0x0000000000000000' })
})
