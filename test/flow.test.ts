import { pipeline } from 'node:stream/promises'
import t from 'tap'
import { Batch, type SideItem } from '../lib/batch.ts'
import { BatchPool } from '../lib/batch-pool.ts'
import { FlowTagColumns } from '../lib/columns.ts'
import { FlowCore, type FlowTaggerOptions } from '../lib/flow/flow-core.ts'
import { FlowKey } from '../lib/flow/flow-key.ts'
import { FlowTagger } from '../lib/flow/flow-tagger.ts'
import { SeededHash } from '../lib/flow/seeded-hash.ts'
import { TimedOut } from '../lib/flow/timed-out.ts'
import { END_REASONS } from '../lib/flow-columns.ts'
import type { SummaryRecord } from '../lib/records.ts'
import {
  HI_DUPLICATE_IP_ID,
  HI_HEADER_OVERRUN,
  HI_L4_HEADER_SHORT,
  HI_LAND_ATTACK,
  HI_TABLE_FULL,
  HI_TIME_JUMP,
  LO_NO_ETH,
} from '../lib/status-bits.ts'
import { packetBatch, TEST_CAPTURE, type TestPacket } from './support/packet-batch.ts'

const FIN = 0x11
const SYN = 0x02
const RST = 0x04
const ACK = 0x10
const SYN_ACK = 0x12
const UDP: TestPacket = { l4Proto: 17, tcpFlags: 0, hdrDesc: 'eth:ipv4:udp' }
const ARP: TestPacket = {
  family: 0,
  ethType: 0x0806,
  l4Proto: 0,
  tcpFlags: 0,
  srcPort: 0,
  dstPort: 0,
  src: [0],
  dst: [0],
  hdrDesc: 'eth:arp',
}

/** A flow as the tests look at it, and the packet (number from 0) before which it came out. */
interface Flow {
  name: string
  before: number
  reason: string
  packets: number
  continuationOf: number
  row: number
  batch: Batch
}

interface Run {
  /** `1A 1B 2A`: flow and direction of each packet. */
  tags: string
  flows: Flow[]
  /** `3A 3B 1A`: flows as they come out. */
  order: string
  summary: SummaryRecord
  batches: Batch[]
}

function run(packets: TestPacket[], options: FlowTaggerOptions = {}, sizes: number[] = []): Run {
  const core = new FlowCore(options)
  const batches: Batch[] = []
  for (let from = 0, i = 0; from < packets.length; i++) {
    const size = sizes[i % sizes.length] ?? packets.length
    batches.push(...core.take(packetBatch(packets.slice(from, from + size), from + 1)))
    from += size
  }
  batches.push(...core.end())
  return look(batches)
}

function look(batches: Batch[]): Run {
  const tags: string[] = []
  const flows: Flow[] = []
  const summaries: SideItem[] = []
  for (const batch of batches) {
    let next = 0
    for (let row = 0; row <= batch.rows; row++) {
      for (; next < batch.side.length && batch.sideAt[next] === row; next++) {
        const item = batch.side[next]!
        if (typeof item !== 'number') {
          summaries.push(item)
          continue
        }
        const { flows: columns } = batch as { flows: NonNullable<Batch['flows']> }
        flows.push({
          name: `${columns.flowInd[item]}${'AB'[columns.dir[item]!]}`,
          before: tags.length,
          reason: END_REASONS[columns.endReason[item]!]!,
          packets: columns.packets[item]!,
          continuationOf: columns.continuationOf[item]!,
          row: item,
          batch,
        })
      }
      if (row < batch.rows && batch.keep?.[row] !== 0)
        tags.push(`${batch.tags!.flowInd[row]}${'AB'[batch.tags!.dir[row]!]}`)
    }
    t.equal(next, batch.side.length, 'side items stand in order')
  }
  return {
    tags: tags.join(' '),
    flows,
    order: flows.map(({ name }) => name).join(' '),
    summary: summaries.at(-1) as SummaryRecord,
    batches,
  }
}

/** The other direction of a packet. */
function back(packet: TestPacket): TestPacket {
  return {
    ...packet,
    src: packet.dst ?? [0x0a000002],
    dst: packet.src ?? [0x0a000001],
    srcPort: packet.dstPort ?? 80,
    dstPort: packet.srcPort ?? 40000,
  }
}

t.test('who is B', async t => {
  for (const [srcPort, dstPort, dir] of [
    [1023, 1024, 'B'],
    [53, 5353, 'B'],
    [67, 68, 'B'],
    [68, 67, 'A'],
    [80, 80, 'A'],
    [53, 25, 'A'],
    [8080, 9, 'B'],
    [8081, 8080, 'B'],
    [8088, 1, 'B'],
    [8089, 1, 'B'],
    [8082, 80, 'A'],
    [40000, 80, 'A'],
  ] as const) {
    t.equal(run([{ ...UDP, srcPort, dstPort }]).tags, `1${dir}`, `${srcPort} -> ${dstPort}`)
    t.equal(run([{ ...UDP, srcPort, dstPort }]).order, `1${dir}`, 'a lone flow keeps its direction')
  }
  t.equal(run([{ tcpFlags: SYN_ACK }]).tags, '1B', 'SYN,ACK first')
  t.equal(run([{ ...UDP, tcpFlags: SYN_ACK }]).tags, '1A', 'flags mean nothing without TCP')
  t.equal(run([{ ...ARP, srcPort: 67, dstPort: 68 }]).tags, '1A', 'frames without IP')
})

