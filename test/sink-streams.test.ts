import fs, { readdirSync, readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { constants } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t from 'tap'
import { type Batch, FlowLine } from '../lib/batch.ts'
import { ChunkColumns } from '../lib/chunk-columns.ts'
import type { Gap, GapRecord } from '../lib/records.ts'
import { makeSink } from '../lib/sink/make-sink.ts'
import { PayloadSink, type SinkOptions } from '../lib/sink/payload-sink.ts'
import { batchOf, merged, resultOf, type SinkNeeds, workOf } from '../lib/sink/sink-work.ts'
import { StreamEnd } from '../lib/stream-end.ts'
import { chunkBatch, streamEnd, type TestChunk, type TestEnd } from './support/chunk-batch.ts'

const { openSync } = fs
t.afterEach(() => {
  Object.assign(fs, { openSync })
  syncBuiltinESMExports()
})

const sunk = (batches: Batch[], options: SinkOptions): Promise<Batch[]> =>
  Readable.from(batches)
    .pipe(new PayloadSink({ last: false, ...options }))
    .toArray()

const files = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter(name => name !== '.pldpipe-manifest')
      .sort()
      .map(name => [name, readFileSync(join(folder, name), 'latin1')]),
  )

const gap = (offset: number, length: number): Gap => ({ offset, length, reason: 'absent' })

/** An SCTP flow with two streams of which one lacks bytes, and one that brought none; beside it a TCP flow. */
const CHUNKS: TestChunk[] = [
  { flowInd: 1, stream: 0, offset: 0, payload: 'zero', l4Proto: 132 },
  { flowInd: 2, offset: 0, payload: 'tcp' },
  { flowInd: 1, stream: 65535, offset: 3, payload: 'last', l4Proto: 132 },
  { flowInd: 1, stream: 0, offset: 4, payload: '!', l4Proto: 132 },
  { flowInd: 1, dir: 1, stream: 0, offset: 0, payload: 'back', l4Proto: 132 },
]

function associationEnd(): StreamEnd {
  const end = new StreamEnd(0, '0x03', 14, 9, [], 2)
  end.pldFiles = [
    { sctpStream: 65535, pldLen: 9, pldBytes: 4, pldGaps: [gap(0, 3), gap(7, 2)], pldOverlaps: 1 },
    { sctpStream: 7, pldLen: 2, pldBytes: 0, pldGaps: [gap(0, 2)], pldOverlaps: 0 },
    { sctpStream: 0, pldLen: 5, pldBytes: 5, pldGaps: [], pldOverlaps: 1 },
  ]
  return end
}

const ENDS: TestEnd[] = [
  { payload: associationEnd() },
  { flowInd: 2, payload: streamEnd(3) },
  { dir: 1, payload: undefined },
]

const PLD_FILES = [
  { sctpStream: 0, pldFile: 'p/1_A_0', pldLen: 5, pldBytes: 5, pldGaps: [], pldOverlaps: 1 },
  { sctpStream: 7, pldLen: 2, pldBytes: 0, pldGaps: [gap(0, 2)], pldOverlaps: 0 },
  {
    sctpStream: 65535,
    pldFile: 'p/1_A_65535',
    pldLen: 9,
    pldBytes: 4,
    pldGaps: [gap(0, 3), gap(7, 2)],
    pldOverlaps: 1,
  },
]

