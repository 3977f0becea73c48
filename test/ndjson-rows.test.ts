import assert from 'node:assert/strict'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { Batch } from '../lib/batch.ts'
import { ChunkColumns } from '../lib/chunk-columns.ts'
import { FlowTagColumns, FrameColumns } from '../lib/columns.ts'
import { FlowColumns } from '../lib/flow-columns.ts'
import { intern } from '../lib/header-chains.ts'
import { BuiltInLabels } from '../lib/labels/built-in-labels.ts'
import { chunkRecord } from '../lib/ndjson/chunk-record.ts'
import { flowRecord } from '../lib/ndjson/flow-record.ts'
import { RecordEncoder, type RecordEncoderOptions } from '../lib/ndjson/record-encoder.ts'
import { RecordReader, type RecordReaderOptions } from '../lib/ndjson/record-reader.ts'
import { sctpMembers } from '../lib/ndjson/sctp-members.ts'
import { PacketColumns } from '../lib/packet-columns.ts'
import { packetRecord } from '../lib/packet-view.ts'
import type { PacketRecord } from '../lib/records.ts'
import { TEST_CAPTURE } from './support/packet-batch.ts'

/** Holds a property to be true; its assertions throw, so that fast-check can look for the smallest case. */
function holds(t: Test, property: fc.IRawProperty<unknown>, numRuns: number): void {
  t.doesNotThrow(() => fc.assert(property, { numRuns }))
}

/** The bytes of lines. */
const encode = (batch: Batch, options?: RecordEncoderOptions): Buffer =>
  Buffer.concat(new RecordEncoder(options).encode(batch))
const linesOf = (bytes: Buffer): string[] => bytes.toString().split('\n').slice(0, -1)
const read = (bytes: Buffer, options?: RecordReaderOptions): Batch[] => {
  const reader = new RecordReader(options)
  return [...reader.feed(bytes), ...reader.end()]
}
const packetsOf = (batches: Batch[]): PacketRecord[] =>
  batches.flatMap(batch => Array.from({ length: batch.rows }, (_, row) => packetRecord(batch, row)))

const DESCRIPTIONS = [
  'eth:ipv4:tcp',
  'eth:vlan{2}:ipv6:udp',
  'eth:UNK(0x1234)',
  'a "quoted" \\ line\n',
  'ü:\u{1f600}:\ud800',
  '',
]

const u8 = fc.integer({ min: 0, max: 0xff })
const u16 = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 0xffff))
const u32 = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.constantFrom(0, 9, 10, 999_999_999, 0x8000_0000, 0xffff_ffff),
)
const address = fc.oneof(
  fc.array(u32, { minLength: 4, maxLength: 4 }),
  fc.constantFrom(
    [0, 0, 0, 0],
    [0, 0, 0, 1],
    [0, 0, 0xffff, 0x0102_0304],
    [0x2001_0db8, 0, 0, 0xff],
    [0xfe80_0000, 0, 1, 0],
  ),
)
const large = fc.oneof(
  fc.integer({ min: 1, max: 1e6 }),
  fc.constantFrom(2 ** 31, 2 ** 40 + 7, Number.MAX_SAFE_INTEGER),
)
const time = fc.tuple(
  fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.constantFrom(0, 2 ** 40)),
  fc.oneof(fc.integer({ min: 0, max: 999_999 }), fc.constantFrom(0, 1, 999_999)).map(micro => micro * 1000),
)

const packet = fc.record({
  pktNo: large,
  time,
  nano: fc.boolean(),
  capLen: u32,
  wireLen: u32,
  description: fc.constantFrom(...DESCRIPTIONS),
  vlans: fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 3 }),
  mac: fc.oneof(fc.tuple(u32, u32, u32), fc.constant([0, 0, 0])),
  ethType: u16,
  family: fc.constantFrom(0, 4, 6),
  src: address,
  dst: address,
  ports: fc.tuple(u16, u16),
  l4Proto: fc.oneof(u8, fc.constantFrom(1, 6, 17, 58, 132, 136)),
  tunnelId: u32,
  ipId: u16,
  icmp: u16,
  tcp: fc.tuple(u32, u32, u16, u16),
  l7Len: u32,
  stat: fc.tuple(u32, u32),
  payload: fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 90, maxLength: 400 })),
  flowInd: large,
  dir: fc.integer({ min: 0, max: 1 }),
  times: fc.tuple(time, time, time),
  pldStat: u8,
})
type Row = typeof packet extends fc.Arbitrary<infer T> ? T : never

