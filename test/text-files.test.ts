import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import t from 'tap'
import { openCapture } from '../lib/capture/open-capture.ts'
import { openPager } from '../lib/cli/pager.ts'
import { kindOf } from '../lib/cli/text-input.ts'
import { baseOf, captureBase, prefixFor } from '../lib/cli/text-options.ts'
import { PacketDecoder } from '../lib/decode/packet-decoder.ts'
import { dumpPayload } from '../lib/dump.ts'
import { FlowTagger } from '../lib/flow/flow-tagger.ts'
import { releaseAll } from '../lib/release-all.ts'
import { FlowParts } from '../lib/text/flow-parts.ts'
import { filesIn, HEADERS_MARK } from '../lib/text/headers-text.ts'
import { FlushedOutput } from '../lib/text/row-output.ts'
import { parseSplit } from '../lib/text/split-option.ts'
import { TextFile } from '../lib/text/text-file.ts'
import { TextFiles, type TextFilesOptions } from '../lib/text/text-files.ts'
import { TextSink } from '../lib/text/text-sink.ts'
import { CAPTURE } from './support/bins.ts'
import { packetBatch, TEST_CAPTURE } from './support/packet-batch.ts'
import { textsOf } from './support/text-run.ts'

async function write(options: TextFilesOptions, withPayload = false): Promise<TextSink> {
  const sink = new TextSink(options)
  if (withPayload) {
    await dumpPayload(CAPTURE, {
      folder: 'none',
      noFiles: true,
      packetTimes: true,
      between: { records: [sink] },
    })
  } else {
    await pipeline([openCapture(CAPTURE), new PacketDecoder(), new FlowTagger(), sink, releaseAll()])
  }
  return sink
}

t.test('files have what the streams give', async t => {
  const folder = t.testdir()
  const [flows, packets] = await textsOf(readFileSync(CAPTURE))
  const sink = await write({ prefix: join(folder, 'deep/er/x'), packets: true, log: true }, true)
  const read = (name: string): string => readFileSync(join(folder, 'deep/er', name), 'utf8')
  t.equal(read('x_flows.txt'), flows)
  t.equal(read('x_packets.txt'), packets)
  sink.files.writeLog('report\n')
  t.equal(read('x_log.txt'), 'report\n')
  t.same(filesIn(read('x_headers.txt')), ['x_headers.txt', 'x_flows.txt', 'x_packets.txt', 'x_log.txt'])
})

t.test('parts together are the file', async t => {
  const folder = t.testdir()
  const flowsOf = (prefix: string): string[] =>
    readdirSync(folder)
      .filter(name => name.startsWith(`${prefix}_flows`))
      .sort((a, b) => Number(a.match(/\d*$/)) - Number(b.match(/\d*$/)))
      .map(name => readFileSync(join(folder, name), 'utf8'))
  await write({ prefix: join(folder, 'whole') })
  const whole = flowsOf('whole').join('')
  for (const [name, split, count] of [
    ['flows', { flows: 10 }, 7],
    ['one', { flows: 1, start: 95 }, 63],
    ['bytes', { bytes: 3000 }, 5],
    ['all', { bytes: 5e8 }, 1],
    ['exact', { flows: 63 }, 1],
  ] as const) {
    await write({ prefix: join(folder, name), split })
    const parts = flowsOf(name)
    t.equal(parts.length, count, name)
    t.equal(parts.join(''), whole, name)
    for (const part of parts) t.ok(part.endsWith('\n'))
  }
  t.ok(existsSync(join(folder, 'one_flows.txt157')))
})

