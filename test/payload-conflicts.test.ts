import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import t from 'tap'
import { Batch, FlowLine } from '../lib/batch.ts'
import { BatchPool } from '../lib/batch-pool.ts'
import { filterPackets } from '../lib/compose/filter-packets.ts'
import { FlowColumns } from '../lib/flow-columns.ts'
import { NdjsonReader } from '../lib/ndjson/ndjson-reader.ts'
import { NdjsonWriter } from '../lib/ndjson/ndjson-writer.ts'
import { PayloadChunker, PayloadStage } from '../lib/payload/payload-chunker.ts'
import type { OverlapRecord, SummaryRecord } from '../lib/records.ts'
import { PayloadSink } from '../lib/sink/payload-sink.ts'
import { packetBatch, type TestPacket } from './support/packet-batch.ts'
import { runPayload } from './support/payload-run.ts'

const data = (at: number, payload: string, more: TestPacket = {}): TestPacket => ({
  flowInd: 1,
  tcpSeq: 1000 + at,
  payload,
  ...more,
})
const text = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString('latin1')
const isOverlap = (item: unknown): item is OverlapRecord => (item as { type?: string }).type === 'overlap'

/** The batch with its payload at the start of a slab of this size. */
function onSlab(batch: Batch, size: number, pool?: BatchPool): Batch {
  const slab = pool?.take(size) ?? Buffer.alloc(size)
  batch.slab.copy(slab)
  const { rows, captures, frames, packets, tags } = batch
  return Batch.create({ rows, captures, frames, packets, tags, slab }, pool)
}

/** Runs batches through a stage; returns its overlap records and its summary. */
function run(
  stage: PayloadStage,
  batches: Iterable<Batch>,
): { overlaps: OverlapRecord[]; summary: SummaryRecord } {
  const overlaps: OverlapRecord[] = []
  for (const batch of batches) overlaps.push(...stage.take(batch).flatMap(out => out.side.filter(isOverlap)))
  const summary = [...stage.end()].at(-1)!.side.at(-1) as SummaryRecord
  return { overlaps, summary }
}

t.test('a record shows what differs, of several earlier packets in one piece', async t => {
  const { overlaps, summary, streams } = runPayload([
    data(0, 'aaaa'),
    data(4, 'bbbb'),
    data(8, 'cccc'),
    data(12, 'dddd'),
    data(0, 'axxabbybccccdzzz'),
  ])
  t.equal(streams['1A']!.text, 'aaaabbbbccccdddd')
  t.match(overlaps, [
    { pktNo: 5, firstPktNo: 1, offset: 1, length: 6, kept: 'old', compared: true },
    { pktNo: 5, firstPktNo: 4, offset: 13, length: 3 },
  ])
  t.strictSame(
    overlaps.map(record => [text(record.old), text(record.new)]),
    [
      ['aaabbb', 'xxabby'],
      ['ddd', 'zzz'],
    ],
  )
  t.match(summary, { conflicts: 2, conflictBytes: 9, uncomparedBytes: 0 })
})

t.test('what is compared with is the copy that stands, not the one that gave way', async t => {
  const packets = [data(0, 'aaaa'), data(0, 'bbbb'), data(0, 'cccc')]
  for (const [overlap, old] of [
    ['first', 'aaaa'],
    ['overwrite', 'bbbb'],
  ] as const) {
    for (const perBatch of [1, 3]) {
      const { overlaps } = runPayload(packets, { overlap }, perBatch)
      t.strictSame(
        overlaps.map(record => text(record.old)),
        ['aaaa', old],
        overlap,
      )
    }
  }
})

t.test('a packet gives 8 records at most, and a record 64 KiB', async t => {
  const pieces = Array.from({ length: 40 }, (_, i) => data(4 * i, 'xx'))
  const many = runPayload([...pieces, data(0, 'y'.repeat(160))])
  t.equal(many.overlaps.length, 8)
  t.match(many.summary, { conflicts: 40, conflictBytes: 80 })
  const long = runPayload([data(0, 'a'.repeat(70_000)), data(0, 'b'.repeat(70_000))])
  t.equal(long.overlaps[0]!.length, 70_000)
  t.equal(text(long.overlaps[0]!.old).length, 65_536)
  t.equal(text(long.overlaps[0]!.new).length, 65_536)
})