t.test('what belongs together', async t => {
  const ipv6: TestPacket = {
    ...UDP,
    family: 6,
    ethType: 0x86dd,
    src: [0x20010db8, 0, 0, 1],
    dst: [0x20010db8, 0, 0, 2],
  }
  const mac = (dst: number, src: number): TestPacket['mac'] => [0x02000000, dst << 16, src]
  const [first, second] = [mac(1, 2), mac(2, 1)]
  const frame = (dstMac: number[], srcMac: number[]): TestPacket => {
    const bytes = [...dstMac, ...srcMac]
    const word = (at: number): number =>
      ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
    return { ...ARP, mac: [word(0), word(4), word(8)] }
  }
  const [one, two, all] = [
    [2, 0, 0, 0, 0, 1],
    [2, 0, 0, 0, 0, 2],
    [255, 255, 255, 255, 255, 255],
  ] as const
  for (const [what, packets, tags] of [
    ['both directions', [{}, back({}), {}], '1A 1B 1A'],
    ['MACs do not matter with IP', [{ mac: first }, { mac: second }], '1A 1A'],
    ['ports', [{}, { srcPort: 40001 }], '1A 2A'],
    [
      'crossed ports',
      [
        { srcPort: 5000, dstPort: 6000 },
        { srcPort: 6000, dstPort: 5000 },
      ],
      '1A 2A',
    ],
    [
      'same address, ports turned',
      [
        { dst: [0x0a000001], srcPort: 5000, dstPort: 6000 },
        { dst: [0x0a000001], srcPort: 6000, dstPort: 5000 },
      ],
      '1A 1B',
    ],
    ['protocol', [UDP, { ...UDP, l4Proto: 136 }], '1A 2A'],
    ['VLAN', [UDP, { ...UDP, vlan: 10 }, back({ ...UDP, vlan: 10 })], '1A 2A 2B'],
    ['ethertype', [UDP, { ...UDP, ethType: 0x86dd }], '1A 2A'],
    ['high addresses', [{ src: [0xffffffff] }, back({ src: [0xffffffff] })], '1A 1B'],
    [
      'IPv6',
      [ipv6, back(ipv6), { ...ipv6, dst: [0x20010db8, 0, 0, 3] }, { ...ipv6, src: [0, 0, 0, 1] }],
      '1A 1B 2A 3A',
    ],
    [
      'frames by MAC',
      [frame([...all], [...one]), frame([...one], [...two]), frame([...two], [...one])],
      '1A 2A 2B',
    ],
    [
      'MACs of two makers',
      [frame([1, 0, 0, 0, 0, 1], [...one]), frame([...one], [1, 0, 0, 0, 0, 1])],
      '1A 1B',
    ],
    ['same MAC on both ends', [frame([...one], [...one]), frame([...one], [...one])], '1A 1A'],
    [
      'land attack is never paired',
      [
        { dst: [0x0a000001], dstPort: 40000 },
        { dst: [0x0a000001], dstPort: 40000 },
      ],
      '1A 1A',
    ],
  ] as [string, TestPacket[], string][]) {
    t.equal(run(packets).tags, tags, what)
  }
})

t.test('keys that differ in one word only', async t => {
  const key = new FlowKey(new SeededHash(1))
  const at = (word: number): TestPacket => ({
    family: 6,
    src: [0, 1, 2, 3].map(i => (i === word ? 9 : 5)),
    dst: [1, 1, 1, 1],
  })
  for (let word = 0; word < 4; word++) {
    key.read(packetBatch([at(4), at(word)]).packets!, 0, 2)
    key.select(0)
    t.ok(key.equals(key.words, 0))
    t.notOk(key.equals(key.words, 11), `word ${word}`)
  }
})

