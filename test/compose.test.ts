import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { inspect } from 'node:util'
import t, { type Test } from 'tap'
import {
  type Batch,
  batches,
  chunks,
  dumpPayload,
  eachPacket,
  FlowTagger,
  filterPackets,
  jsonArray,
  jsonLines,
  mapPackets,
  NdjsonReader,
  NdjsonWriter,
  type OwnedRecord,
  openCapture,
  PacketDecoder,
  type PacketView,
  PayloadChunker,
  PayloadSink,
  PldError,
  packets,
  packetView,
  readPackets,
  Stage,
} from '../lib/index.ts'
import { pcap } from './support/build-capture.ts'
import { conversation } from './support/conversation.ts'

const TALK = conversation({
  says: [
    ['>', 'hello'],
    ['<', 'x'.repeat(5000)],
    ['>', 'bye'],
  ],
})

/** A capture with so many conversations one after the other, in a folder of the test's own. */
function capture(t: Test, conversations = 1): string {
  const frames = Array.from({ length: conversations }, (_, index) =>
    conversation({
      clientPort: 1024 + index,
      says: [
        ['>', `hello ${index}`],
        ['<', `${index} `.repeat(300)],
      ],
    }),
  ).flat()
  const file = join(t.testdir({}), 'talk.pcap')
  writeFileSync(file, pcap(conversations === 1 ? TALK : frames))
  return file
}

/** Reads everything and keeps nothing. */
const nowhere = (): Writable =>
  new Writable({ objectMode: true, highWaterMark: 1, write: (_batch, _encoding, done) => done() })

async function collect<T = OwnedRecord>(stream: AsyncIterable<unknown>): Promise<T[]> {
  const all: T[] = []
  for await (const item of stream) all.push(item as T)
  return all
}

t.test('packets have the fields of their record', async t => {
  const all = await collect<PacketView>(readPackets(capture(t)))
  t.equal(all.length, TALK.length)
  const hello = all.find(packet => packet.snapL7Len === 5)!
  t.match(hello, {
    srcIP: '10.0.0.1',
    dstIP: '10.0.0.2',
    srcPort: 40000,
    dstPort: 80,
    l4Proto: 6,
    hdrDesc: 'eth:ipv4:tcp',
  })
  t.equal(Buffer.from(hello.payload).toString(), 'hello')
  t.equal('srcIP' in hello, true)
  t.equal('flowInd' in hello, false)
  t.equal(hello.nothingOfThisName, undefined)
})

t.test('a packet can be spread, printed and turned to JSON', async t => {
  const [packet] = (await collect<PacketView>(readPackets(capture(t)))).filter(
    ({ snapL7Len }) => snapL7Len === 5,
  ) as [PacketView]
  const spread = { ...packet }
  t.equal(spread.srcIP, '10.0.0.1')
  t.equal(Buffer.from(spread.payload).toString(), 'hello')
  t.equal(JSON.parse(JSON.stringify(packet)).payload, Buffer.from('hello').toString('base64'))
  t.equal(packet.toObject().dstPort, 80)
  t.match(inspect(packet), /srcIP: '10\.0\.0\.1'/)
  t.throws(() => {
    ;(packet as { srcIP: string }).srcIP = '10.0.0.9'
  }, TypeError)
})

t.test('a filter takes packets out and flows keep their numbers', async t => {
  const file = capture(t, 3)
  const seen = await collect(
    openCapture(file)
      .pipe(new PacketDecoder())
      .pipe(new FlowTagger())
      .pipe(filterPackets(({ srcPort }) => srcPort === 1026))
      .pipe(packets()),
  )
  const left = seen.filter(record => record.type === 'packet')
  t.ok(left.length > 0)
  t.same([...new Set(left.map(({ flowInd }) => flowInd))], [3])
  t.equal(seen.filter(record => record.type === 'flow').length, 6, 'flow records pass')
})

t.test('a filter behind the chunker takes the chunks of its packets along', async t => {
  const folder = join(t.testdir({}), 'out')
  await pipeline(
    openCapture(capture(t)),
    new PacketDecoder(),
    new FlowTagger(),
    new PayloadChunker(),
    filterPackets(({ dir }) => dir === 'A'),
    new PayloadSink({ folder }),
  )
  t.same(
    readdirSync(folder).filter(name => !name.startsWith('.')),
    ['1_A'],
  )
})

