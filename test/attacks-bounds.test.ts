import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import type { Batch } from '../lib/batch.ts'
import { CaptureReader } from '../lib/capture/capture-reader.ts'
import { Decompressor } from '../lib/capture/decompress.ts'
import { FlowTagger } from '../lib/flow/flow-tagger.ts'
import { NO_PACKET } from '../lib/follow/follow-piece.ts'
import { LiveLane } from '../lib/follow/live-lane.ts'
import type { NoteRecord } from '../lib/records.ts'
import { FileNames } from '../lib/sink/file-names.ts'
import { PayloadSink } from '../lib/sink/payload-sink.ts'
import { shell } from './support/bins.ts'
import { pcap } from './support/build-capture.ts'
import { ETHERTYPE, ethernet, ipv4, PROTO, tcp } from './support/build-packets.ts'
import { gre } from './support/build-tunnels.ts'
import { chunkBatch, streamEnd } from './support/chunk-batch.ts'
import { packetBatch } from './support/packet-batch.ts'
import { runPayload } from './support/payload-run.ts'
import { runStreet } from './support/street.ts'

const MIB = 2 ** 20

t.test('a file of gigabytes of nothing is not gone through to put bytes in front of it', async t => {
  const folder = join(t.testdir(), 'payload')
  const { readSync } = fs
  let read = 0
  fs.readSync = ((...args: Parameters<typeof readSync>) => {
    const count = readSync(...args)
    read += count
    return count
  }) as typeof readSync
  syncBuiltinESMExports()
  t.teardown(() => {
    fs.readSync = readSync
    syncBuiltinESMExports()
  })
  const offsets = Array.from({ length: 60 }, (_, i) => 16 * MIB * i)
  const batches = [
    chunkBatch(offsets.map(offset => ({ offset, payload: 'there' }))),
    chunkBatch([{ offset: -40 * MIB, payload: 'first' }]),
    chunkBatch([{ offset: -3 * MIB, payload: 'second' }]),
    chunkBatch([{ offset: 16 * MIB + 5, payload: '!' }], [{ payload: streamEnd(984 * MIB + 5, -40 * MIB) }]),
  ]
  await pipeline(Readable.from(batches), new PayloadSink({ folder, last: true }))
  t.ok(read < 64 * 8192, `${read} bytes were read`)
  const fd = fs.openSync(join(folder, '1_A'), 'r')
  const at = (position: number, length: number): string => {
    const bytes = Buffer.alloc(length)
    readSync(fd, bytes, 0, length, position)
    return bytes.toString('latin1')
  }
  t.equal(fs.fstatSync(fd).size, 984 * MIB + 5)
  t.equal(at(0, 6), 'first\0')
  t.equal(at(37 * MIB - 1, 8), '\0second\0')
  t.equal(at(40 * MIB, 6), 'there\0')
  t.equal(at(56 * MIB - 1, 8), '\0there!\0')
  t.equal(at(984 * MIB, 5), 'there')
  fs.closeSync(fd)
})

t.test('gaps beyond the bound are summed up', async t => {
  const segments = [0, 2, 4, 6, 8, 10].map(seq => ({ flowInd: 1, tcpSeq: seq, payload: 'x' }))
  const { streams, gaps, notes, summary } = runPayload(segments, { maxGaps: 3 })
  t.equal(streams['1A']!.text, 'x.x.x.x.x.x')
  t.strictSame(
    gaps.map(({ offset }) => offset),
    [1, 3, 5],
  )
  t.equal(streams['1A']!.end.pldGaps.length, 3)
  t.match(notes, [{ code: 'gaps-unlisted', flowInd: 1, dir: 'A', message: /^2 more gaps, of 2 bytes/ }])
  t.match(summary, { gaps: 5, gapBytes: 5, unlistedGaps: 2, unlistedGapBytes: 2 })
  t.equal(runPayload(segments, { maxGaps: 0 }).gaps.length, 5)
  t.notOk('unlistedGaps' in runPayload(segments).summary, 'nothing is said where nothing was left out')
})

t.test('what inflates beyond measure ends, and says so', async t => {
  const bomb = gzipSync(pcap([new Uint8Array(100_000)]).subarray(0, 24), { level: 9 })
  const zeros = gzipSync(Buffer.alloc(192 * MIB), { level: 9 })
  let inflated = 0
  const bytes = new Decompressor()
  bytes.on('data', chunk => {
    inflated += chunk.length
  })
  const reader = Readable.from([bomb, zeros]).pipe(bytes).pipe(new CaptureReader())
  const notes: NoteRecord[] = []
  for await (const batch of reader as AsyncIterable<Batch>) {
    for (const item of batch.side) {
      if (typeof item === 'object' && 'type' in item && item.type === 'note') notes.push(item)
    }
  }
  t.match(notes, [{ level: 'error', code: 'gzip-bomb' }])
  t.ok(inflated < 100 * MIB, `${inflated} bytes`)
})