/** A batch of rows; nanoseconds are cut where the interface gives but microseconds, as clocks do. */
function batchOf(rows: Row[], parts: { tagged: boolean; withStat: boolean; pktNoBase: number }): Batch {
  const frames = new FrameColumns(rows.length)
  const packets = new PacketColumns(rows.length)
  const tags = new FlowTagColumns(rows.length)
  const pldStat = new Uint8Array(rows.length)
  const pieces: Uint8Array[] = []
  let at = 0
  rows.forEach((row, i) => {
    frames.pktNo[i] = Math.max(row.pktNo, parts.pktNoBase + 1)
    frames.sec[i] = row.time[0]
    frames.nsec[i] = row.time[1]
    frames.digits[i] = row.nano ? 9 : 6
    frames.capLen[i] = row.capLen
    frames.wireLen[i] = row.wireLen
    packets.statLo[i] = row.stat[0]
    packets.statHi[i] = row.stat[1]
    packets.addr.set(row.family === 6 ? row.src : row.family === 4 ? row.src.slice(0, 1) : [], 8 * i)
    packets.addr.set(row.family === 6 ? row.dst : row.family === 4 ? row.dst.slice(0, 1) : [], 8 * i + 4)
    packets.mac.set(row.mac, 3 * i)
    packets.tcpSeq[i] = row.tcp[0]
    packets.tcpAck[i] = row.tcp[1]
    packets.tcpFlags[i] = row.tcp[2]
    packets.tcpWin[i] = row.tcp[3]
    packets.tunnelId[i] = row.tunnelId
    packets.ipId[i] = row.family === 0 ? 0 : row.ipId
    packets.payOff[i] = at
    packets.payLen[i] = row.payload.length
    packets.l7Len[i] = row.l7Len
    packets.chain[i] = intern(row.description, row.description.split(':').length)
    packets.ethType[i] = row.ethType
    packets.vlanTci.set(row.vlans, 3 * i)
    packets.vlanCount[i] = row.vlans.length
    packets.vlan[i] = (row.vlans.at(-1) ?? 0) & 0xfff
    packets.srcPort[i] = row.ports[0]
    packets.dstPort[i] = row.ports[1]
    packets.icmp[i] = row.icmp
    packets.family[i] = row.family
    packets.l4Proto[i] = row.l4Proto
    tags.flowInd[i] = row.flowInd
    tags.dir[i] = row.dir
    tags.statLo[i] = row.stat[1]
    tags.statHi[i] = row.stat[0]
    ;[tags.firstSec[i], tags.firstNsec[i]] = row.times[0]
    ;[tags.prevSec[i], tags.prevNsec[i]] = row.times[1]
    ;[tags.oppSec[i], tags.oppNsec[i]] = row.times[2]
    pldStat[i] = row.pldStat
    pieces.push(row.payload)
    at += row.payload.length
  })
  return Batch.create({
    rows: rows.length,
    slab: Buffer.concat(pieces),
    captures: [TEST_CAPTURE],
    pktNoBase: parts.pktNoBase,
    frames,
    packets,
    tags: parts.tagged ? tags : undefined,
    pldStat: parts.withStat ? pldStat : undefined,
  })
}

const anyBatch = fc
  .tuple(
    fc.array(packet, { minLength: 1, maxLength: 8 }),
    fc.record({ tagged: fc.boolean(), withStat: fc.boolean(), pktNoBase: fc.constantFrom(0, 5) }),
  )
  .map(([rows, parts]) => batchOf(rows, parts))