t.test('idle timeout', async t => {
  const at = (sec: number, nsec: number, packet: TestPacket = UDP): TestPacket => ({
    ...packet,
    time: [sec, nsec],
  })
  for (const [what, packets, tags, timeout] of [
    ['181.9 s', [at(100, 0), at(281, 900_000_000)], '1A 1A', 182],
    ['one nanosecond less', [at(100, 5), at(282, 4)], '1A 1A', 182],
    ['exactly', [at(100, 5), at(282, 5)], '1A 2A', 182],
    ['both directions have to be idle', [at(100, 0), at(200, 0, back(UDP)), at(300, 0)], '1A 1B 1A', 182],
    ['any packet is a clock', [at(100, 0), at(300, 0, { srcPort: 2000 }), at(110, 0)], '1A 2A 3A', 182],
    ['never', [at(100, 0), at(1e9, 0)], '1A 1A', 0],
    ['fractions', [at(100, 0), at(100, 499_999_999), at(100, 999_999_999)], '1A 1A 2A', 0.5],
    [
      'fractions across a second',
      [at(100, 600_000_000), at(100, 999_999_999), at(101, 100_000_000), at(101, 600_000_000)],
      '1A 1A 1A 2A',
      0.5,
    ],
    ['time that goes back', [at(300, 0), at(100, 0), at(282, 0)], '1A 1A 2A', 182],
    ['time that jumped ahead', [at(100, 0), at(9000, 0), at(101, 0), at(9000, 0)], '1A 2A 2A 3A', 182],
  ] as [string, TestPacket[], string, number][]) {
    t.equal(run(packets, { timeout }).tags, tags, what)
  }
  const { flows } = run([at(100, 0), at(110, 0, back(UDP)), at(300, 0, { srcPort: 2000 })])
  t.same(
    flows.map(({ name, before, reason }) => `${name} ${before} ${reason}`),
    ['1A 2 timeout', '1B 2 timeout', '2A 3 end'],
  )
})

t.test('flows come out by their least recently seen direction', async t => {
  const conversation = (n: number): TestPacket => ({ ...UDP, srcPort: 5000 + n, time: [100, 0] })
  const [one, two, three] = [conversation(1), conversation(2), conversation(3)]
  const packets = [one, two, three, back(three), back(one), one, two, back(three)]
  t.equal(run(packets).order, '3A 3B 1A 1B 2A')
  const later = { ...UDP, srcPort: 1, time: [1000, 0] } as TestPacket
  t.equal(run([...packets, later]).order, '3A 3B 1A 1B 2A 4B')
  t.same(
    run([...packets, later]).flows.map(({ before }) => before),
    [8, 8, 8, 8, 8, 9],
  )
})

