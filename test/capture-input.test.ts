import { once } from 'node:events'
import { appendFileSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { Batch } from '../lib/batch.ts'
import { CaptureReader } from '../lib/capture/capture-reader.ts'
import { Decompressor } from '../lib/capture/decompress.ts'
import { MAX_ROWS } from '../lib/capture/frame-rows.ts'
import { openCapture } from '../lib/capture/open-capture.ts'
import { openError, readError } from '../lib/capture/operand.ts'
import { epb, idb, pcap, pcapng, pcapRecord, shb, simplePcapng } from './support/build-capture.ts'
import {
  files,
  harvest,
  nextBatch,
  noisy,
  readChunks,
  readFiles,
  settle,
  texts,
} from './support/capture-rows.ts'

const frame = (text: string): Buffer => Buffer.from(text)

t.test('a packet comes out with the chunk that completes it', async t => {
  for (const [head, records] of [
    [pcap([]), [pcapRecord(frame('one')), pcapRecord(frame('two'))]],
    [pcapng(shb(), idb()), [epb(frame('one')), epb(frame('two'))]],
  ] as [Buffer, [Buffer, Buffer]][]) {
    const input = new PassThrough()
    const done = pipeline(
      input,
      new Decompressor(),
      new CaptureReader(),
      async (batches: AsyncIterable<Batch>) => {
        for await (const batch of batches) seen.push(batch.rows)
      },
    )
    const seen: number[] = []
    input.write(head)
    await settle()
    t.strictSame(seen, [])
    input.write(records[0].subarray(0, -1))
    await settle()
    t.strictSame(seen, [], 'a byte is missing')
    input.write(records[0].subarray(-1))
    await settle()
    t.strictSame(seen, [1])
    input.write(records[1])
    await settle()
    t.strictSame(seen, [1, 1])
    input.end()
    await done
    t.strictSame(seen, [1, 1, 0])
  }
})

t.test('several captures are one run', async t => {
  const bytes = [
    pcap([frame('a'), frame('b')]),
    gzipSync(simplePcapng([frame('c')])),
    pcap([]),
    pcap([frame('d')]),
  ]
  const paths = files(t, { '1.pcap': bytes[0]!, '2.gz': bytes[1]!, '3.pcap': bytes[2]!, '4.pcap': bytes[3]! })
  const source = openCapture(paths)
  const batches = (await source.toArray()) as Batch[]
  const facts = batches.map(batch => [
    [...batch.frames.pktNo],
    batch.captureNo,
    batch.pktNoBase,
    batch.captures.length,
  ])
  t.strictSame(facts, [
    [[1, 2], 0, 0, 1],
    [[3], 1, 2, 2],
    [[], 2, 3, 3],
    [[4], 3, 3, 4],
    [[], 3, 0, 4],
  ])
  t.strictSame(
    batches.slice(0, 4).map(batch => batch.capture?.file),
    paths,
  )
  t.strictSame(
    batches.map(batch => batch.fileOffset),
    [0, -1, -1, 0, -1],
  )
  const total = bytes.reduce((sum, { length }) => sum + length, 0)
  t.strictSame([source.bytesRead, source.bytesTotal], [total, total])
})

t.test('all operands are looked at before the first packet goes out', async t => {
  const [good, bad] = files(t, { good: pcap([frame('a')]), bad: frame('no capture') })
  const wrong: [string, object][] = [
    [bad!, { code: 'ERR_FORMAT', file: bad! }],
    [`${good}.missing`, { code: 'ERR_OPEN', message: /no such file/, exitCode: 2 }],
    [t.testdirName, { code: 'ERR_OPEN', message: /is a directory/ }],
    [join(good!, 'below'), { code: 'ERR_OPEN' }],
  ]
  for (const [path, error] of wrong) {
    let batches = 0
    const source = openCapture([good!, path]).on('data', () => batches++)
    const [found] = await once(source, 'error')
    t.match(found, error)
    t.equal(batches, 0)
  }
})

t.test('many rows come in several batches over one slab', async t => {
  const count = 2 * MAX_ROWS + 5
  const [path] = files(t, { many: pcap(Array.from({ length: count }, (_, i) => Buffer.from(String(i)))) })
  const { rows, batches } = await readFiles(path!, { recycle: true })
  t.strictSame(batches, [MAX_ROWS, MAX_ROWS, 5, 0])
  t.ok(
    rows.every(
      (row, index) => row.pktNo === index + 1 && Buffer.from(row.bytes, 'hex').toString() === String(index),
    ),
  )
})

t.test('count ends the run in the middle, over several captures', async t => {
  const paths = files(t, { a: pcap([frame('a'), frame('b')]), b: pcap([frame('c'), frame('d')]) })
  for (const [count, expected] of [
    [0, []],
    [2, ['a', 'b']],
    [3, ['a', 'b', 'c']],
    [9, ['a', 'b', 'c', 'd']],
  ] as const) {
    const { rows, notes, summary } = await readFiles(paths, { count })
    t.strictSame(texts(rows), expected)
    t.strictSame(notes, [])
    t.equal(summary?.packets, expected.length)
  }
  const cut = pcap([frame('a'), frame('b')]).subarray(0, -1)
  t.match(await readChunks([cut.subarray(0, 40), cut.subarray(40)], { count: 1 }), {
    notes: [],
    rows: [{ pktNo: 1 }],
  })
})

t.test('recycled memory never shows through old views', async t => {
  const frames = noisy(4000)
  const [path] = files(t, { many: pcap(frames) })
  for (const source of [
    openCapture(path!, { recycle: true, slabBytes: 32_768 }),
    Readable.from(
      pcap(frames)
        .toString('latin1')
        .match(/[\s\S]{1,30000}/g)!
        .map(part => Buffer.from(part, 'latin1')),
    ).pipe(new CaptureReader({ recycle: true })),
  ]) {
    const exposed: [view: Buffer, text: string][] = []
    const slabs = new Set<ArrayBufferLike>()
    let batches = 0
    for await (const batch of source as AsyncIterable<Batch>) {
      if (batch.rows > 0 && batches++ % 2 === 0) {
        batch.expose()
        const view = batch.slab.subarray(batch.frames.off[0]!, batch.frames.off[0]! + batch.frames.capLen[0]!)
        exposed.push([view, view.toString()])
      }
      slabs.add(batch.slab.buffer)
      batch.release()
    }
    t.ok(exposed.length > 2)
    t.ok(exposed.every(([view, text]) => view.length === 0 || view.toString() === text))
    t.ok(
      exposed.some(([view]) => view.length === 0),
      'some memory was used again',
    )
    t.ok(slabs.size < batches + 1)
  }
})

t.test('the reader counts and numbers as told', async t => {
  const reader = new CaptureReader({ firstPktNo: 11, file: 'upload' })
  const result = harvest(reader)
  reader.end(pcap([frame('a'), frame('b')]))
  const { rows, captures } = await result
  t.strictSame(
    rows.map(row => row.pktNo),
    [11, 12],
  )
  t.match(captures, [{ file: 'upload', size: undefined }])
  t.strictSame([reader.bytesRead, reader.bytesTotal], [24 + 17 + 17, undefined])
})

t.test('errors of the system name the file', async t => {
  const plain = pcap([frame('a')])
  for (const bytes of [plain, gzipSync(plain)]) {
    const [path] = files(t, { a: bytes })
    const source = openCapture([path!, path!])
    // between the look at all operands and its turn the second one goes away
    await nextBatch(source)
    rmSync(path!)
    source.resume()
    const [gone] = await once(source, 'error')
    t.match(gone, { code: 'ERR_OPEN', message: 'cannot be opened: no such file', file: path! })
  }
  t.match(openError('x', Object.assign(new Error('EIO: broken'), { code: 'EIO' })), {
    message: 'cannot be opened: EIO: broken',
  })
  t.match(readError('x', Object.assign(new Error('EIO: broken'), { syscall: 'read' })), {
    code: 'ERR_READ',
    exitCode: 1,
    file: 'x',
  })
  t.match(readError('x', Object.assign(new Error('no'), { syscall: 'open', code: 'EACCES' })), {
    code: 'ERR_OPEN',
    message: /permission denied/,
  })
})

t.test('a long record in small pieces, and pieces longer than a slab', async t => {
  const frames = [Buffer.alloc(200_000, 'long'), frame('short')]
  const bytes = pcap(frames)
  const pieces = Array.from({ length: Math.ceil(bytes.length / 1000) }, (_, i) =>
    bytes.subarray(i * 1000, (i + 1) * 1000),
  )
  for (const recycle of [false, true]) {
    const { rows } = await readChunks(pieces, { recycle })
    t.strictSame(
      rows.map(row => row.bytes),
      frames.map(bytes => bytes.toString('hex')),
    )
  }
  const many = pcap(Array.from({ length: 30 }, (_, index) => Buffer.alloc(200_000, index)))
  const { rows, batches } = await readChunks([many], { recycle: true })
  t.ok(rows.every(({ bytes }, index) => bytes === Buffer.alloc(200_000, index).toString('hex')))
  t.equal(rows.length, 30)
  t.equal(batches.length, 3)
})

t.test('a file that grows while it is read is read to its new end', async t => {
  const [path] = files(t, { growing: pcap([frame('one')]) })
  const source = openCapture(path!, { slabBytes: 10 })
  const first = await nextBatch(source)
  appendFileSync(path!, pcapRecord(frame('two')))
  const rest = await harvest(source)
  t.equal(first.rows + rest.rows.length, 2)
})

t.test('a file that is cut while it is read ends there', async t => {
  const [path] = files(t, { shrinking: pcap([frame('one'), frame('two'), frame('three')]) })
  const source = openCapture(path!, { slabBytes: 45 })
  const first = await nextBatch(source)
  truncateSync(path!, 30)
  const { rows, notes } = await harvest(source)
  t.ok(first.rows + rows.length < 3)
  t.match(notes, [{ code: 'cut-record' }])
})

t.test(
  'a file that cannot be read',
  { skip: process.platform === 'linux' ? false : 'needs /proc' },
  async t => {
    await t.rejects(readFiles('/proc/self/mem'), { code: 'ERR_READ', file: '/proc/self/mem', exitCode: 1 })
  },
)