t.test('the same conversation in two tunnels is one, and no byte of it gets lost', async t => {
  const ends = { src: '192.168.0.1', dst: '192.168.0.2' }
  const inner = (payload: string): Buffer =>
    ipv4(
      { ...ends, proto: PROTO.tcp },
      tcp({ srcPort: 40_000, dstPort: 50_000, seq: 100, flags: 0x10 }, payload),
    )
  const through = (src: string, payload: string): Buffer =>
    ethernet(
      { type: ETHERTYPE.ipv4 },
      ipv4({ src, dst: '10.0.0.9', proto: 47 }, gre({ protocol: 0x0800 }, inner(payload))),
    )
  const { streams, overlaps, summary } = await runStreet(
    pcap([through('10.0.0.1', 'first'), through('10.0.0.2', 'other')]),
  )
  t.strictSame(streams, { '1A': 'first' })
  t.match(overlaps, [{ compared: true, kept: 'old' }])
  t.match(summary, { payloadBytes: 10, writtenBytes: 5, duplicateBytes: 5, conflictBytes: 5 })
})

t.test(
  'whatever a packet holds, the name of its file is made of digits, letters and a few signs',
  async t => {
    const word = fc.integer({ min: 0, max: 0xffff_ffff })
    const row = fc.record({
      family: fc.constantFrom(0, 4, 6),
      src: fc.tuple(word, word, word, word),
      dst: fc.tuple(word, word, word, word),
      srcPort: fc.nat(0xffff),
      dstPort: fc.nat(0xffff),
      l4Proto: fc.nat(0xff),
      ethType: fc.nat(0xffff),
    })
    const everything = '%A%a/%B%b/%E%e%V%v/%T%t%C%c/%#%N%K%M%G/%S%F%D%p%i%P'
    const property = fc.property(row, packet => {
      const batch = packetBatch([{ ...packet, flowInd: 7 }])
      for (const scheme of [1, 2, 'tcpflow', everything] as const) {
        const name = new FileNames(scheme, '', '').byEndpoints(batch, 0)
        for (const part of name.split('/')) {
          if (!/^[\w:-][\w.:=-]*$/.test(part) || part.length > 140) throw new Error(name)
        }
        if (scheme !== everything && name.includes('/')) throw new Error(name)
      }
    })
    fc.assert(property, { numRuns: 300 })
    t.pass()
  },
)

t.test('many small pieces behind a hole cost what they take', async t => {
  const lane = new LiveLane(0, -1)
  const bytes = Uint8Array.of(0x61)
  for (let i = 20_000; i > 0; i--) {
    for (const _ of lane.take({ ...NO_PACKET, dir: 0, stream: -1, offset: 2 * i }, bytes, false)) t.fail()
  }
  t.ok(lane.held >= 20_000 * 400, `${lane.held}`)
  t.equal([...lane.take({ ...NO_PACKET, dir: 0, stream: -1, offset: 0 }, bytes, false)].length, 1)
  let passed = 0
  while (lane.held > 0) passed += [...lane.pass()].length
  t.equal(passed, 40_000, 'a hole and a byte each')
})

t.test('the bound of the table is in its summary', async t => {
  const flows = Array.from({ length: 5 }, (_, i) => ({ srcPort: i }))
  const out = await Readable.from([packetBatch(flows)])
    .pipe(new FlowTagger({ maxFlows: 2 }))
    .toArray()
  const side = (out as Batch[]).flatMap(batch => batch.side)
  t.match(side.at(-1), { stage: 'flow', maxFlows: 4, maxFlowsInMemory: 2, endedByTableFull: 3 })
  for (const maxFlows of [-1, 1.5, Number.NaN])
    t.throws(() => new FlowTagger({ maxFlows }), { code: 'ERR_USAGE' })
})

t.test('all that is written is for its owner alone', async t => {
  const folder = t.testdir()
  const command =
    'umask 000; pldump "$CAPTURE" -w out --pcap --packets --index -q > /dev/null &&' +
    ' pcap2json "$CAPTURE" | flowtag | json2pcap -w cut.pcapng'
  const { code, stderr } = shell(command, folder)
  t.equal(code, 0, stderr)
  const modes = new Set<string>()
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const { mode } = fs.lstatSync(join(entry.parentPath ?? entry.path, entry.name))
    modes.add(`${entry.isDirectory() ? 'folder' : 'file'} ${(mode & 0o777).toString(8)}`)
  }
  t.strictSame([...modes].sort(), ['file 600', 'folder 700'])
})
