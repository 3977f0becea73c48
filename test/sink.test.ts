import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import t from 'tap'
import { Batch, FlowLine } from '../lib/batch.ts'
import { BatchPool } from '../lib/batch-pool.ts'
import type { PldRecord } from '../lib/records.ts'
import { PayloadSink, type SinkOptions } from '../lib/sink/payload-sink.ts'
import { StreamEnd } from '../lib/stream-end.ts'
import { chunkBatch, streamEnd, type TestChunk } from './support/chunk-batch.ts'

/** Runs batches through a sink and gives what came out. */
async function sunk(batches: Batch[], options: SinkOptions): Promise<Batch[]> {
  return await Readable.from(batches).pipe(new PayloadSink(options)).toArray()
}

const visible = (folder: string): string[] =>
  readdirSync(folder)
    .filter(name => !name.startsWith('.pldpipe'))
    .sort()
const text = (folder: string, name: string): string => readFileSync(join(folder, name), 'latin1')

t.test('each flow direction gets a file, whose name its record tells', async t => {
  const folder = join(t.testdir(), 'deep', 'payload')
  const batch = chunkBatch(
    [
      { offset: 0, payload: 'HELO ', time: [1258544215, 37210000] },
      { offset: 0, payload: '220', dir: 1 },
      { offset: 5, payload: 'you' },
      { offset: 0, payload: 'x', flowInd: 2 },
    ],
    [{ payload: streamEnd(8) }, { dir: 1, payload: streamEnd(3) }],
  )
  const relativeTo = join(t.testdirName, 'deep')
  const [first, last] = await sunk([batch], { folder, relativeTo })
  const { mode, mtimeMs, atimeMs } = statSync(join(folder, '1_A'))
  t.equal(mode & 0o777, 0o600)
  t.equal(statSync(folder).mode & 0o777, 0o700)
  t.match([mtimeMs, atimeMs].map(Math.floor), [1258544215037, 1258544215037], 'the time of the first packet')
  t.strictSame(visible(folder), ['1_A', '1_B', '2_A'])
  t.equal(text(folder, '1_A'), 'HELO you')
  t.equal(text(folder, '1_B'), '220')
  t.same(
    first!.flowPayload.map(payload => payload!.pldFile),
    ['payload/1_A', 'payload/1_B'],
  )
  t.same(first!.flowPayload[0], {
    pldStat: '0x03',
    pldLen: 8,
    pldBytes: 8,
    pldGaps: [],
    pldOverlaps: 0,
    pldFile: 'payload/1_A',
  })
  t.equal(batch.flowPayload[0]!.pldFile, undefined, 'the batch that was given is as it was')
  t.equal(first!.side.length, 2)
  t.strictSame(last!.side, [
    {
      type: 'summary',
      stage: 'sink',
      files: 3,
      bytes: 12,
      failedBytes: 0,
      failedFiles: 0,
      maxOpen: 1,
      folder,
    },
  ])
})

const V6 = [0x2001_0db8, 0, 0, 1]
const NAMES: [string, SinkOptions['names'], Partial<TestChunk>, string][] = [
  ['a flow', 0, { flowInd: 4711, dir: 1 }, '4711_B'],
  ['IPv4', 1, {}, '010.000.000.001.40000-010.000.000.002.00080-6'],
  [
    'IPv6',
    1,
    { family: 6, src: V6, dst: [0xff02_0000, 0, 0, 0xfb], l4Proto: 17, srcPort: 5353, dstPort: 5353 },
    '2001:0db8:0000:0000:0000:0000:0000:0001.05353-ff02:0000:0000:0000:0000:0000:0000:00fb.05353-17',
  ],
  ['no ports', 1, { l4Proto: 1, srcPort: 0, dstPort: 0 }, '010.000.000.001.00000-010.000.000.002.00000-1'],
  [
    'no IP',
    1,
    { family: 0, ethType: 0x0806, mac: [0xffff_ffff, 0xffff_0200, 0x0000_000a] },
    '02:00:00:00:00:0a-ff:ff:ff:ff:ff:ff-0x0806',
  ],
  [
    'time',
    2,
    { time: [1258544215, 37210000] },
    '1258544215.037210T010.000.000.001.40000-010.000.000.002.00080-6',
  ],
  ['whole second', 2, { time: [5, 0] }, '5.000000T010.000.000.001.40000-010.000.000.002.00080-6'],
]

