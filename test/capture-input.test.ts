import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { constants, createGzip, gzipSync } from 'node:zlib'
import t from 'tap'
import type { Batch } from '../lib/batch.ts'
import { CaptureReader } from '../lib/capture/capture-reader.ts'
import { Decompressor } from '../lib/capture/decompress.ts'
import { MAX_ROWS } from '../lib/capture/frame-rows.ts'
import { openCapture } from '../lib/capture/open-capture.ts'
import { epb, idb, pcap, pcapng, pcapRecord, shb, simplePcapng } from './support/build-capture.ts'
import { harvest, nextBatch, readChunks, readFiles } from './support/capture-rows.ts'

type Tap = Pick<typeof t, 'testdir'>
const frame = (text: string): Buffer => Buffer.from(text)
const texts = (rows: { bytes: string }[]): string[] =>
  rows.map(row => Buffer.from(row.bytes, 'hex').toString())

/** Frames that do not compress away, so that damage hits some and not all. */
const noisy = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, index) => Buffer.from(`${index} ${Math.sin(index)} ${Math.cos(index)}`))

function files(t: Tap, contents: Record<string, Uint8Array>): string[] {
  const folder = t.testdir()
  return Object.entries(contents).map(([name, bytes]) => {
    writeFileSync(join(folder, name), bytes)
    return join(folder, name)
  })
}

/** Whether this process has the file open. */
function isOpen(path: string): boolean {
  return readdirSync('/proc/self/fd').some(fd => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path
    } catch {
      return false
    }
  })
}
const hasProc = process.platform === 'linux' ? false : 'needs /proc'

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
    const settle = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) await turn()
    }
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

t.test('a gzipped pipe gives what its writer flushed', async t => {
  const input = createGzip()
  const reader = input.pipe(new Decompressor()).pipe(new CaptureReader())
  input.write(pcap([frame('one')]))
  input.flush(constants.Z_SYNC_FLUSH)
  const batch = await nextBatch(reader)
  t.equal(batch.rows, 1)
  t.match(batch.side, [{ type: 'capture', compression: 'gzip' }])
  input.end()
  reader.resume()
  await once(reader, 'end')
})

t.test('gzip is undone, in files and pipes, several members included', async t => {
  const bytes = pcap([frame('one'), frame('two'), frame('three')])
  const members = Buffer.concat([
    gzipSync(bytes.subarray(0, 50)),
    gzipSync(bytes.subarray(50)),
    Buffer.alloc(20),
  ])
  const [path] = files(t, { 'a.pcap.gz': members })
  const byFile = await readFiles(path!)
  t.strictSame(texts(byFile.rows), ['one', 'two', 'three'])
  t.match(byFile.captures, [
    { compression: 'gzip', size: members.length, mtime: Math.trunc(statSync(path!).mtimeMs) },
  ])
  t.match(byFile.summary, { fileBytes: members.length, damaged: 0 })
  const { captures } = await readChunks([bytes])
  t.equal(byFile.captures[0]?.captureId, captures[0]?.captureId, 'the id is that of the bytes inside')
  for (const size of [1, 7, members.length]) {
    const chunks = Array.from({ length: Math.ceil(members.length / size) }, (_, i) =>
      members.subarray(i * size, (i + 1) * size),
    )
    const byPipe = await harvest(Readable.from(chunks).pipe(new Decompressor()).pipe(new CaptureReader()))
    t.strictSame(byPipe.all.slice(1, -1), byFile.all.slice(1, -1), `in chunks of ${size}`)
  }
})

t.test('of cut or damaged gzip counts what could be inflated', async t => {
  const whole = gzipSync(pcap(noisy(2000)))
  const plain = pcap(noisy(2000))
  const damaged = Buffer.concat(
    [plain.subarray(0, plain.length / 2), plain.subarray(plain.length / 2)].map(half => gzipSync(half)),
  )
  damaged[damaged.indexOf(Buffer.from([0x1f, 0x8b, 8]), 1) + 2] = 9
  const altered = Buffer.from(whole)
  altered.fill(0, whole.length / 2, whole.length / 2 + 20)
  const wrongSum = Buffer.from(whole)
  wrongSum.writeUInt32LE(7, whole.length - 8)
  const long = gzipSync(pcap(noisy(40_000)))
  const longDamaged = Buffer.from(long)
  longDamaged.fill(0xff, long.length - 5000)
  const cases: [string, Buffer, string, number, number][] = [
    ['cut in the middle', whole.subarray(0, whole.length / 2), 'cut-gzip', 800, 1200],
    ['cut in its trailer', whole.subarray(0, -3), 'cut-gzip', 2000, 2000],
    ['damaged between members', damaged, 'bad-gzip', 800, 1999],
    ['altered in the middle so that it still inflates', altered, 'bad-record', 800, 1999],
    ['wrong check sum', wrongSum, 'bad-gzip', 2000, 2000],
    ['garbage behind it', Buffer.concat([whole, frame('garbage')]), 'bad-gzip', 2000, 2000],
    ['damaged far in', longDamaged, 'bad-gzip', 35_000, 39_999],
  ]
  for (const [name, bytes, code, least, most] of cases) {
    const [path] = files(t, { 'a.gz': bytes })
    const byPipe = await harvest(Readable.from([bytes]).pipe(new Decompressor()).pipe(new CaptureReader()))
    for (const found of [await readFiles(path!), byPipe]) {
      t.ok(found.rows.length >= least && found.rows.length <= most, `${name}: ${found.rows.length} packets`)
      t.match(found.notes, [{ level: 'error', code, pktNo: found.rows.length + 1 }])
      t.equal(found.notes.length, 1)
      t.match(found.summary, { damaged: 1 })
    }
  }
})