t.test('TCP connections on the same ports', async t => {
  const a = (tcpFlags: number, tcpSeq: number, tcpAck = 0, more: TestPacket = {}): TestPacket => ({
    tcpFlags,
    tcpSeq,
    tcpAck,
    ...more,
  })
  const b = (tcpFlags: number, tcpSeq: number, tcpAck = 0, more: TestPacket = {}): TestPacket =>
    back(a(tcpFlags, tcpSeq, tcpAck, more))
  const open = (isn: number, peer: number): TestPacket[] => [
    a(SYN, isn),
    b(SYN_ACK, peer, isn + 1),
    a(ACK, isn + 1, peer + 1),
  ]
  const data = { payload: 'hello' }
  const huge = 0xffff_fff0
  for (const [what, packets, tags] of [
    [
      'closed, then used again',
      [...open(100, 500), a(FIN, 101, 501), b(FIN, 501, 102), ...open(9000, 7000)],
      '1A 1B 1A 1A 1B 2A 2B 2A',
    ],
    ['used again without FIN', [...open(100, 500), ...open(9000, 7000)], '1A 1B 1A 2A 2B 2A'],
    ['SYN again', [...open(100, 500), a(SYN, 100), a(ACK, 101, 501, data)], '1A 1B 1A 1A 1A'],
    [
      'simultaneous open',
      [a(SYN, 100), b(SYN, 500), a(SYN_ACK, 100, 501), b(SYN_ACK, 500, 101)],
      '1A 1B 1A 1B',
    ],
    ['SYN,ACK before its SYN', [b(SYN_ACK, 500, 101), a(SYN, 100), a(ACK, 101, 501)], '1B 1A 1A'],
    [
      'SYN,ACK with another ISN for the same SYN',
      [a(SYN, 100), b(SYN_ACK, 500, 101), b(SYN_ACK, 900, 101), b(ACK, 901, 101)],
      '1A 1B 1B 1B',
    ],
    [
      'SYN,ACK for a SYN with data',
      [a(SYN, 100, 0, data), b(SYN_ACK, 500, 106), b(SYN_ACK, 500, 101)],
      '1A 1B 1B',
    ],
    [
      'SYN,ACK for bytes far behind the SYN',
      [a(SYN, 100), a(ACK, 101, 1, { l7Len: 200_000 }), b(SYN_ACK, 500, 65_636), b(SYN_ACK, 500, 65_637)],
      '1A 1A 1B 2B',
    ],
    ['SYN,ACK for an unknown SYN', [a(SYN, 100), b(SYN_ACK, 500, 70_000)], '1A 2B'],
    [
      'SYN,ACK for the SYN before',
      [a(SYN, 100), a(SYN, 5000), b(SYN_ACK, 900, 101), b(SYN_ACK, 700, 5001)],
      '1A 2A 1B 2B',
    ],
    ['SYN again of the connection before', [a(SYN, 100), a(SYN, 5000), a(SYN, 100)], '1A 2A 1A'],
    [
      'SYN,ACK alone, again and another',
      [b(SYN_ACK, 500, 101), b(SYN_ACK, 500, 101), b(SYN_ACK, 900, 301)],
      '1B 1B 2B',
    ],
    ['SYN behind its data', [a(ACK, 101, 501, data), a(SYN, 100)], '1A 1A'],
    ['SYN far before its data', [a(ACK, 65_636, 501, data), a(SYN, 100)], '1A 1A'],
    ['SYN too far before', [a(ACK, 65_637, 501, data), a(SYN, 100)], '1A 2A'],
    ['SYN after a start in the middle', [a(ACK, 101, 501, data), a(SYN, 101)], '1A 2A'],
    ['SYN against data of the other side', [b(ACK, 101, 501, data), a(SYN, 100)], '1B 2A'],
    ['SYN behind a RST', [b(RST, 0, 0), a(SYN, 100)], '1B 1A'],
    [
      'SYN,ACK after a start in the middle',
      [a(ACK, 101, 501, data), b(SYN_ACK, 500, 101), b(ACK, 501, 106)],
      '1A 1B 1B',
    ],
    ['SYN,ACK that does not fit the middle', [a(ACK, 101, 501, data), b(SYN_ACK, 500, 102)], '1A 2B'],
    ['SYN,ACK behind its own data', [b(ACK, 501, 101, data), b(SYN_ACK, 500, 101)], '1B 1B'],
    ['SYN,ACK behind a RST', [a(RST, 0, 0), b(SYN_ACK, 500, 101)], '1A 1B'],
    [
      'late segments go where they fit',
      [
        ...open(100, 500),
        ...open(900_000, 700_000),
        a(ACK, 101, 501, data),
        b(ACK, 501, 106, data),
        a(ACK, 900_001, 700_001, data),
      ],
      '1A 1B 1A 2A 2B 2A 1A 1B 2A',
    ],
    [
      'late segment by what it acknowledges',
      [...open(100, 500), a(SYN, 900_000), b(ACK, 501, 101), b(RST | ACK, 0, 900_001)],
      '1A 1B 1A 2A 1B 2B',
    ],
    ['a tie goes to the newer one', [a(SYN, 100), a(SYN, 300), a(ACK, 201)], '1A 2A 2A'],
    ['nothing to compare with', [a(SYN, 100), a(SYN, 300), b(RST, 7)], '1A 2A 2B'],
    [
      'sequence numbers that wrap',
      [a(SYN, 0xffff_ffff), b(SYN_ACK, huge, 0), a(ACK, 0, huge + 1, data), a(SYN, 0xffff_ffff)],
      '1A 1B 1A 1A',
    ],
    ['a RST does not end the flow', [...open(100, 500), b(RST, 501), a(ACK, 101, 501)], '1A 1B 1A 1B 1A'],
    [
      'a header that was not captured says nothing',
      [a(SYN, 100), { ...a(SYN, 7), statHi: HI_L4_HEADER_SHORT }, a(0, 0)],
      '1A 1A 1A',
    ],
    ['the lowest number seen counts', [a(ACK, 200_000, 1), a(ACK, 101, 1), a(SYN, 100)], '1A 1A 1A'],
  ] as [string, TestPacket[], string][]) {
    t.equal(run(packets).tags, tags, what)
  }
})

t.test('the connection before', async t => {
  const syn = (tcpSeq: number, sec: number): TestPacket => ({ tcpFlags: SYN, tcpSeq, time: [sec, 0] })
  const late = (tcpSeq: number, sec: number): TestPacket => ({ tcpFlags: ACK, tcpSeq, time: [sec, 0] })
  const clock = (sec: number): TestPacket => ({ ...UDP, srcPort: 7, dstPort: 7, time: [sec, 0] })
  const ends = (packets: TestPacket[], options?: FlowTaggerOptions): string =>
    run(packets, options)
      .flows.map(({ name, before, reason }) => `${name} ${before} ${reason}`)
      .join(', ')
  t.equal(
    ends([syn(100, 0), syn(900_000, 50), clock(59), clock(60)]),
    '1A 3 new-connection, 2A 4 end, 3A 4 end',
    'waits for late segments for 60 s',
  )
  t.equal(
    ends([syn(100, 0), syn(900_000, 50), late(101, 59), clock(118), clock(119)]),
    '1A 4 new-connection, 2A 5 end, 3A 5 end',
    'a late segment prolongs that',
  )
  t.equal(
    ends([syn(100, 0), syn(900_000, 1), syn(5_000_000, 2)]),
    '1A 2 new-connection, 2A 3 new-connection, 3A 3 end',
    'a third connection ends the first',
  )
  t.equal(
    ends([syn(100, 0), syn(900_000, 1), clock(500)]),
    '1A 2 new-connection, 2A 2 timeout, 3A 3 end',
    'both end at once',
  )
  t.equal(
    ends([syn(100, 0), syn(900_000, 1), clock(5)], { timeout: 5 }),
    '1A 2 new-connection, 2A 3 end, 3A 3 end',
    'a shorter timeout holds for it too',
  )
  const survivor = [
    syn(100, 0),
    syn(900_000, 1),
    late(101, 50),
    late(101, 100),
    late(101, 150),
    clock(184),
    late(101, 185),
    clock(400),
  ]
  t.equal(
    ends(survivor),
    '2A 5 timeout, 3A 7 timeout, 1A 7 timeout, 4A 8 end',
    'it can outlive the newer one',
  )
  t.equal(run(survivor).tags, '1A 2A 1A 1A 1A 3A 1A 4A')
  t.equal(
    ends([syn(100, 0), syn(900_000, 1), { ...late(101, -20) }, clock(39), clock(40)]),
    '1A 4 new-connection, 2A 5 end, 3A 5 end',
    'a late segment from the past',
  )
})