/** The same object in another spelling: members in another order, white space, escapes, a member of the user's own. */
function respelled(line: string, order: number): string {
  const members = Object.entries(JSON.parse(line) as Record<string, unknown>)
  const turned = [...members.slice(order % members.length), ...members.slice(0, order % members.length)]
  if (order & 1) turned.splice(order % turned.length, 0, ['mine', { payload: '}"', list: [1, 'a\\'] }])
  const escaped = (json: string): string =>
    json.replace(/[aeT/]/g, char => `\\u00${char.charCodeAt(0).toString(16)}`)
  const text = turned.map(([name, value]) => {
    const json = JSON.stringify(value)
    return `${order & 2 ? escaped(JSON.stringify(name)) : JSON.stringify(name)} :\t${order & 4 && typeof value === 'string' ? escaped(json) : json}`
  })
  return ` {${text.join(order & 8 ? ' ,  ' : ',')} }${order & 16 ? '\r' : ''}`
}

const withoutMine = (record: PacketRecord): PacketRecord => {
  const { mine: _, ...rest } = record as PacketRecord & { mine?: unknown }
  return rest as PacketRecord
}
const sorted = (records: object[]): unknown[] =>
  records.map(record => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))))

t.test('a packet line is the record of its row, member by member', t => {
  holds(
    t,
    fc.property(anyBatch, batch => {
      const lines = linesOf(encode(batch))
      const records = packetsOf([batch])
      return (
        lines.length === records.length && lines.every((line, row) => line === JSON.stringify(records[row]))
      )
    }),
    300,
  )
  t.end()
})

t.test('lines give the rows they were made of, in any spelling, decoded or not', t => {
  holds(
    t,
    fc.property(anyBatch, fc.nat(), fc.boolean(), (batch, order, lines) => {
      const records = packetsOf([batch])
      const bytes = encode(batch)
      const again = read(bytes, { payload: 'decode', lines })
      assert.deepEqual(packetsOf(again), records)
      assert.deepEqual(
        again.flatMap(({ packets, rows }) => [...packets!.vlan.subarray(0, rows)]),
        [...batch.packets!.vlan],
      )
      const spelled = Buffer.from(
        linesOf(bytes)
          .map(line => `${respelled(line, order)}\n`)
          .join(''),
      )
      const loose = read(spelled, { payload: 'decode', lines })
      assert.deepEqual(sorted(packetsOf(loose).map(withoutMine)), sorted(records))
      const kept = read(spelled)
      assert.equal(
        Buffer.concat(kept.map(part => encode(part))).toString(),
        spelled.toString().replaceAll('\r\n', '\n'),
      )
    }),
    150,
  )
  t.end()
})

t.test('input that is cut anywhere gives the same', t => {
  holds(
    t,
    fc.property(anyBatch, fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (batch, cuts) => {
      const bytes = encode(batch)
      const reader = new RecordReader({ payload: 'decode' })
      const batches: Batch[] = []
      let at = 0
      for (let i = 0; at < bytes.length; i++) {
        const length = cuts[i % cuts.length]!
        batches.push(...reader.feed(bytes.subarray(at, at + length)))
        at += length
      }
      batches.push(...reader.end())
      assert.deepEqual(packetsOf(batches), packetsOf([batch]))
      assert.ok(Buffer.concat(batches.map(part => encode(part))).equals(bytes))
    }),
    100,
  )
  t.end()
})

t.test('members that stages add go in front of a payload at the end, else to the end', t => {
  holds(
    t,
    fc.property(anyBatch, fc.nat(), (batch, order) => {
      const plain = batch.derive({ tags: undefined, pldStat: undefined })
      const tagged = batch.derive({ ...batchTags(batch) })
      for (const spell of [(line: string) => line, (line: string) => respelled(line, order)]) {
        const bytes = Buffer.from(
          linesOf(encode(plain))
            .map(line => `${spell(line)}\n`)
            .join(''),
        )
        const added = read(bytes).flatMap((part, i) => linesOf(encode(part.derive(batchTags(tagged, i)))))
        const expected = linesOf(encode(tagged)).map(line => JSON.parse(line))
        assert.deepEqual(
          added.map(line => withoutMine(JSON.parse(line))),
          expected,
        )
      }
    }),
    100,
  )
  t.end()
})