t.test('gzip with nothing in it that can be read is refused', async t => {
  const [empty, text, broken] = files(t, {
    'empty.gz': gzipSync(''),
    'text.gz': gzipSync('this is no capture at all'),
    'broken.gz': Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(40, 0xff)]),
  })
  await t.rejects(readFiles(empty!), { code: 'ERR_FORMAT', message: 'is empty' })
  await t.rejects(readFiles(text!), { code: 'ERR_FORMAT', message: /no pcap or pcapng/ })
  await t.rejects(readFiles(broken!), { code: 'ERR_FORMAT', message: /gzip data is damaged/ })
})

t.test('other compressions are refused with the way to undo them', async t => {
  const magics: [string, number[]][] = [
    ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
    ['lz4', [4, 0x22, 0x4d, 0x18]],
    ['bzip2', [0x42, 0x5a, 0x68, 0x39]],
    ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]],
  ]
  for (const [name, magic] of magics) {
    const bytes = Buffer.concat([Buffer.from(magic), Buffer.alloc(30)])
    const [path] = files(t, { file: bytes })
    const expected = {
      code: 'ERR_COMPRESSION',
      message: `compressed with ${name}; use: ${name} -dc FILE | pcap2json`,
    }
    await t.rejects(readFiles(path!), { ...expected, file: path! })
    const bits = [...bytes].map(byte => Uint8Array.of(byte))
    await t.rejects(pipeline(Readable.from(bits), new Decompressor(), new PassThrough().resume()), expected)
  }
})

t.test('short input passes the decompressor as it is', async t => {
  for (const bytes of [[], [0x1f], [0x28, 0xb5], [0xd4, 0xc3, 0xb2, 0xa1]]) {
    const out = Readable.from([Buffer.from(bytes)]).pipe(new Decompressor())
    t.strictSame([...Buffer.concat(await out.toArray())], bytes)
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

t.test('abort, destroy and the end close the file', { skip: hasProc }, async t => {
  const [path] = files(t, { many: pcap(noisy(2000)) })
  const controller = new AbortController()
  const aborted = openCapture(path!, { slabBytes: 1000, signal: controller.signal })
  await nextBatch(aborted)
  t.ok(isOpen(path!))
  const failed = once(aborted, 'error')
  controller.abort()
  t.match((await failed)[0], { name: 'AbortError' })
  if (!aborted.closed) await once(aborted, 'close')
  t.notOk(isOpen(path!))

  const destroyed = openCapture(path!, { slabBytes: 1000 })
  await nextBatch(destroyed)
  destroyed.destroy()
  await once(destroyed, 'close')
  t.notOk(isOpen(path!))

  for await (const _ of openCapture(path!, { slabBytes: 1000 })) break
  await turn()
  await readFiles(path!)
  t.notOk(isOpen(path!))
})

t.test('stop ends the input and leaves nothing to complain of', async t => {
  const [path] = files(t, { many: pcap(noisy(2000)) })
  const source = openCapture(path!, { slabBytes: 1000 })
  const first = await nextBatch(source)
  source.stop()
  const { rows, notes, summary } = await harvest(source)
  t.strictSame(notes, [])
  t.ok(rows.length < 100)
  t.equal(summary?.packets, first.rows + rows.length)
})

t.test(
  'pipes with a name: waited for, read as they come, stopped and destroyed at any time',
  { skip: hasProc },
  async t => {
    const path = join(t.testdir(), 'fifo')
    execFileSync('mkfifo', [path])
    const source = openCapture(path)
    const first = nextBatch(source)
    const writer = createWriteStream(path)
    writer.write(pcap([frame('one')]))
    const batch = await first
    t.match(
      [batch.rows, batch.fileOffset, batch.capture?.size, source.bytesTotal],
      [1, -1, undefined, undefined],
    )
    writer.write(pcapRecord(frame('two')).subarray(0, 9))
    const rest = harvest(source)
    await turn()
    source.stop()
    t.match(await rest, { rows: [], notes: [], summary: { packets: 1 } })
    writer.destroy()

    const silent = openCapture(path)
    const second = createWriteStream(path)
    second.write(pcap([frame('one')]))
    await nextBatch(silent)
    silent.destroy()
    await once(silent, 'close')
    second.destroy()

    const whole = readFiles(path)
    createWriteStream(path).end(gzipSync(pcap([frame('one'), frame('two')])))
    t.match(await whole, { captures: [{ compression: 'gzip', size: undefined }], rows: [{}, {}], notes: [] })

    const unopened = openCapture(path)
    unopened.resume()
    for (let i = 0; i < 5; i++) await turn()
    unopened.destroy()
    await once(unopened, 'close')
    t.ok(unopened.destroyed)
    // lets the open call that still waits come to its end
    await once(createWriteStream(path), 'open')
  },
)

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