t.test('a flow that the timeout cut off goes on', async t => {
  const at = (sec: number, packet: TestPacket): TestPacket => ({ ...packet, time: [sec, 0] })
  const of = (packets: TestPacket[]): number[] =>
    run(packets).flows.map(({ continuationOf }) => continuationOf)
  const later = (packet: TestPacket, ...first: TestPacket[]): number[] =>
    of([...first.map(p => at(0, p)), at(200, packet)])
  const fin = (packet: TestPacket): TestPacket => ({ ...packet, tcpFlags: FIN })
  t.same(later({}, {}), [0, 1], 'TCP in the middle')
  t.same(later(back({}), {}), [0, 1], 'from the other side')
  t.same(later({}, {}, back({}), fin({})), [0, 0, 1], 'half closed')
  t.same(later({}, {}, fin(back({})), fin({})), [0, 0, 0], 'closed')
  t.same(later({}, { tcpFlags: RST }), [0, 0], 'reset')
  t.same(later({ tcpFlags: SYN }, {}), [0, 0], 'a new connection')
  t.same(later({ tcpFlags: SYN_ACK }, {}), [0, 0], 'the answer to one')
  t.same(later({ srcPort: 1 }, {}), [0, 0], 'other ports')
  t.same(later(UDP, UDP), [0, 0], 'UDP')
  t.same(
    of([at(0, {}), at(200, {}), at(400, { tcpFlags: SYN }), at(401, {})]),
    [0, 1, 0],
    'only what came right before',
  )
  t.equal(run([at(0, {}), at(200, {})]).summary.continuations, 1)
})

t.test('what a flow says of itself', async t => {
  const first: TestPacket = { time: [10, 5], vlan: 7, payload: 'abc', l7Len: 9, pktNo: 40, mac: [1, 2, 3] }
  const second: TestPacket = {
    time: [12, 1],
    vlan: 7,
    payload: 'de',
    mac: [4, 5, 6],
    hdrDesc: 'eth:vlan:ipv4:tcp',
  }
  const { flows } = run([first, second, back({ ...first, time: [11, 0] })])
  t.equal(flows.length, 2)
  const { flows: columns } = flows[0]!.batch as { flows: NonNullable<Batch['flows']> }
  for (const [name, a, b] of [
    ['flowInd', 1, 1],
    ['firstSec', 10, 11],
    ['firstNsec', 5, 0],
    ['lastSec', 12, 11],
    ['lastNsec', 1, 0],
    ['packets', 2, 1],
    ['wireBytes', 11, 9],
    ['capBytes', 5, 3],
    ['l7Bytes', 11, 9],
    ['firstPktNo', 40, 40],
    ['srcPort', 40000, 80],
    ['dstPort', 80, 40000],
    ['macCount', 2, 1],
    ['chainCount', 2, 1],
    ['vlanCount', 1, 1],
    ['digits', 6, 6],
    ['family', 4, 4],
    ['l4Proto', 6, 6],
    ['ethType', 0x0800, 0x0800],
    ['statLo', 0x4000, 0x4001],
    ['statHi', 0x0400_0000, 0x0400_0000],
    ['dir', 0, 1],
  ] as const) {
    t.same([columns[name][0], columns[name][1]], [a, b], name)
  }
  t.same(
    [...columns.addr.subarray(0, 16)],
    [0x0a000001, 0, 0, 0, 0x0a000002, 0, 0, 0, 0x0a000002, 0, 0, 0, 0x0a000001, 0, 0, 0],
  )
  t.same([...columns.mac.subarray(0, 9)], [1, 2, 3, 4, 5, 6, 0, 0, 0])
  t.same([columns.vlanTci[0], columns.vlanTci[3]], [7, 7])
})