t.test('a filter that drops everything leaves the records', async t => {
  const seen = await collect(
    openCapture(capture(t))
      .pipe(new PacketDecoder())
      .pipe(filterPackets(() => false))
      .pipe(new FlowTagger())
      .pipe(packets()),
  )
  t.equal(
    seen.some(record => record.type === 'packet' || record.type === 'flow'),
    false,
  )
  t.ok(seen.some(record => record.type === 'summary'))
})

t.test('mapPackets changes fields, adds members and leaves the origin alone', async t => {
  const before: unknown[] = []
  const seen = await collect(
    openCapture(capture(t))
      .pipe(new PacketDecoder())
      .pipe(eachPacket(packet => before.push(packet)))
      .pipe(
        mapPackets(packet => ({ ...packet, srcIP: '192.0.2.7', srcMac: '02:00:00:00:00:99', note: 'seen' })),
      )
      .pipe(
        mapPackets(({ snapL7Len }) =>
          snapL7Len === 5 ? { payload: Buffer.from('HELLO WORLD') } : undefined,
        ),
      )
      .pipe(packets()),
  )
  const changed = seen.filter(record => record.type === 'packet')
  t.ok(
    changed.every(
      ({ srcIP, srcMac, note }) => srcIP === '192.0.2.7' && srcMac === '02:00:00:00:00:99' && note === 'seen',
    ),
  )
  const hello = changed.find(({ snapL7Len }) => snapL7Len === 11)!
  t.equal(Buffer.from(hello.payload).toString(), 'HELLO WORLD')
  t.equal(hello.l7Len, 11)
  t.equal((before[0] as PacketView).srcIP, '10.0.0.1')
})

for (const [what, changes] of [
  ['a field that follows from others', { hdrDesc: 'eth' }],
  ['an address that is none', { srcIP: 'localhost' }],
  ['a port beyond 65535', { dstPort: 65_536 }],
  ['a time that is none', { time: 'noon' }],
] as const) {
  t.test(`mapPackets refuses ${what}`, async t => {
    const street = pipeline(
      openCapture(capture(t)),
      new PacketDecoder(),
      mapPackets(() => changes),
      nowhere(),
    )
    const error = await street.then(
      () => undefined,
      (error: unknown) => error as PldError,
    )
    t.match(error, { code: 'ERR_FIELD', pktNo: 1, file: /talk\.pcap$/ })
  })
}

t.test('single objects become batches again and give the same flows', async t => {
  const file = capture(t, 5)
  const flows = async (stages: NodeJS.ReadWriteStream[]): Promise<unknown[]> => {
    let stream: NodeJS.ReadableStream = openCapture(file).pipe(new PacketDecoder())
    for (const stage of stages) stream = stream.pipe(stage)
    const all = await collect(stream.pipe(new FlowTagger({ seed: 1 })).pipe(packets()))
    return all.filter(record => record.type === 'flow')
  }
  const direct = await flows([])
  t.equal(direct.length, 10)
  t.same(await flows([packets(), batches()]), direct)
})

t.test('lines and JSON arrays enter the street', async t => {
  const lines = new PassThrough()
  const file = capture(t)
  await pipeline(openCapture(file), new PacketDecoder(), new NdjsonWriter({ packets: true }), lines)
  const text = (lines.read() as Buffer).toString()
  const array = `[${text.trim().split('\n').join(',')}]`
  for (const stream of [
    Readable.from([Buffer.from(text)]).pipe(jsonLines()),
    Readable.from([Buffer.from(array)]).pipe(jsonArray()),
  ]) {
    const all = await collect(stream.pipe(batches()).pipe(new FlowTagger()).pipe(packets()))
    t.equal(all.filter(record => record.type === 'flow').length, 2)
  }
})