t.test('members that stand in the lines already are replaced by those that a stage adds again', t => {
  holds(
    t,
    fc.property(anyBatch, fc.nat(), (batch, order) => {
      const old = batch.derive(batchTags(batch))
      const bytes = Buffer.from(
        linesOf(encode(old))
          .map(line => `${respelled(line, order)}\n`)
          .join(''),
      )
      const tags = new FlowTagColumns(batch.rows)
      tags.flowInd.fill(77)
      const pldStat = new Uint8Array(batch.rows).fill(0x42)
      const lines = read(bytes).flatMap(part => linesOf(encode(part.derive({ tags, pldStat }))))
      const expected = linesOf(encode(batch.derive({ tags, pldStat }))).map(line => JSON.parse(line))
      assert.deepEqual(
        lines.map(line => withoutMine(JSON.parse(line))),
        expected,
      )
      for (const line of lines) assert.equal(line.match(/flowInd/g)?.length, 1)
    }),
    60,
  )
  t.end()
})

/** Tags and pldStat for a batch that may have none. */
function batchTags(batch: Batch, _part = 0): { tags: FlowTagColumns; pldStat: Uint8Array } {
  return {
    tags: batch.tags ?? new FlowTagColumns(batch.rows),
    pldStat: batch.pldStat ?? new Uint8Array(batch.rows),
  }
}

t.test('chunk lines are their records, and come back as chunks', t => {
  holds(
    t,
    fc.property(
      anyBatch,
      fc.array(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), { minLength: 8, maxLength: 8 }),
      fc.array(fc.option(fc.tuple(fc.nat(0xffff), fc.nat(0xffff_ffff), fc.nat(7))), {
        minLength: 8,
        maxLength: 8,
      }),
      (random, offsets, streams) => {
        const tags = random.tags ?? new FlowTagColumns(random.rows)
        const chunks = new ChunkColumns(random.rows)
        if (streams.slice(0, random.rows).some(stream => stream !== null)) chunks.addStreams()
        for (let row = 0; row < random.rows; row++) {
          if (random.packets!.payLen[row] === 0) continue
          const index = chunks.count++
          chunks.row[index] = row
          chunks.off[index] = random.packets!.payOff[row]!
          chunks.len[index] = random.packets!.payLen[row]!
          chunks.offset[index] = offsets[row]!
          const stream = streams[row]
          if (!stream) continue
          chunks.stream![index] = stream[0]
          chunks.ppid![index] = stream[1]
          chunks.dataFlags![index] = stream[2]
        }
        const batch = random.derive({ tags, chunks, pktNoBase: 0 })
        const options = { packets: false, chunks: true }
        const bytes = encode(batch, options)
        const begun = new Set<string>()
        const records = Array.from({ length: chunks.count }, (_, index) => {
          const flow = `${tags.flowInd[chunks.row[index]!]} ${tags.dir[chunks.row[index]!]}`
          const stream = `${flow} ${chunks.stream?.[index] ?? -1}`
          const first = !begun.has(stream)
          begun.add(stream)
          return chunkRecord(batch, index, first)
        })
        assert.deepEqual(
          linesOf(bytes),
          records.map(record => JSON.stringify(record)),
        )
        for (const lines of [true, false]) {
          for (const payload of ['keep', 'decode'] as const) {
            const again = read(bytes, { lines, payload })
            assert.equal(Buffer.concat(again.map(part => encode(part, options))).length > 0, chunks.count > 0)
            const back = again.flatMap(part =>
              Array.from({ length: part.chunks?.count ?? 0 }, (_, i) => chunkRecord(part, i, true)),
            )
            const pick = (record: (typeof back)[number]): unknown => [
              ...[record.time, record.offset, record.payload, record.flowInd, record.dir, record.pktNo],
              ...[record.sctpStream, record.sctpPpid, record.sctpUnordered, record.sctpFragment],
            ]
            assert.deepEqual(back.map(pick), records.map(pick))
          }
        }
        const kept = read(bytes)
        assert.equal(Buffer.concat(kept.map(part => encode(part, options))).toString(), bytes.toString())
        const spelled = Buffer.from(
          linesOf(bytes)
            .map(line => `${respelled(line, 13)}\n`)
            .join(''),
        )
        assert.deepEqual(
          read(spelled).flatMap(part => [...part.chunks!.offset]),
          [...chunks.offset.subarray(0, chunks.count)],
        )
        assert.deepEqual(
          read(spelled).flatMap(part => Array.from(part.chunks!.row, row => sctpMembers(part, row))),
          Array.from({ length: chunks.count }, (_, index) => sctpMembers(batch, index)),
        )
      },
    ),
    60,
  )
  t.end()
})