t.test('each SCTP stream has a file of its own, which its flow names', async t => {
  for (const batches of [
    [chunkBatch(CHUNKS, ENDS)],
    [...CHUNKS.map(chunk => chunkBatch([chunk])), chunkBatch([], ENDS)],
  ]) {
    const folder = join(t.testdir(), 'p')
    const out = await sunk(batches, { folder, relativeTo: t.testdirName, maxOpenFiles: 1 })
    t.strictSame(files(folder), {
      '1_A_0': 'zero!',
      '1_A_65535': '\0\0\0last\0\0',
      '1_B_0': 'back',
      '2_A': 'tcp',
    })
    const [one, two, back] = out.at(-2)!.flowPayload
    t.strictSame(one!.pldFiles, PLD_FILES)
    t.match(one, { pldStat: '0x03', pldLen: 14, pldBytes: 9, pldOverlaps: 2 })
    t.notOk('pldFile' in one!)
    t.strictSame([two!.pldFile, two!.pldFiles], ['p/2_A', undefined])
    t.match(back, { pldLen: 4, pldBytes: 4 })
    t.strictSame(
      back!.pldFiles,
      [{ sctpStream: 0, pldFile: 'p/1_B_0', pldLen: 4, pldBytes: 4, pldGaps: [], pldOverlaps: 0 }],
      'of which no payload stage told',
    )
    t.match(out.at(-1)!.side, [{ files: 4 }])
  }
})

t.test('names by endpoints and suffixes, indexes, gaps, extension to the left', async t => {
  const folder = t.testdir()
  const left = chunkBatch([{ flowInd: 1, stream: 65535, offset: -2, payload: '<<', l4Proto: 132 }])
  const end = associationEnd()
  end.pldFiles![0] = { sctpStream: 65535, pldLen: 9, pldBytes: 6, pldGaps: [gap(2, 3)], pldOverlaps: 0 }
  const out = await sunk([chunkBatch(CHUNKS), left, chunkBatch([], [{ payload: end }])], {
    folder,
    names: 1,
    suffix: '.bin',
    index: true,
    gap: 'marker',
  })
  const plain = '010.000.000.001.40000-010.000.000.002.00080'
  t.match(files(folder), {
    [`${plain}-132_0.bin`]: 'zero!',
    [`${plain}-132_65535.bin`]: '<<\n[gap of 3 bytes: absent]\nlast',
    [`${plain}-132_65535.index.bin`]:
      '{"offset":0,"length":2,"pktNo":1,"time":"1000000.000000"}\n' +
      '{"offset":5,"length":4,"fileOffset":28,"pktNo":3,"time":"1000002.000000"}\n',
    [`${plain}-6.bin`]: 'tcp',
    // flow 1 B was made with the same endpoints
    [`${plain}-132_0c1.bin`]: 'back',
  })
  t.same(
    out.at(-2)!.flowPayload[0]!.pldFiles!.map(file => [file.sctpStream, file.pldIndex]),
    [
      [0, `${plain}-132_0.index.bin`],
      [7, undefined],
      [65535, `${plain}-132_65535.index.bin`],
    ],
  )
})

t.test('a flow that came as a line tells of its streams; what is none counts for nothing', async t => {
  const folder = t.testdir()
  const { pldStat, pldLen, pldBytes, pldGaps, pldOverlaps, pldFiles: streams } = associationEnd()
  const told = { pldStat, pldLen, pldBytes, pldGaps, pldOverlaps }
  const members = { ...told, pldFiles: [...streams!, null, {}, { sctpStream: -1, pldLen: 1 }] }
  const line = new FlowLine(1, 0, Buffer.from(JSON.stringify(members)))
  const [out] = await sunk([chunkBatch(CHUNKS).derive({ side: [line], sideAt: [5] })], { folder })
  const { pldFiles } = (out!.side[0] as FlowLine).payload!
  t.strictSame(
    pldFiles,
    PLD_FILES.map(file => ('pldFile' in file ? { ...file, pldFile: file.pldFile!.slice(2) } : file)),
  )
  t.equal(files(folder)['1_A_65535'], '\0\0\0last\0\0')
})

t.test('a stream whose file fails is told with its flow', async t => {
  const folder = t.testdir()
  Object.assign(fs, {
    openSync: (path: string, ...rest: [number]) => {
      if (path.endsWith('_65535')) {
        throw Object.assign(new Error('made up'), { code: 'EACCES', errno: -constants.errno.EACCES })
      }
      return openSync(path, ...rest)
    },
  })
  syncBuiltinESMExports()
  const [out] = await sunk([chunkBatch(CHUNKS, [{ payload: associationEnd() }])], { folder })
  t.match(out!.side[0], { code: 'write-failed', flowInd: 1, dir: 'A', file: '1_A_65535' })
  const [payload] = out!.flowPayload
  t.equal(payload!.pldStat, '0x83')
  t.same(
    payload!.pldFiles!.map(file => file.pldFile),
    ['1_A_0', undefined, undefined],
  )
})

