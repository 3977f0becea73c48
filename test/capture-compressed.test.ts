import { once } from 'node:events'
import { statSync } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, gzipSync, constants as zlib } from 'node:zlib'
import t from 'tap'
import { CaptureReader } from '../lib/capture/capture-reader.ts'
import { Decompressor } from '../lib/capture/decompress.ts'
import { pcap } from './support/build-capture.ts'
import { files, harvest, nextBatch, noisy, readChunks, readFiles, texts } from './support/capture-rows.ts'

const frame = (text: string): Buffer => Buffer.from(text)

t.test('a gzipped pipe gives what its writer flushed', async t => {
  const input = createGzip()
  const reader = input.pipe(new Decompressor()).pipe(new CaptureReader())
  input.write(pcap([frame('one')]))
  input.flush(zlib.Z_SYNC_FLUSH)
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