const flow = fc.record({
  flowInd: large,
  times: fc.tuple(time, time),
  numbers: fc.array(large, { minLength: 4, maxLength: 4 }),
  continued: fc.oneof(fc.constant(0), large),
  stat: fc.tuple(u32, u32),
  src: address,
  dst: address,
  macs: fc.array(u32, { minLength: 9, maxLength: 9 }),
  macCount: fc.integer({ min: 0, max: 3 }),
  chainCount: fc.integer({ min: 0, max: 9 }),
  vlans: fc.array(u16, { maxLength: 3 }),
  ports: fc.tuple(u16, u16),
  bits: fc.integer({ min: 0, max: 0xff }),
  family: fc.constantFrom(0, 4, 6),
  l4Proto: fc.constantFrom(0, 1, 6, 17, 255),
})

t.test('a flow line is the record of its row', t => {
  holds(
    t,
    fc.property(fc.array(flow, { minLength: 1, maxLength: 4 }), rows => {
      const flows = new FlowColumns(rows.length)
      flows.count = rows.length
      rows.forEach((row, i) => {
        flows.flowInd[i] = row.flowInd
        ;[flows.firstSec[i], flows.firstNsec[i]] = row.times[0]
        ;[flows.lastSec[i], flows.lastNsec[i]] = row.times[1]
        flows.firstPktNo[i] = row.numbers[0]!
        flows.packets[i] = row.numbers[1]!
        flows.wireBytes[i] = row.numbers[2]!
        flows.capBytes[i] = row.numbers[3]!
        flows.l7Bytes[i] = row.numbers[0]!
        flows.continuationOf[i] = row.continued
        ;[flows.statLo[i], flows.statHi[i]] = row.stat
        flows.addr.set([...row.src, ...row.dst], 8 * i)
        flows.mac.set(row.macs, 9 * i)
        flows.macCount[i] = row.macCount
        flows.chain.set(
          DESCRIPTIONS.slice(0, 4).map((text, n) => intern(text, n)),
          4 * i,
        )
        flows.chainCount[i] = row.chainCount
        flows.vlanTci.set(row.vlans, 3 * i)
        flows.vlanCount[i] = row.vlans.length
        ;[flows.srcPort[i], flows.dstPort[i]] = row.ports
        flows.dir[i] = row.bits & 1
        flows.digits[i] = row.bits & 2 ? 9 : 6
        flows.endReason[i] = row.bits >> 6
        flows.family[i] = row.family
        flows.l4Proto[i] = row.l4Proto
      })
      const payload = { pldStat: '0x03', pldFile: 'a "b"/ü', pldLen: 7, pldBytes: 3, pldOverlaps: 0 }
      const gaps = [{ offset: -4, length: 4, reason: 'absent' as const }]
      const flowPayload = [
        undefined,
        { ...payload, pldGaps: gaps },
        { ...payload, pldFile: undefined as never, pldGaps: [] },
      ]
      const batch = Batch.create({
        flows,
        flowPayload,
        captures: [TEST_CAPTURE],
        side: rows.map((_, i) => i),
        sideAt: rows.map(() => 0),
      })
      const communityId = (_: FlowColumns, row: number): string | undefined =>
        row & 1 ? '1:abc=' : undefined
      const labels = new BuiltInLabels()
      const lines = linesOf(encode(batch, { communityId, labels }))
      assert.deepEqual(
        lines,
        rows.map((_, i) => JSON.stringify(flowRecord(batch, i, communityId, labels))),
      )
      const again = read(Buffer.from(`${lines.join('\n')}\n`))
      assert.deepEqual(
        again.flatMap(part => linesOf(encode(part))),
        lines,
      )
      assert.deepEqual(
        again
          .flatMap(({ side }) => side)
          .map(item => ({ ...(item as { flowInd: number; dir: number }) }).flowInd),
        rows.map(row => row.flowInd),
      )
    }),
    100,
  )
  t.end()
})