t.test('times beside each packet', async t => {
  const at = (sec: number, packet: TestPacket): TestPacket => ({ ...packet, time: [sec, sec] })
  const packets = [at(1, UDP), at(3, back(UDP)), at(4, UDP), at(9, back(UDP))]
  const { tags } = run(packets).batches[0]!
  t.same([...tags!.firstSec], [1, 3, 1, 3])
  t.same([...tags!.prevSec], [1, 3, 1, 3])
  t.same([...tags!.oppSec], [1, 1, 3, 4])
  t.same([...tags!.oppNsec], [1, 1, 3, 4])
  t.same([...tags!.prevNsec], [1, 3, 1, 3])
  t.same([...run(packets, { packetTimes: false }).batches[0]!.tags!.oppSec], [0, 0, 0, 0], 'or not')
})

t.test('status bits', async t => {
  const { tags } = run([
    { ...UDP, time: [10, 5], statLo: 0x4001, statHi: 4 },
    { ...UDP, time: [10, 4] },
    { ...UDP, time: [10, 4] },
    { dst: [0x0a000001], srcPort: 9, dstPort: 9 },
    { ...UDP, dst: [0x0a000001], srcPort: 9, dstPort: 9 },
  ]).batches[0]!
  const plain = 0x0400_0000
  t.same([...tags!.statLo], [0x4000, 0x4000, 0x4000, 0x4000, 0x4000], "bit 0 is the flow's, not the packet's")
  t.same(
    [...tags!.statHi],
    [4, plain | 4 | HI_TIME_JUMP, plain | 4 | HI_TIME_JUMP, plain | HI_LAND_ATTACK, plain].map(
      bits => bits >>> 0,
    ),
  )
})

t.test('header chains and MACs beyond what a flow has room for', async t => {
  const chains = ['a', 'b', 'c', 'd', 'd', 'e', 'f', 'e', 'a']
  const packets = chains.map(
    (hdrDesc, i): TestPacket => ({ ...UDP, hdrDesc: `eth:${hdrDesc}`, mac: [i, i, i] }),
  )
  const { batches, flows } = run(packets)
  const overrun = [...batches[0]!.tags!.statHi].map(bits => (bits & HI_HEADER_OVERRUN) !== 0)
  t.same(overrun, [false, false, false, false, false, true, true, true, true])
  const columns = flows[0]!.batch.flows!
  t.equal(columns.chainCount[0], 6)
  t.equal(columns.macCount[0], 3)
  t.same([...columns.mac.subarray(0, 9)], [0, 0, 0, 1, 1, 1, 2, 2, 2])
  t.equal(new Set(columns.chain.subarray(0, 4)).size, 4)
  const many = Array.from({ length: 400 }, (_, i): TestPacket => ({ ...UDP, hdrDesc: `eth:${i}` }))
  t.equal(run(many).flows[0]!.batch.flows!.chainCount[0], 255)
  const noMac = run([
    { ...UDP, statLo: 0x4000 | LO_NO_ETH, mac: [0, 0, 0] },
    UDP,
    { ...UDP, srcPort: 9, mac: [0, 0, 0] },
  ])
  t.same(
    noMac.flows.map(({ batch, row }) => batch.flows!.macCount[row]),
    [1, 1],
  )
  const bare = run([{ ...UDP, statLo: 0x4000 | LO_NO_ETH, mac: [0, 0, 0] }])
  t.equal(bare.flows[0]!.batch.flows!.macCount[0], 0, 'no Ethernet, no MACs')
})

t.test('thousands of flows with MACs of their own', async t => {
  const count = 3000
  const own = (n: number, sec: number): TestPacket => ({
    ...UDP,
    srcPort: 2000 + n,
    mac: [n, n, n],
    time: [sec, 0],
  })
  const numbers = Array.from({ length: count }, (_, n) => n)
  const packets = [
    ...numbers.map(n => own(n, 1)),
    ...numbers.map(n => ({ ...own(n, 2), mac: [n, n, 9] as TestPacket['mac'] })),
  ]
  const { flows } = run([...packets, own(1, 300), own(2, 300)])
  t.equal(flows.length, count + 2)
  for (const { name, batch, row } of flows) {
    const n = Number.parseInt(name, 10) - 1
    const expected = n < count ? [n, n, n, n, n, 9] : [n - count + 1, n - count + 1, n - count + 1, 0, 0, 0]
    const macs = n === 9 ? [9, 9, 9, 0, 0, 0] : expected
    if (String(batch.flows!.mac.subarray(9 * row, 9 * row + 6)) !== String(macs))
      t.fail(`MACs of flow ${name}`)
  }
})

t.test('the latest 65,536 flows that were cut off are remembered', async t => {
  const key = new FlowKey(new SeededHash(1))
  const select = (n: number): void => {
    key.read(packetBatch([{ src: [n] }]).packets!, 0, 1)
    key.select(0)
  }
  const timedOut = new TimedOut()
  select(0)
  t.equal(timedOut.recall(key), 0, 'none yet')
  const last = 65_537
  for (let n = 0; n <= last; n++) {
    select(n)
    timedOut.remember(key.words, 0, key.hash, 1000 + n)
  }
  for (const [n, flowInd] of [
    [0, 0],
    [1, 0],
    [2, 1002],
    [2, 0],
    [last, 1000 + last],
    [last + 1, 0],
  ] as const) {
    select(n)
    t.equal(timedOut.recall(key), flowInd)
  }
})