t.test('a run replaces its own files and no others', async t => {
  const folder = t.testdir()
  const prefix = join(folder, 'm')
  await write({ prefix, packets: true, split: { flows: 20 } })
  t.equal(readdirSync(folder).length, 6)
  await write({ prefix })
  t.same(readdirSync(folder), ['m_flows.txt', 'm_headers.txt'], 'also those that it does not have any more')
  writeFileSync(join(folder, 'm_log.txt'), 'mine')
  t.throws(() => new TextFiles({ prefix, log: true }).check(), {
    code: 'ERR_FOLDER',
    file: `${prefix}_log.txt`,
  })
  await write({ prefix })
  t.equal(
    readFileSync(join(folder, 'm_log.txt'), 'utf8'),
    'mine',
    'what it does not write is not its business',
  )

  writeFileSync(join(folder, 'thesis.txt'), 'mine')
  mkdirSync(join(folder, 'h_x.txt'))
  const headers = (...files: string[]): void =>
    writeFileSync(
      join(folder, 'h_headers.txt'),
      HEADERS_MARK + files.map(file => `# File: ${file}\n`).join(''),
    )
  headers('thesis.txt', `../${folder.split('/').at(-1)}/thesis.txt`, 'h_/../thesis.txt')
  await write({ prefix: join(folder, 'h') })
  t.equal(readFileSync(join(folder, 'thesis.txt'), 'utf8'), 'mine', 'whatever headers say')
  headers('h_x.txt')
  await t.rejects(write({ prefix: join(folder, 'h') }), { code: 'ERR_FOLDER', message: /plain file/ })
  symlinkSync('thesis.txt', join(folder, 's_headers.txt'))
  await t.rejects(write({ prefix: join(folder, 's') }), { code: 'ERR_FOLDER' }, 'a link is not followed')
  symlinkSync('thesis.txt', join(folder, 'l_flows.txt'))
  await t.rejects(write({ prefix: join(folder, 'l') }), { code: 'ERR_FOLDER' })
  t.equal(readFileSync(join(folder, 'thesis.txt'), 'utf8'), 'mine')
})

t.test('half a line of headers names no file', async t => {
  t.same(filesIn(`${HEADERS_MARK}# File: a\n# File: b`), ['a'])
  t.equal(filesIn('# Date: today\n'), undefined)
})

t.test('what cannot be written', async t => {
  const folder = t.testdir({ file: '' })
  await t.rejects(write({ prefix: join(folder, 'file/x') }), {
    code: 'ERR_FOLDER',
    file: join(folder, 'file'),
  })
  await t.rejects(write({ prefix: join(folder, 'file/x/y') }), { code: 'ERR_FOLDER' })
  await t.rejects(write({ prefix: join(folder, 'a'.repeat(300)) }), { code: 'ERR_FOLDER' })
  const files = new TextFiles({ prefix: join(folder, 'out/x'), packets: true })
  t.throws(() => files.write(packetBatch([{}])), { code: 'ERR_NOT_TAGGED' })
  t.throws(() => files.writeLog(''), { code: 'ERR_USAGE' })
  t.same(readdirSync(folder), ['file'], 'nothing was begun')
  const full = new TextFile(openSync('/dev/full', 'w'), 'full')
  t.throws(() => full.write('x'), { code: 'ERR_WRITE', file: 'full' })
  full.close()
  const fd = openSync('/dev/null', 'w')
  const closed = new TextFile(fd, 'closed')
  closeSync(fd)
  t.throws(() => closed.close(), { code: 'ERR_WRITE' })
  closed.close()
})

t.test('a stream that is broken off closes its files', async t => {
  const folder = t.testdir()
  const sink = new TextSink({ prefix: join(folder, 'x') })
  sink.write(packetBatch([]))
  await new Promise(done => setImmediate(done))
  sink.destroy()
  t.ok(readFileSync(join(folder, 'x_flows.txt'), 'utf8').startsWith('%dir'))
})

t.test('files are ended when they are full, and begun when they are needed', async t => {
  const written: string[] = []
  const create = (part: number): TextFile => {
    written.push(`open ${part}`)
    const write = (text: Uint8Array | string): void => void written.push(String(text))
    return { write, close: () => written.push('close') } as unknown as TextFile
  }
  const parts = new FlowParts('%h\n', { bytes: 6, start: 3 }, create)
  t.equal(parts.add(2), false)
  t.equal(parts.add(1), true)
  parts.endPart()
  t.equal(parts.add(6), true)
  parts.write(Buffer.from('second'))
  parts.endPart()
  parts.close()
  t.same(written, ['open 3', '%h\n', 'close', 'open 4', 'second', 'close'])
})

t.test('memory for rows is used again', async t => {
  const written: number[] = []
  const output = new FlushedOutput(bytes => written.push(bytes.length))
  output.flush()
  output.need(10)
  t.ok(output.bytes.length < 1e5, 'short results need little')
  output.need(1 << 18)
  const { bytes } = output
  output.need(bytes.length)
  output.at = bytes.length
  output.need(1)
  t.equal(output.bytes, bytes)
  output.need(1e6)
  output.at = 1e6
  output.need(1)
  t.equal(output.bytes.length, bytes.length, 'room for a long row is not kept')
  t.same(written, [bytes.length, 1e6])
})