t.test('a packet whose payload was left in its line shows it all the same', async t => {
  const lines = new PassThrough()
  const street = [openCapture(capture(t)), new PacketDecoder(), new NdjsonWriter({ packets: true }), lines]
  await pipeline(street as never)
  const seen = await collect(lines.pipe(new NdjsonReader({ payload: 'keep' })).pipe(packets()))
  const hello = seen.find(record => record.type === 'packet' && record.snapL7Len === 5)
  t.equal(Buffer.from((hello as { payload: Uint8Array }).payload).toString(), 'hello')
})

t.test('chunks come as objects with bytes of their own, before their flow', async t => {
  const all = await collect<{ type: string; dir: 'A' | 'B'; payload: Uint8Array }>(
    openCapture(capture(t))
      .pipe(new PacketDecoder())
      .pipe(new FlowTagger())
      .pipe(new PayloadChunker())
      .pipe(chunks()),
  )
  const streams = { A: '', B: '' }
  for (const record of all) if (record.type === 'chunk') streams[record.dir] += Buffer.from(record.payload)
  t.same(streams, { A: 'hellobye', B: 'x'.repeat(5000) })
  const kinds = all.map(({ type }) => type)
  t.ok(kinds.lastIndexOf('chunk') < kinds.indexOf('flow'))
})

t.test('leaving the loop closes the capture', async t => {
  const source = openCapture(capture(t, 2000))
  for await (const _batch of source) break
  t.equal(source.destroyed, true)
  for await (const packet of readPackets(capture(t))) {
    t.equal(packet.pktNo, 1)
    break
  }
})

t.test('an abort ends a run that never waits within 200 ms', async t => {
  const file = capture(t, 3000)
  const abort = new AbortController()
  let batchesSeen = 0
  const slow = new Stage<Batch>({
    *take(batch) {
      batchesSeen++
      const until = performance.now() + 10
      while (performance.now() < until);
      yield batch
    },
  })
  const files = Array.from({ length: 200 }, () => file)
  const street = pipeline(openCapture(files), new PacketDecoder(), slow, nowhere(), { signal: abort.signal })
  const started = performance.now()
  setTimeout(() => abort.abort(), 50)
  await t.rejects(street, { name: 'AbortError' })
  t.ok(batchesSeen < 200, 'it did not go on to the end')
  t.ok(performance.now() - started < 50 + 200 + 1000, 'and it ended soon')
})

t.test('an error in any stage ends the street and names its cause', async t => {
  const file = capture(t)
  const broken = (): Stage<Batch> =>
    new Stage<Batch>({
      // biome-ignore lint/correctness/useYield: it fails before it could
      *take() {
        throw new Error('broken')
      },
    })
  const stages = [() => new PacketDecoder(), () => new FlowTagger(), () => new PayloadChunker()]
  for (let place = 0; place <= stages.length; place++) {
    const chain = stages.map(make => make() as Stage<Batch>)
    chain.splice(place, 0, broken())
    const source = openCapture(file)
    await t.rejects(pipeline([source, ...chain, nowhere()]), { message: 'broken' })
    t.equal(source.destroyed, true, `source closed, stage ${place}`)
  }
})

t.test('a stage that keeps 20 batches delays nobody', async t => {
  const kept: Batch[] = []
  const keeper = new Stage<Batch>({
    *take(batch) {
      kept.push(batch.retain())
      if (kept.length > 20) kept.shift()!.release()
      yield batch
    },
  })
  const files = Array.from({ length: 60 }, () => capture(t, 20))
  const source = openCapture(files, { recycle: true })
  let total = 0
  const last = new Writable({
    objectMode: true,
    write(batch: Batch, _encoding, done) {
      total += batch.rows
      batch.release()
      done()
    },
  })
  await pipeline(source, new PacketDecoder(), keeper, last)
  t.ok(total > 0)
  t.equal(
    kept.every(batch => !batch.released),
    true,
    'what is kept is still there',
  )
  for (const batch of kept)
    for (let row = 0; row < batch.rows; row++) t.ok(packetView(batch, row).hdrDesc === 'eth:ipv4:tcp')
})

