import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { CaptureReader } from '../lib/capture/capture-reader.ts'
import { MAX_BLOCK, MAX_PCAP_RECORD } from '../lib/capture/frame-parser.ts'
import { NdjsonWriter } from '../lib/ndjson/ndjson-writer.ts'
import { OnceLines } from '../lib/ndjson/once-lines.ts'
import { collect } from './hostile/street-case.ts'
import { shell } from './support/bins.ts'
import { epb, idb, pcap, pcapng, shb } from './support/build-capture.ts'
import { records, text } from './support/world.ts'

// What happens at a bound: what just fits is taken, one more is refused, told and counted, and the rest goes on.

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'pldpipe-bounds-'))

/** A capture whose header has this snaplen. */
const snaplen = (bytes: Buffer, length: number): Buffer => {
  const changed = Buffer.from(bytes)
  changed.writeUInt32LE(length, 16)
  return changed
}

t.test('--max-line of every bin that reads records', async t => {
  const cwd = newFolder()
  shell('pcap2json "$CAPTURE" | flowtag | head -40 > tagged', cwd)
  const lines = text(cwd, 'tagged').trimEnd().split('\n')
  const longest = Math.max(...lines.map(line => Buffer.byteLength(line)))
  const at = lines.findIndex(line => Buffer.byteLength(line) === longest) + 1
  const many = lines.filter(line => Buffer.byteLength(line) === longest).length
  writeFileSync(join(cwd, 'returns'), `${lines.join('\r\n')}\r\n`)
  for (const bin of [
    'flowtag',
    'pldchunk',
    'pldsink -o r',
    'pldsink --once -o r',
    'flow2txt',
    'flow2txt --packets',
    'flowfollow --all',
    "flowsel 'has(flowInd)'",
    "flowsel -b 'has(flowInd)'",
    'json2pcap -r "$CAPTURE"',
  ]) {
    for (const input of ['tagged', 'returns']) {
      const fits = shell(`${bin} --max-line ${longest} < ${input} > out`, cwd)
      t.same([fits.code, fits.stderr.includes('longer')], [0, false], `${bin} < ${input}: ${fits.stderr}`)
      const { code, stderr } = shell(`${bin} --max-line ${longest - 1} < ${input} > less`, cwd)
      t.equal(code, 1, bin)
      t.match(stderr, new RegExp(`line ${at}: the line is longer than ${longest - 1} bytes\n`), bin)
      t.equal(stderr.match(/longer than/g)?.length, many)
    }
  }
  shell(`flowtag --max-line ${longest - 1} < tagged > less`, cwd)
  t.match(
    records(cwd, 'less').find(({ code }) => code === 'bad-line'),
    { type: 'note', level: 'error', line: at },
  )
  t.equal(shell('flowtag --max-line 268435457 < tagged', cwd).code, 2, 'more than a buffer can be')
  t.equal(shell('flowtag --max-line 0 < tagged', cwd).code, 2)
})

t.test('a line over the bound is not kept, wherever it is cut', async t => {
  for (const size of [1, 7, 1000]) {
    const out: Buffer[] = []
    const bytes = Buffer.from(`{"type":"x"}\n${'y'.repeat(5000)}\n{"type":"x"}\n`)
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    )
    await pipeline([Readable.from(pieces), new OnceLines(undefined, 100), collect(out)] as never)
    t.equal(Buffer.concat(out).toString(), bytes.toString(), 'for the reader behind to refuse')
  }
})

t.test('--max-ratio', async t => {
  const cwd = newFolder()
  const frames = Array.from({ length: 20 }, () => Buffer.alloc(2 ** 22))
  writeFileSync(join(cwd, 'zeros.pcap.gz'), gzipSync(snaplen(pcap(frames), 2 ** 22)))
  const bomb =
    /: the gzip data inflates to more than (\d+) times its size; what comes behind the first \d+ bytes/
  const run = (bin: string, option: string): [number | null, boolean, boolean] => {
    const { code, stderr } = shell(`${bin} ${option} zeros.pcap.gz > out`, cwd)
    const all = records(cwd).some(
      ({ type, stage, packets }) => type === 'summary' && stage === 'capture' && packets === 20,
    )
    return [code, bomb.test(stderr), all]
  }
  // gzip gives 1030 bytes for one
  for (const bin of ['pcap2json --payload none', 'pldump --json --no-files']) {
    t.same(run(bin, ''), [1, true, false], `${bin}, 1000 if nothing is said`)
    t.same(run(bin, '--max-ratio 1032'), [0, false, true], bin)
    t.same(run(bin, '--max-ratio 0'), [0, false, true], bin)
    t.same(run(bin, '--max-ratio 20'), [1, true, false], bin)
  }
  const few = snaplen(pcap(frames.slice(0, 15)), 2 ** 22)
  writeFileSync(join(cwd, 'zeros.pcap.gz'), gzipSync(few))
  t.match(
    shell('pcap2json --payload none --max-ratio 1 zeros.pcap.gz > out', cwd),
    { code: 0, stderr: '' },
    'below 64 MiB',
  )
  t.match(shell('flowfollow --max-ratio 1 --all < out', cwd), {
    code: 2,
    stderr: /--max-ratio goes with a capture/,
  })
})

t.test('records of captures', async t => {
  const note = async (capture: Buffer): Promise<[packets: number, notes: unknown[]]> => {
    const out: Buffer[] = []
    const writer = new NdjsonWriter({ packets: false })
    await pipeline([Readable.from([capture]), new CaptureReader(), writer, collect(out)] as never)
    const all = Buffer.concat(out).toString().trimEnd().split('\n')
    const found = all.map(line => JSON.parse(line) as Record<string, unknown>)
    const { packets } = found.find(({ type }) => type === 'summary')!
    return [packets as number, found.filter(({ type }) => type === 'note').map(({ code }) => code)]
  }
  const frame = Buffer.alloc(60)
  const atBound = pcap([frame, Buffer.alloc(MAX_PCAP_RECORD), frame])
  const above = pcap([frame, Buffer.alloc(MAX_PCAP_RECORD + 1), frame])
  t.same(await note(snaplen(atBound, 65_535)), [3, []])
  t.same(await note(snaplen(above, 65_535)), [1, ['bad-record']])
  t.same(await note(snaplen(above, MAX_PCAP_RECORD + 1)), [3, []], 'what the file itself says goes before')
  t.same(await note(snaplen(above, 2 ** 27 + 1)), [1, ['bad-record']], 'but not without a bound')
  const block = (size: number): Buffer =>
    pcapng(shb(), idb(), epb(frame), epb(Buffer.alloc(size - 32)), epb(frame))
  t.same(await note(block(MAX_BLOCK)), [3, []])
  t.same(await note(block(MAX_BLOCK + 4)), [1, ['bad-block']])
})