t.test('a full table', async t => {
  const n = (srcPort: number, sec: number): TestPacket => ({ ...UDP, srcPort, time: [sec, 0] })
  const packets = [n(5001, 1), n(5002, 2), n(5001, 3), n(5003, 4), n(5002, 5)]
  for (const timeout of [0, 182]) {
    const { tags, flows, summary } = run(packets, { maxFlows: 2, timeout })
    t.equal(tags, '1A 2A 1A 3A 4A')
    t.same(
      flows.map(({ name, before, reason }) => `${name} ${before} ${reason}`),
      ['2A 3 table-full', '1A 4 table-full', '3A 5 end', '4A 5 end'],
    )
    t.ok((flows[0]!.batch.flows!.statHi[flows[0]!.row]! & HI_TABLE_FULL) !== 0)
    t.ok((flows[3]!.batch.flows!.statHi[flows[3]!.row]! & HI_TABLE_FULL) === 0)
    t.equal(summary.endedByTableFull, 2)
    t.equal(summary.maxFlowsInMemory, 2)
  }
  const syn = (tcpSeq: number, sec: number): TestPacket => ({ tcpFlags: SYN, tcpSeq, time: [sec, 0] })
  const one = run([syn(1, 1), syn(100_000, 2), syn(200_000, 3)], { maxFlows: 1 })
  t.equal(one.tags, '1A 2A 3A')
  t.same(
    one.flows.map(({ reason }) => reason),
    ['table-full', 'table-full', 'end'],
  )
  const two = run([syn(1, 1), syn(100_000, 2), syn(200_000, 3), n(5001, 4)], { maxFlows: 2 })
  t.equal(two.order, '1A 2A 3A 4A', 'connections that were followed by another go first')
})

t.test('the summary', async t => {
  const icmpv6: TestPacket = {
    ...UDP,
    family: 6,
    ethType: 0x86dd,
    l4Proto: 58,
    srcPort: 0,
    dstPort: 0,
    statLo: 0x8000,
    statHi: 0x0800_0000,
  }
  const { summary, batches } = run([
    { payload: 'abc' },
    back({ payload: 'de' }),
    ARP,
    { ...UDP, srcPort: 53, payload: 'x' },
    icmpv6,
  ])
  t.same(summary, {
    type: 'summary',
    stage: 'flow',
    packets: 5,
    flows: 5,
    conversations: 4,
    l2Flows: 1,
    ipv4Flows: 3,
    ipv6Flows: 1,
    aFlows: 4,
    bFlows: 1,
    requestFlows: 3,
    replyFlows: 2,
    aPackets: 3,
    bPackets: 2,
    aBytes: 3,
    bBytes: 3,
    maxFlowsInMemory: 5,
    endedAtEnd: 4,
    endedByTimeout: 0,
    endedByNewConnection: 0,
    endedByTableFull: 0,
    continuations: 0,
    aggFlowStat: '0x0c0000000000c001',
  })
  t.same(batches.at(-1)!.side, [summary], 'comes last, by itself')
  t.same(run([]).summary.flows, 0)
})