t.test('earlier batches are looked into, and given back in the end', async t => {
  const pool = new BatchPool(1 << 20, true)
  const batches = [0, 1, 2].map(n =>
    onSlab(
      packetBatch(Array.from({ length: 1100 }, (_, i) => data(4 * (1100 * n + i), 'aaaa'))),
      1 << 20,
      pool,
    ),
  )
  const again = onSlab(
    packetBatch([data(4 * 1100 - 2, 'aabb'), data(4 * 3300 - 1, 'a')], 9000),
    1 << 20,
    pool,
  )
  const stage = new PayloadStage()
  const overlaps: OverlapRecord[] = []
  for (const batch of [...batches, again]) {
    const [out] = stage.take(batch)
    overlaps.push(...out!.side.filter(isOverlap))
    out!.release()
  }
  t.match(overlaps, [{ pktNo: 9000, offset: 4400, length: 2, old: 'YWE=', new: 'YmI=' }])
  t.notOk(batches[0]!.released, 'kept for what may come')
  const summary = [...stage.end()].at(-1)!.side.at(-1)
  t.match(summary, { conflictBytes: 2, uncomparedBytes: 0, duplicateBytes: 4 })
  t.ok(
    batches.every(batch => batch.released),
    'given back',
  )
})

t.test('what is too far back is told of once a stream, and counted', async t => {
  const large = (n: number): Batch =>
    onSlab(packetBatch(Array.from({ length: 1100 }, (_, i) => data(4 * (1100 * n + i), 'aaaa'))), 1 << 22)
  const stage = new PayloadStage()
  const batches = [0, 1, 2, 3, 4].map(large)
  const again = packetBatch([data(0, 'bbbb'), data(4, 'bbbb'), data(4 * 1100 - 4, 'aaaabbbb')], 9000)
  const { overlaps, summary } = run(stage, [...batches, again])
  t.match(overlaps, [
    { pktNo: 9000, offset: 0, length: 4, kept: 'old', compared: false },
    { pktNo: 9002, offset: 4400, length: 4, kept: 'old', compared: true },
  ])
  t.notOk(Object.hasOwn(overlaps[0]!, 'old') || Object.hasOwn(overlaps[0]!, 'firstPktNo'))
  t.match(summary, { uncomparedBytes: 12, conflictBytes: 4 })
})

t.test('of small batches on large slabs copies are kept, as many as fit', async t => {
  const payload = 'a'.repeat(60_000)
  const live = (n: number): Batch => onSlab(packetBatch([data(60_000 * n, payload)], n + 1), 1 << 22)
  const stage = new PayloadStage()
  const batches = Array.from({ length: 300 }, (_, n) => live(n))
  const again = packetBatch([data(60_000 * 200, 'b'), data(60_000 * 290, 'bb'), data(0, 'bb')], 9000)
  const { overlaps, summary } = run(stage, [...batches, again])
  t.match(overlaps, [
    { pktNo: 9000, firstPktNo: 201, length: 1 },
    { pktNo: 9001, firstPktNo: 291, length: 2 },
    { pktNo: 9002, compared: false },
  ])
  t.match(summary, { uncomparedBytes: 2, conflictBytes: 3 })
})

t.test('a slab beyond all bounds is not kept', async t => {
  const batches = [
    onSlab(packetBatch([data(0, 'aaaa'.repeat(1 << 20))]), 1 << 25),
    packetBatch([data(0, 'bb')]),
  ]
  const { overlaps } = run(new PayloadStage(), batches)
  t.match(overlaps, [{ compared: false }])
})