t.test('names', async t => {
  for (const [what, names, chunk, name] of NAMES) {
    const folder = t.testdir()
    await sunk([chunkBatch([{ offset: 0, payload: 'x', ...chunk }])], { folder, names: names! })
    t.strictSame(visible(folder), [name], what)
    await sunk([chunkBatch([{ offset: 0, payload: 'x', ...chunk }])], {
      folder,
      names: names!,
      prefix: 'p-',
      suffix: '.bin',
    })
    t.strictSame(visible(folder), [`p-${name}.bin`], `${what}, with prefix and suffix`)
  }
  const folder = t.testdir()
  const nano = chunkBatch([{ offset: 0, payload: 'x', time: [5, 12345] }])
  nano.frames.digits.fill(9)
  await sunk([nano], { folder, names: 2 })
  t.strictSame(visible(folder), ['5.000012345T010.000.000.001.40000-010.000.000.002.00080-6'])
})

t.test('two flows never share a file', async t => {
  const folder = t.testdir()
  const flows = (from: number, count: number): Batch =>
    chunkBatch(
      Array.from({ length: count }, (_, i) => ({
        offset: 0,
        payload: `flow ${from + i}`,
        flowInd: from + i,
      })),
    )
  const name = '010.000.000.001.40000-010.000.000.002.00080-6'
  await sunk([flows(1, 3), flows(4, 8)], { folder, names: 1, suffix: '.txt' })
  const names = [`${name}.txt`, ...Array.from({ length: 10 }, (_, i) => `${name}c${i + 1}.txt`)]
  t.strictSame(visible(folder), names.sort())
  for (const [i, own] of [`${name}.txt`, `${name}c1.txt`, `${name}c2.txt`, `${name}c3.txt`].entries()) {
    t.equal(text(folder, own), `flow ${i + 1}`)
  }
})

t.test('options that cannot be met are told at once', async t => {
  const folder = t.testdirName
  for (const options of [
    { prefix: '../' },
    { suffix: 'a\0b' },
    { prefix: 'tab\t' },
    { suffix: 'x'.repeat(101) },
    { names: 3 as 2 },
    { maxOpenFiles: 0 },
    { maxOpenFiles: 1.5 },
  ]) {
    t.throws(() => new PayloadSink({ folder, ...options }), { code: 'ERR_USAGE' }, JSON.stringify(options))
  }
  t.notOk(existsSync(folder))
})

t.test('a stream shorter than its length ends with a hole', async t => {
  const folder = t.testdir()
  const ends = [{ payload: streamEnd(10) }, { dir: 1, payload: streamEnd(4, -2) }]
  await sunk(
    [
      chunkBatch(
        [
          { offset: 2, payload: 'abc' },
          { offset: -2, payload: 'xy', dir: 1 },
        ],
        ends,
      ),
    ],
    { folder },
  )
  t.equal(text(folder, '1_A'), '\0\0abc\0\0\0\0\0')
  t.equal(text(folder, '1_B'), 'xy\0\0')
})

t.test('flows that came as lines are completed as well', async t => {
  const folder = t.testdir()
  const members = {
    type: 'flow',
    flowInd: 2,
    dir: 'A',
    pldStat: '0x13',
    pldLen: 4,
    pldBytes: 1,
    pldGaps: [],
    pldOverlaps: 7,
  }
  const lines = [1, 2, 3].map(flowInd => new FlowLine(flowInd, 0, Buffer.from(JSON.stringify(members))))
  lines[0]!.payload = streamEnd(3)
  lines[2]!.payload = streamEnd(3)
  const batch = chunkBatch([
    { offset: 0, payload: 'a' },
    { offset: 0, payload: 'b', flowInd: 2 },
  ])
  const [out] = await sunk([batch.derive({ side: lines, sideAt: [2, 2, 2] })], { folder })
  const [one, two, three] = out!.side as FlowLine[]
  t.match(one!.payload, { pldFile: '1_A', pldLen: 3 })
  t.match(two!.payload, { pldFile: '2_A', pldStat: '0x13', pldLen: 4, pldBytes: 1, pldOverlaps: 7 })
  t.equal(three, lines[2], 'one without payload is left alone')
  t.equal(lines[0]!.payload.pldFile, undefined)
  t.same(
    ['1_A', '2_A'].map(name => statSync(join(folder, name)).size),
    [3, 4],
  )
})