t.test('two consumers of one stream do not meet', async t => {
  const decoded = openCapture(capture(t, 5)).pipe(new PacketDecoder())
  const one = decoded
    .pipe(filterPackets(({ srcPort }) => srcPort === 1024))
    .pipe(new FlowTagger())
    .pipe(packets())
  const two = decoded.pipe(new FlowTagger()).pipe(packets())
  const [first, second] = await Promise.all([collect(one), collect(two)])
  t.same([...new Set(first.map(record => record.type === 'flow' && record.flowInd))].filter(Boolean), [1])
  t.equal(second.filter(record => record.type === 'flow').length, 10)
})

t.test('a view and a payload kept past release never show other packets', async t => {
  const views: PacketView[] = []
  const payloads: Uint8Array[] = []
  const files = Array.from({ length: 8 }, () => capture(t, 20))
  const last = new Writable({
    objectMode: true,
    write(batch: Batch, _encoding, done) {
      if (batch.rows > 0) {
        const view = packetView(batch, 3)
        views.push(view)
        payloads.push(view.payload)
        t.equal(Buffer.from(view.payload).toString(), 'hello 0')
      }
      batch.release()
      done()
    },
  })
  await pipeline(openCapture(files, { recycle: true }), new PacketDecoder(), last)
  t.ok(views.length >= 8)
  for (const view of views) t.throws(() => view.srcIP, { code: 'ERR_BATCH_RELEASED' })
  for (const payload of payloads) {
    t.ok(payload.length === 0 || Buffer.from(payload).toString() === 'hello 0', 'empty, or never used again')
  }
  t.ok(
    payloads.some(payload => payload.length === 0),
    'memory was used again, and the views lost it',
  )
})

t.test('a slow writable that knows nothing of batches gets all of it, once', async t => {
  let rows = 0
  const slow = new Writable({
    objectMode: true,
    write(batch: Batch, _encoding, done) {
      setTimeout(() => {
        rows += batch.rows
        done()
      }, 1)
    },
  })
  await pipeline(openCapture(Array.from({ length: 10 }, () => capture(t))), new PacketDecoder(), slow)
  t.equal(rows, 10 * TALK.length)
})

t.test('back-pressure: a source is never more than a few batches ahead', async t => {
  const file = capture(t, 50)
  let made = 0
  let taken = 0
  let furthest = 0
  const count = new Stage<Batch>({
    *take(batch) {
      furthest = Math.max(furthest, ++made - taken)
      yield batch
    },
  })
  const slow = new Writable({
    objectMode: true,
    highWaterMark: 1,
    write(_batch, _encoding, done) {
      setTimeout(() => {
        taken++
        done()
      }, 2)
    },
  })
  await pipeline(
    openCapture(Array.from({ length: 40 }, () => file)),
    new PacketDecoder(),
    count,
    new FlowTagger(),
    slow,
  )
  t.ok(furthest <= 6, `at most ${furthest} batches under way`)
})

t.test('errors carry the file', async t => {
  const folder = t.testdir({ 'notes.txt': 'no capture at all, just some text that is long enough' })
  const error = await collect<PacketView>(readPackets(join(folder, 'notes.txt'))).then(
    () => undefined,
    (error: unknown) => error as PldError,
  )
  t.ok(error instanceof PldError)
  t.match(error, { code: 'ERR_FORMAT', exitCode: 2, file: /notes\.txt$/ })
})

t.test('dumpPayload writes files, tells flows, and can be aborted', async t => {
  const folder = join(t.testdir({}), 'results/payload')
  mkdirSync(join(folder, '..'), { recursive: true })
  const summary = await dumpPayload(capture(t), { folder })
  t.equal(readFileSync(join(folder, '1_A'), 'utf8'), 'hellobye')
  t.equal(readFileSync(join(folder, '1_B'), 'utf8'), 'x'.repeat(5000))
  t.match(summary, {
    capture: { packets: TALK.length },
    flow: { flows: 2, conversations: 1 },
    sink: { files: 2, bytes: 5008 },
  })
  await t.rejects(dumpPayload(capture(t), { folder: `${folder}2`, signal: AbortSignal.abort() }), {
    name: 'AbortError',
  })
  t.equal(existsSync(join(`${folder}2`, '1_A')), false)
})