t.test('a search that falls apart into very many stretches is given up', async t => {
  const count = 3000
  const third = (n: number): TestPacket[] =>
    Array.from({ length: count }, (_, i) => data(6 * i + 2 * n, 'aa'))
  const batches = [0, 1, 2].map(n => packetBatch(third(n)))
  const { summary } = run(new PayloadStage(), [...batches, packetBatch([data(0, 'aaaaaa'.repeat(count))])])
  t.ok(Number(summary.uncomparedBytes) > 0)
  t.equal(summary.duplicateBytes, 6 * count)
})

t.test('many copies of many segments in any order are compared in no time', async t => {
  const count = 16_000
  const order = Array.from({ length: count }, (_, i) => (i * 7919) % count)
  const packets = order.map(i => data(3 * i, 'a'))
  const before = performance.now()
  const got = runPayload(
    [...packets, ...packets.map(packet => ({ ...packet, payload: 'b' }))],
    { overlap: 'linux' },
    50_000,
  )
  t.ok(performance.now() - before < 20_000)
  t.equal(got.summary.overwrittenBytes, 0)
  t.ok(Number(got.summary.conflictBytes) > 15_990)
})

t.test('later chunks replace earlier ones in the file, also as lines', async t => {
  for (const lines of [false, true]) {
    const folder = mkdtempSync(join(tmpdir(), 'pldpipe-overwrite-'))
    const packets = [data(0, 'aaaaaaaa'), data(2, 'bbbb'), data(4, 'c'), data(-2, 'dddd')]
    for (const perBatch of [1, 4]) {
      const batches =
        perBatch === 4 ? [packetBatch(packets)] : packets.map((packet, i) => packetBatch([packet], i + 1))
      const edge = lines
        ? [
            new NdjsonWriter({ packets: false, chunks: true }),
            new NdjsonReader({ payload: 'decode', lines: false }),
          ]
        : []
      const writer = new NdjsonWriter()
      await pipeline([
        Readable.from(batches),
        new PayloadChunker({ overlap: 'overwrite' }),
        ...edge,
        new PayloadSink({ folder }),
        writer.resume(),
      ] as never)
      t.equal(readFileSync(join(folder, '1_A'), 'latin1'), 'ddddbbcbaa')
    }
    rmSync(folder, { recursive: true })
  }
})

t.test('a gap says that a filter took out its bytes, whatever else is missing', async t => {
  const packets = [
    data(0, 'aa'),
    data(2, 'FF'),
    data(4, 'bb'),
    data(8, 'cc'),
    data(10, 'FF', { tcpFlags: 4 }),
    data(2e9, 'FF'),
    data(0, 'FF', { flowInd: 7 }),
    data(0, 'FF', { flowInd: 1, dir: 1 }),
    data(0, 'FF', { flowInd: 1, l4Proto: 17 }),
    data(10, '', {}),
    data(12, 'FF'),
    data(12, 'ddd'),
    data(14, 'FF', { tcpFlags: 2 }),
    data(16, 'FF'),
    data(19, 'ee'),
  ]
  const filter = filterPackets(packet => Buffer.from(packet.payload).toString() !== 'FF')
  const flows = new FlowColumns(1)
  flows.flowInd[0] = 1
  flows.count = 1
  const end = packetBatch([]).derive({ side: [new FlowLine(1, 0, Buffer.from('{}'))], sideAt: [0] })
  const out: Batch[] = await Readable.from([packetBatch(packets), end])
    .pipe(filter)
    .pipe(new PayloadChunker())
    .toArray()
  const line = out.flatMap(batch => batch.side).find(item => item instanceof FlowLine)
  t.strictSame(line!.payload!.pldGaps, [
    { offset: 2, length: 2, reason: 'filtered' },
    { offset: 6, length: 2, reason: 'absent' },
    { offset: 10, length: 2, reason: 'absent' },
    { offset: 15, length: 3, reason: 'filtered' },
    { offset: 18, length: 1, reason: 'absent' },
  ])
})

t.test('options that are none are refused', async t => {
  t.throws(() => new PayloadChunker({ overlap: 'best' as 'first' }), {
    code: 'ERR_USAGE',
    message: /^overlap has to be one of first, last, /,
  })
  t.throws(() => new PayloadChunker({ urgent: 'oob' as 'drop' }), { code: 'ERR_USAGE' })
})