/** Lines with all members there are, each of a kind of its own. */
function fullLines(): string[] {
  const [packets, chunks] = [[] as string[], [] as string[]]
  for (const [family, l4Proto] of [
    [4, 6],
    [6, 17],
    [4, 1],
    [0, 0],
  ] as const) {
    const row: Row = {
      ...{
        pktNo: 12,
        time: [1258544215, 37210000],
        nano: family === 6,
        capLen: 66,
        wireLen: 70,
        description: 'eth:ipv4',
        tunnelId: family === 6 ? 0xffff_ffff : 0,
        ipId: family === 4 ? 0xffff : 0,
      },
      ...{
        vlans: [5, 6],
        mac: [0x0200_0000, 0x0002_0200, 0x0000_0001],
        ethType: 0x0800,
        family,
        l4Proto,
        icmp: 0x0803,
      },
      ...{
        src: [0x2001_0db8, 0, 0, 0xff],
        dst: [0xfe80_0000, 0, 1, 0],
        ports: [1025, 80],
        tcp: [1, 2 ** 31, 18, 512],
      },
      ...{
        l7Len: 9,
        stat: [0x4000, 0x0400_0000],
        payload: Uint8Array.of(1, 2, 3, 4),
        flowInd: 3,
        dir: 1,
        pldStat: 3,
      },
      times: [
        [1258544214, 0],
        [1258544216, 5000],
        [1258544215, 0],
      ],
    }
    const batch = batchOf([row, row], { tagged: true, withStat: true, pktNoBase: 5 })
    packets.push(linesOf(encode(batch))[0]!)
    if (l4Proto !== 6 && l4Proto !== 17) continue
    batch.frames.capLen.fill(4)
    packets.push(linesOf(encode(batch.derive({ fileOffset: 10 }), { payload: 'ref' }))[0]!)
    const pieces = new ChunkColumns(2)
    pieces.count = 2
    pieces.row[1] = 1
    pieces.len.fill(4)
    pieces.offset.fill(-7)
    for (const flags of [undefined, 3, 5, 0]) {
      if (flags !== undefined) {
        pieces.addStreams()
        pieces.stream!.fill(513)
        pieces.ppid!.fill(46)
        pieces.dataFlags!.fill(flags)
      }
      const own = batch.derive({ chunks: pieces, pktNoBase: 0 })
      chunks.push(...linesOf(encode(own, { packets: false, chunks: true })))
    }
  }
  return [...packets, ...chunks]
}

t.test('a line that is damaged anywhere reads as JSON.parse has it', t => {
  const resolve = (): number => 0
  const readers = { packet: new RecordReader(), chunk: new RecordReader() }
  /** What a line gives, and what is noted; a blank in front makes any line one that is not written as ours. */
  const outcome = (line: string, kind: 'packet' | 'chunk'): unknown => {
    const batches = [...readers[kind].feed(Buffer.from(`${line}\n`))]
    const rows = batches.flatMap(part =>
      Array.from({ length: part.rows }, (_, row) => [
        part.chunks === undefined ? packetRecord(part, row) : chunkRecord(part, row, true),
        part.packets!.vlan[row],
      ]),
    )
    return [rows, ...batches.flatMap(({ side }) => side.map(item => (item as { message?: string }).message))]
  }
  let lines = 0
  for (const line of fullLines()) {
    const kind = line.startsWith('{"type":"chunk"') ? 'chunk' : 'packet'
    readers[kind] = new RecordReader({ payload: 'decode', lines: false, resolve })
    // the kind of a stream has to be known before chunks are read from their bytes
    outcome(line, kind)
    for (let at = 0; at < line.length; at++) {
      for (const piece of ['#', ['9', '"', ''][at % 3]!]) {
        const damaged = line.slice(0, at) + piece + line.slice(at + 1)
        assert.deepEqual(outcome(damaged, kind), outcome(` ${damaged}`, kind), damaged)
        lines++
      }
    }
  }
  t.ok(lines > 5000)
  t.end()
})