t.test('batches', async t => {
  const at = (sec: number, srcPort: number): TestPacket => ({ ...UDP, srcPort, time: [sec, 0] })
  t.test('a batch is not changed, its side records keep their places', async t => {
    const batch = packetBatch([at(1, 1), at(2, 2), at(300, 3)])
    const notes = ['first', 'middle', 'last'].map(
      code => ({ type: 'note', level: 'warning', code, message: code }) as const,
    )
    batch.side.push(...notes)
    batch.sideAt.push(0, 2, 3)
    const [out] = [...new FlowCore().take(batch)]
    t.same(out!.side, [notes[0], notes[1], 0, 1, notes[2]])
    t.same(out!.sideAt, [0, 2, 2, 2, 3])
    t.same(batch.side, notes)
    t.equal(batch.tags, undefined)
    t.equal(out!.slab, batch.slab)
    const [again] = [...new FlowCore().take(batch.derive({ rows: 3 }))]
    t.not(again!.tags, out!.tags)
  })
  t.test('rows that were taken out have no flow', async t => {
    const batch = packetBatch([UDP, { ...UDP, srcPort: 1 }, UDP]).derive({ keep: Uint8Array.of(1, 0, 1) })
    const core = new FlowCore()
    const [out] = [...core.take(batch)]
    t.same([...out!.tags!.flowInd], [1, 0, 1])
    t.equal(look([...core.end()]).order, '1A')
  })
  t.test('batches without rows pass as they are', async t => {
    const batch = Batch.create({ side: [TEST_CAPTURE], sideAt: [0] })
    t.equal([...new FlowCore().take(batch)][0], batch)
  })
  t.test('flows without their packets', async t => {
    const { tags, order } = run([at(1, 5001), at(300, 5002)], { packets: false })
    t.equal(tags, '')
    t.equal(order, '1A 2A')
  })
  t.test('many flows that end at one packet come in pieces, all in order', async t => {
    const count = 5000
    const packets = [...Array.from({ length: count }, (_, i) => at(1, 10_000 + i)), at(500, 1), at(501, 2)]
    const batch = packetBatch(packets).derive({
      side: [TEST_CAPTURE, TEST_CAPTURE, TEST_CAPTURE],
      sideAt: [0, count, count + 1],
      keep: new Uint8Array(count + 2).fill(1),
    })
    const core = new FlowCore()
    const parts = [...core.take(batch)]
    t.equal(parts.length, 4)
    for (const part of parts) t.ok((part.flows?.count ?? 0) <= 4096)
    const { flows } = look([...parts, ...core.end()])
    t.same(
      flows.map(({ name }) => name),
      Array.from({ length: count + 2 }, (_, i) => `${i + 1}${i < count ? 'A' : 'B'}`),
    )
    t.ok(flows.slice(0, count).every(({ before }) => before === count))
    t.equal(parts.flatMap(part => part.side).filter(item => item === TEST_CAPTURE).length, 3)
  })
  t.test('a piece tells no flow of the rows behind it', async t => {
    const count = 5000
    const packets = [...Array.from({ length: count }, (_, i) => at(1, 10_000 + i)), at(500, 1)]
    const pool = new BatchPool(16, true)
    const used = pool.takeColumns(FlowTagColumns, packets.length)
    used.flowInd.fill(7)
    pool.giveColumns(used)
    const [first] = new FlowCore().take(Batch.create(packetBatch(packets), pool))
    t.equal(first!.tags, used)
    t.equal(used.flowInd[count - 1], count)
    t.equal(used.flowInd[count], 0)
  })
  t.test('the end comes in pieces too', async t => {
    const core = new FlowCore()
    Array.from(core.take(packetBatch(Array.from({ length: 9000 }, (_, i) => at(1, i + 2000)))))
    t.same(
      Array.from(core.end(), batch => batch.flows?.count),
      [2048, 2048, 2048, 2048, 808, undefined],
    )
  })
  t.test('what cannot be tagged', async t => {
    const batch = packetBatch([UDP])
    t.throws(() => [...new FlowCore().take(batch.derive({ packets: undefined }))], { code: 'ERR_USAGE' })
    const [tagged] = [...new FlowCore().take(packetBatch([at(1, 1), at(500, 1)]))]
    t.throws(() => [...new FlowCore().take(tagged!)], { code: 'ERR_USAGE' })
    t.throws(() => new FlowCore({ timeout: -1 }), { code: 'ERR_USAGE' })
    t.throws(() => new FlowCore({ timeout: Number.NaN }), { code: 'ERR_USAGE' })
  })
})

t.test('as a stream', async t => {
  const out: Batch[] = []
  await pipeline(
    [packetBatch([{}, back({})]), packetBatch([{}], 3)],
    new FlowTagger({ seed: 1 }),
    async (source: AsyncIterable<Batch>) => {
      for await (const batch of source) out.push(batch)
    },
  )
  const { tags, order, summary } = look(out)
  t.equal(tags, '1A 1B 1A')
  t.equal(order, '1A 1B')
  t.equal(summary.packets, 3)
})

t.test('an identification twice in a row is noted, but for that of the first packet', async t => {
  const noted = (packets: TestPacket[]): string => {
    const marks: string[] = []
    for (const { rows, tags } of run(packets).batches) {
      for (let row = 0; row < rows; row++)
        marks.push((tags!.statHi[row]! & HI_DUPLICATE_IP_ID) === 0 ? '-' : 'x')
    }
    return marks.join('')
  }
  const ids = (...list: number[]): TestPacket[] => list.map(ipId => ({ ...UDP, ipId }))
  t.equal(noted(ids(7, 7)), '--', 'two are not, three are')
  t.equal(noted(ids(7, 7, 7)), '--x')
  t.equal(noted(ids(1, 7, 7, 8)), '--xx', 'the bit stays')
  t.equal(noted(ids(1, 7, 8, 7)), '----', 'not in a row')
  t.equal(noted(ids(1, 0, 0, 0)), '----', '0 says nothing')
  t.equal(noted(ids(1, 0xffff, 0xffff)), '--x', 'the greatest there is')
  const back = { src: [0x0a00_0002], dst: [0x0a00_0001], srcPort: 80, dstPort: 40000 }
  const both = ids(1, 7, 7, 7).map((packet, i) => (i % 2 === 0 ? packet : { ...packet, ...back }))
  t.equal(noted(both), '----', 'each direction by itself')
  const { flows } = run(ids(1, 7, 7))
  t.equal(flows[0]!.packets, 3, 'the number of packets stays beside it')
})