t.test('many streams of many flows, and flow numbers without an exact key', async t => {
  const folder = t.testdir()
  const chunks: TestChunk[] = []
  for (let i = 0; i < 600; i++) {
    chunks.push({
      flowInd: 1 + (i % 20),
      stream: i % 150,
      offset: 2 * Math.floor(i / 300),
      payload: `${i % 10}x`,
    })
  }
  await sunk(
    [chunkBatch(chunks), chunkBatch(chunks.map(chunk => ({ ...chunk, offset: chunk.offset + 4 })))],
    {
      folder,
      maxOpenFiles: 5,
    },
  )
  const found = files(folder)
  t.equal(Object.keys(found).length, 300)
  t.ok(Object.values(found).every(text => text.length === 8 && text.slice(0, 4) === text.slice(4)))
  for (const flowInd of [Number.NaN, 2 ** 51]) {
    const batch = chunkBatch([{ offset: 0, payload: 'a', stream: 1 }])
    batch.tags!.flowInd[0] = flowInd
    await t.rejects(sunk([batch], { folder: t.testdir() }), { code: 'ERR_NOT_TAGGED' })
  }
})

t.test('columns with streams grow with them', async t => {
  const columns = new ChunkColumns(1)
  columns.count = 1
  t.equal(columns.grown().stream, undefined)
  columns.addStreams()
  columns.stream![0] = 9
  const { stream } = columns.grown()
  t.equal(stream![0], 9)
  t.ok(stream!.length >= 64)
})

t.test('a thread is sent what it needs, and gives the same', async t => {
  const record: GapRecord = { type: 'gap', captureId: 'x', flowInd: 3, dir: 'A', ...gap(1, 2) }
  const all = [
    ...CHUNKS,
    { flowInd: 3, offset: 0, payload: 'a' },
    { flowInd: 3, offset: 3, payload: 'b' },
    { flowInd: 4, offset: 0, payload: 'late' },
  ]
  const late = { flowInd: 4, payload: new StreamEnd(-2, '0x03', 8, 4, [gap(0, 2), gap(6, 2)], 0) }
  const batches = [chunkBatch(all), chunkBatch([], [...ENDS.slice(0, 2), late])]
  const [first, last] = batches as [Batch, Batch]
  batches[1] = last.derive({ side: [record, ...last.side], sideAt: [0, ...last.sideAt] })
  for (const [index, gapMode] of [
    [false, 'zero'],
    [true, 'skip'],
    [true, 'marker'],
  ] as const) {
    const options = { names: 0 as const, index, gap: gapMode }
    const here = join(t.testdir(), 'p')
    const direct = await sunk(batches, { ...options, folder: here, relativeTo: t.testdirName })
    const expected = files(here)
    const end = { zero: '\0\0', skip: '', marker: '\n[gap of 2 bytes: absent]\n' }[gapMode]
    t.ok(expected['4_A']!.endsWith(`late${end}`))

    const folder = join(t.testdir(), 'p')
    const sink = makeSink({ ...options, folder, relativeTo: t.testdirName })
    const needs: SinkNeeds = { packets: false, frames: index, gaps: gapMode === 'marker' }
    const through = batches.map(batch => {
      const work = structuredClone(workOf(batch, needs))
      t.equal(work.parts.frames.capacity > 0, index && batch.rows > 0, 'columns are sent only if needed')
      const before = batchOf(work)
      return merged(batch, resultOf(before, [...sink.take(before)][0]!))
    })
    for (const _ of sink.end()) sink.close()
    t.strictSame(files(folder), expected)
    t.same(
      through.map(batch => batch.flowPayload),
      direct.slice(0, 2).map(batch => batch.flowPayload),
    )
    t.same(through[1]!.side, batches[1]!.side)
  }
  t.equal(first.rows, 8)
})