t.test('what a line says of its payload is taken only where it can be', async t => {
  const folder = t.testdir()
  const told = [
    { pldLen: 9, pldStat: 1, pldBytes: -1, pldGaps: 'x', pldOverlaps: {} },
    { pldLen: '9', pldStat: '0x13', pldBytes: 1 },
  ]
  const side = told.map((members, i) => new FlowLine(i + 1, 0, Buffer.from(JSON.stringify(members))))
  const batch = chunkBatch([1, 2].map(flowInd => ({ offset: 0, payload: 'abc', flowInd })))
  const [out] = await sunk([batch.derive({ side, sideAt: [2, 2] })], { folder })
  const expected = { pldStat: '0x03', pldGaps: [], pldOverlaps: 0 }
  t.same(
    (out!.side as FlowLine[]).map(line => line.payload),
    [
      { ...expected, pldLen: 9, pldBytes: 9, pldFile: '1_A' },
      { ...expected, pldLen: 3, pldBytes: 3, pldFile: '2_A' },
    ],
  )
})

t.test('a flow of which no payload stage told gets what the file shows', async t => {
  const folder = t.testdir()
  const [out] = await sunk([chunkBatch([{ offset: -1, payload: 'abc' }], [{ payload: undefined }])], {
    folder,
  })
  t.ok(out!.flowPayload[0] instanceof StreamEnd)
  t.match(out!.flowPayload[0], { pldFile: '1_A', pldStat: '0x03', pldLen: 3, start: -1 })
})

t.test('packets that a filter took out leave no trace', async t => {
  const folder = t.testdir()
  const batch = chunkBatch([
    { offset: 0, payload: 'a' },
    { offset: 0, payload: 'b', flowInd: 2 },
    { offset: 1, payload: 'c' },
  ])
  await sunk([batch.derive({ keep: Uint8Array.of(1, 0, 0) })], { folder })
  t.strictSame(visible(folder), ['1_A'])
  t.equal(text(folder, '1_A'), 'a')
})

t.test('chunks without a flow are refused', async t => {
  const folder = t.testdir()
  const batch = chunkBatch([{ offset: 0, payload: 'a' }])
  await t.rejects(sunk([batch.derive({ tags: undefined })], { folder }), { code: 'ERR_NOT_TAGGED' })
  batch.tags!.flowInd[0] = Number.NaN
  await t.rejects(sunk([batch], { folder }), { code: 'ERR_NOT_TAGGED' })
})

t.test('without files everything else is the same', async t => {
  const folder = join(t.testdirName, 'none')
  const batch = chunkBatch(
    [
      { offset: 0, payload: 'abc' },
      { offset: 3, payload: 'de' },
    ],
    [{ payload: streamEnd(5) }],
  )
  const [out, last] = await sunk([batch, batch.derive({ keep: Uint8Array.of(1, 0) })], {
    folder,
    noFiles: true,
  }).then(batches => [batches[0]!, batches.at(-1)!])
  t.equal(out!.flowPayload[0]!.pldFile, undefined)
  t.match(last!.side, [{ stage: 'sink', files: 0, bytes: 8 }])
  t.notOk(existsSync(folder))
})

t.test('many live files need few descriptors', async t => {
  const folder = t.testdir()
  const all = Array.from({ length: 40 }, (_, i) => i)
  const round = (offset: number): Batch =>
    chunkBatch(all.map(i => ({ offset, payload: `${offset}${String.fromCharCode(65 + i)}`, flowInd: i + 1 })))
  const out = await sunk([round(0), round(2), round(4)], { folder, maxOpenFiles: 3 })
  t.match(out.at(-1)!.side, [{ files: 40, maxOpen: 3, bytes: 240 }])
  t.same(
    all.map(i => text(folder, `${i + 1}_A`)),
    all.map(i => [0, 2, 4].map(o => `${o}${String.fromCharCode(65 + i)}`).join('')),
  )
  t.same(
    all.map(i => statSync(join(folder, `${i + 1}_A`)).mtimeMs),
    all.map(i => (1_000_000 + i) * 1000),
  )
})

t.test('a time beyond what file systems hold is left out', async t => {
  const folder = t.testdir()
  await sunk([chunkBatch([{ offset: 0, payload: 'a', time: [2 ** 40, 0] }])], { folder })
  t.ok(Math.abs(statSync(join(folder, '1_A')).mtimeMs - Date.now()) < 600_000)
  await sunk([], { folder })
  t.strictSame(visible(folder), [], 'and the file is still known as ours')
})