t.test('--split', async t => {
  const split = (text: string) => parseSplit(text)
  t.same(split('x'), { prefix: 'x', split: { bytes: 5e8, start: 0 } })
  t.same(split('out/x:2f,5'), { prefix: 'out/x', split: { flows: 2, start: 5 } })
  t.same(split('x:1.5M'), { prefix: 'x', split: { bytes: 1_500_000, start: 0 } })
  t.same(split('x:3Kf'), { prefix: 'x', split: { flows: 3000, start: 0 } })
  t.same(split('x:1e6,07'), { prefix: 'x', split: { bytes: 1e6, start: 7 } })
  t.same(split('x:2g'), { prefix: 'x', split: { bytes: 2e9, start: 0 } })
  t.same(split('a:b/x,1'), { prefix: 'a:b/x', split: { bytes: 5e8, start: 1 } })
  for (const text of ['', 'x:', 'x,', 'x:0', 'x:0.0f', 'x:5X', 'x:f', 'x:-1', 'x:1,-1', 'x:1,b', 'a:b'])
    t.throws(() => split(text), { code: 'ERR_USAGE' }, text)
})

t.test('names', async t => {
  const folder = t.testdir()
  t.equal(
    prefixFor(folder, () => 'b'),
    join(folder, 'b'),
  )
  t.equal(
    prefixFor(`${folder}/new/`, () => 'b'),
    join(folder, 'new/b'),
  )
  t.equal(
    prefixFor(join(folder, 'new'), () => 'b'),
    join(folder, 'new'),
  )
  t.equal(baseOf('/a/b.c.pcap'), 'b.c')
  t.equal(baseOf('.pcap'), '.pcap')
  t.equal(baseOf('-'), 'stdin')
  t.equal(baseOf('/'), 'stdin')
  t.equal(baseOf('a/../b\n\u0000.pcap'), 'b__', 'from a record, so it may be anything')
  t.equal(captureBase([TEST_CAPTURE], ['r.ndjson']), 'test')
  t.equal(captureBase([], ['r.ndjson']), 'r')
  t.equal(captureBase([], []), 'stdin')
})

t.test('records and text are told apart', async t => {
  const folder = t.testdir({
    records: '\ufeff \n{"type":"x"}\n',
    text: '%dir\n',
    rows: 'A\t1\n',
    empty: '\n',
  })
  const kind = (...names: string[]) => kindOf(names.map(name => join(folder, name)))
  t.equal(await kind('records'), 'records')
  t.equal(await kind('text', 'rows', 'empty'), 'text')
  t.equal(await kind('empty'), 'empty')
  await t.rejects(kind('text', 'records'), { code: 'ERR_USAGE' })
  await t.rejects(kind('missing'), { code: 'ERR_OPEN' })
  const stdin = new PassThrough()
  stdin.write('%di')
  t.equal(await kindOf(['-'], stdin), 'text')
  stdin.end('r\n')
  let text = ''
  for await (const chunk of stdin) text += chunk
  t.equal(text, '%dir\n', 'nothing is lost')
})

t.test('a terminal gets a pager', async t => {
  const folder = t.testdir()
  const terminal = { isTTY: true } as NodeJS.WriteStream
  const env = { PATH: process.env.PATH }
  for (const [name, more, expected] of [
    ['pager', { PAGER: `(cat; echo "$LESS") > ${folder}/pager` }, 'rows\nS\n'],
    ['own', { PAGER: `(cat; echo "$LESS") > ${folder}/own`, LESS: 'R' }, 'rows\nR\n'],
  ] as const) {
    const pager = openPager(terminal, { ...env, ...more })
    pager.stream.end('rows\n')
    await pager.closed()
    t.equal(readFileSync(join(folder, name), 'utf8'), expected)
  }
  for (const [stdout, PAGER] of [
    [terminal, ''],
    [terminal, 'cat'],
    [{ isTTY: false } as NodeJS.WriteStream, 'less'],
  ] as const) {
    const pager = openPager(stdout, { ...env, PAGER })
    t.equal(pager.stream, stdout as unknown)
    await pager.closed()
  }
})