/** Batches enough to fill all buffers, out of a pool that tells how many came back. */
function endless(): { batches: Batch[]; live: () => number } {
  let live = 0
  const pool = new (class extends BatchPool {
    override give(): void {
      live--
    }
  })(16, true)
  const batches = Array.from({ length: 50 }, (_, i) => {
    live++
    const batch = chunkBatch([{ offset: i, payload: 'x' }])
    return Batch.create({ ...batch }, pool)
  })
  return { batches, live: () => live }
}

t.test('at the end of a pipeline it needs no reader', async t => {
  for (const last of [undefined, true]) {
    const folder = t.testdir()
    const { batches, live } = endless()
    const sink = new PayloadSink({ folder, ...(last === undefined ? {} : { last }) })
    await pipeline(Readable.from(batches), new PassThrough({ objectMode: true, highWaterMark: 1 }), sink)
    t.equal(text(folder, '1_A').length, 50)
    t.equal(live(), 0, 'all batches were released')
    await finished(sink)
    t.ok(sink.destroyed, 'its readable side has ended as well')
  }
})

t.test('in the middle of a pipeline everything goes on', async t => {
  const uses: Record<string, (source: Readable, sink: PayloadSink) => Promise<number>> = {
    async pipeline(source, sink) {
      let count = 0
      const end = new Writable({
        objectMode: true,
        write: (_batch, _encoding, done) => done(void setImmediate(() => count++)),
      })
      await pipeline(source, sink, end)
      await new Promise(setImmediate)
      return count
    },
    async 'async generator'(source, sink) {
      let count = 0
      await pipeline(
        source,
        sink,
        async function* (batches) {
          for await (const _ of batches) count++
          yield ''
        },
        new PassThrough({ objectMode: true }).resume(),
      )
      return count
    },
    async 'for await'(source, sink) {
      let count = 0
      for await (const _ of source.pipe(sink)) count++
      return count
    },
    async 'data events'(source, sink) {
      let count = 0
      sink.on('data', () => count++)
      await pipeline(source, sink)
      return count
    },
    async 'a late reader that said so'(source, sink) {
      sink.pause()
      source.pipe(sink)
      await new Promise(resolve => setTimeout(resolve, 20))
      return (await sink.toArray()).length
    },
  }
  for (const [name, use] of Object.entries(uses)) {
    const folder = t.testdir()
    const { batches, live } = endless()
    t.equal(await use(Readable.from(batches), new PayloadSink({ folder })), 51, name)
    t.equal(live(), 50, `${name}: who reads releases`)
    t.equal(text(folder, '1_A').length, 50)
  }
})

t.test('who comes too late is told so', async t => {
  const sink = new PayloadSink({ folder: t.testdir() })
  const source = new PassThrough({ objectMode: true })
  source.pipe(sink)
  source.write(chunkBatch([{ offset: 0, payload: 'a' }]))
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  await t.rejects(sink.toArray(), { code: 'ERR_USAGE' })
})

t.test('a reader that waits holds the sink back when last is false', async t => {
  const sink = new PayloadSink({ folder: t.testdir(), last: false })
  Readable.from(endless().batches).pipe(sink)
  await new Promise(resolve => setTimeout(resolve, 20))
  t.equal((await sink.toArray()).length, 51)
})

t.test('destroyed in the middle it closes its files and keeps what is there', async t => {
  const folder = t.testdir()
  const before = readdirSync('/proc/self/fd').length
  const sink = new PayloadSink({ folder })
  const source = new PassThrough({ objectMode: true })
  source.write(
    chunkBatch(
      [
        { offset: 0, payload: 'a' },
        { offset: 0, payload: 'b', dir: 1 },
      ],
      [{ dir: 1, payload: streamEnd(1) }],
    ),
  )
  const controller = new AbortController()
  const done = pipeline(source, sink, { signal: controller.signal })
  await new Promise(resolve => setTimeout(resolve, 10))
  t.equal(text(folder, '1_B'), 'b')
  controller.abort()
  await t.rejects(done, { name: 'AbortError' })
  t.equal(readdirSync('/proc/self/fd').length, before)
  t.strictSame(visible(folder), ['1_A', '1_B'])
  const records: PldRecord[] = (await sunk([], { folder })).flatMap(batch => batch.side as PldRecord[])
  t.match(records, [{ type: 'summary', files: 0 }], 'the next run takes the folder over')
  t.strictSame(visible(folder), [])
})
