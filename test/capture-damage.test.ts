import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Batch } from '../lib/batch.ts'
import { CaptureRun } from '../lib/capture/capture-run.ts'
import { FrameCutter } from '../lib/capture/frame-cutter.ts'
import { MAX_NOTES } from '../lib/capture/frame-rows.ts'
import {
  block,
  epb,
  idb,
  opb,
  pack,
  pcap,
  pcapng,
  pcapRecord,
  shb,
  spb,
  unknownBlock,
} from './support/build-capture.ts'
import { readChunks, readFiles } from './support/capture-rows.ts'

const a = Buffer.from('a frame')
const b = Buffer.from('another frame')
const BIG = { bigEndian: true }
const HEAD = pcapng(shb(), idb())

function withWord(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt32LE(value >>> 0, at)
  return copy
}

/** Name, bytes, packets that are found, and the notes: code and the number of the packet it stands before. */
const DAMAGES: [name: string, bytes: Buffer, packets: number, notes: [code: string, pktNo: number][]][] = [
  ['pcap: an absurd record', withWord(pcap([a, b, a]), 24 + 23 + 8, 0xffff_ffff), 1, [['bad-record', 2]]],
  [
    'pcap: a record above 256 KiB',
    withWord(pcap([a, Buffer.alloc(262_145)]), 16, 65_535),
    1,
    [['bad-record', 2]],
  ],
  ['pcap: a record at 256 KiB', withWord(pcap([a, Buffer.alloc(262_144)]), 16, 65_535), 2, []],
  ['pcap: a longer record under its own snaplen', pcap([Buffer.alloc(300_000)], { snaplen: 400_000 }), 1, []],
  [
    'pcap: an absurd snaplen is not believed',
    pcap([a, Buffer.alloc(300_000)], { snaplen: 0x7fff_ffff }),
    1,
    [['bad-record', 2]],
  ],
  [
    'pcap: garbage behind the last packet',
    Buffer.concat([pcap([a]), Buffer.alloc(64, 0xfe)]),
    1,
    [['bad-record', 2]],
  ],
  [
    'pcapng: a packet of an unknown interface',
    pcapng(HEAD, epb(a, { iface: 3 }), epb(b)),
    1,
    [['unknown-interface', 1]],
  ],
  [
    'pcapng: an obsolete packet of an unknown interface',
    pcapng(HEAD, opb(a, { iface: 3 }), epb(b)),
    1,
    [['unknown-interface', 1]],
  ],
  [
    'pcapng: a simple packet without interface',
    pcapng(shb(), spb(a), idb(), spb(b)),
    1,
    [['unknown-interface', 1]],
  ],
  [
    'pcapng: interfaces end with their section',
    pcapng(HEAD, epb(a), shb(), epb(b)),
    1,
    [['unknown-interface', 2]],
  ],
  [
    'pcapng: more bytes than the block has',
    pcapng(HEAD, epb(b), withWord(epb(a), 20, 1000), epb(b)),
    2,
    [['bad-packet', 2]],
  ],
  [
    'pcapng: a packet block without fields',
    pcapng(HEAD, block(6, Buffer.alloc(8)), epb(b)),
    1,
    [['bad-packet', 1]],
  ],
  [
    'pcapng: a simple packet block without fields',
    pcapng(HEAD, block(3, Buffer.alloc(0)), epb(b)),
    1,
    [['bad-packet', 1]],
  ],
  [
    'pcapng: trailing length differs',
    pcapng(HEAD, epb(a), epb(a, { trailer: 44 }), epb(b)),
    1,
    [['bad-block', 2]],
  ],
  [
    'pcapng: trailing length of an unknown block differs',
    pcapng(HEAD, epb(a), unknownBlock(a, { trailer: 8 }), epb(b)),
    1,
    [['bad-block', 2]],
  ],
  [
    'pcapng: a length below the smallest',
    pcapng(HEAD, epb(a), withWord(epb(a), 4, 8)),
    1,
    [['bad-block', 2]],
  ],
  ['pcapng: zeros', pcapng(HEAD, epb(a), Buffer.alloc(64)), 1, [['bad-block', 2]]],
  [
    'pcapng: a packet block above 16 MiB',
    pcapng(HEAD, epb(a), withWord(epb(a), 4, 0x0100_0004)),
    1,
    [['bad-block', 2]],
  ],
  ['pcapng: a packet just below 16 MiB', pcapng(HEAD, epb(Buffer.alloc(0x0100_0000 - 32)), epb(b)), 2, []],
  [
    'pcapng: a section of no byte order',
    pcapng(HEAD, epb(a), withWord(shb(), 8, 7)),
    1,
    [['bad-section', 2]],
  ],
  [
    'pcapng: a section of another version',
    pcapng(HEAD, epb(a), shb({ version: [2, 0] })),
    1,
    [['bad-section', 2]],
  ],
  [
    'pcapng: a section that is too short',
    pcapng(HEAD, epb(a), block(0x0a0d0d0a, pack([0x1a2b3c4d, 1]))),
    1,
    [['bad-section', 2]],
  ],
  [
    'pcapng: an interface that is too short',
    pcapng(HEAD, epb(a), block(1, Buffer.alloc(4)), epb(b)),
    1,
    [['bad-block', 2]],
  ],
  [
    'pcapng: an unknown block that is cut',
    pcapng(HEAD, epb(a), withWord(unknownBlock(a), 4, 0xffff_fff0)),
    1,
    [['cut-block', 2]],
  ],
]

for (const [name, bytes, packets, notes] of DAMAGES) {
  t.test(name, async t => {
    const path = join(t.testdir(), 'damaged')
    writeFileSync(path, bytes)
    const byFile = await readFiles(path)
    const byChunks = await readChunks([bytes], { file: path })
    for (const found of [byFile, byChunks]) {
      t.equal(found.rows.length, packets)
      t.strictSame(
        found.notes.map(({ code, pktNo }) => [code, pktNo]),
        notes,
      )
      t.ok(
        found.notes.every(
          note => note.level === 'error' && note.file === path && note.captureId !== undefined,
        ),
      )
      t.match(found.summary, { packets, damaged: notes.length, captures: 1 })
      t.strictSame(
        found.rows.map(row => row.pktNo),
        found.rows.map((_, index) => index + 1),
      )
    }
  })
}

t.test('cut anywhere, all whole packets come and one note tells of the rest', async t => {
  const pcapEnds = [24, 24 + 23, 24 + 23 + 29]
  const head = HEAD.length
  const ngEnds = [28, head, head + epb(a).length, head + epb(a).length + epb(b).length]
  const cases: [string, Buffer, number[], number, RegExp][] = [
    ['pcap', pcap([a, b]), pcapEnds, 4, /^cut-(header|record)$/],
    ['pcap big-endian', pcap([a, b], BIG), pcapEnds, 4, /^cut-(header|record)$/],
    ['pcapng', pcapng(HEAD, epb(a), epb(b)), ngEnds, 12, /^cut-block$/],
    ['pcapng big-endian', pcapng(shb(BIG), idb(BIG), epb(a, BIG), epb(b, BIG)), ngEnds, 12, /^cut-block$/],
  ]
  for (const [name, bytes, ends, magic, code] of cases) {
    const path = join(t.testdir(), 'cut')
    for (let length = 0; length <= bytes.length; length++) {
      const part = bytes.subarray(0, length)
      writeFileSync(path, part)
      if (length < magic) {
        await t.rejects(readFiles(path), { code: 'ERR_FORMAT', file: path }, `${name}: ${length} bytes`)
        await t.rejects(readChunks([part]), { code: 'ERR_FORMAT', file: '-' }, `${name}: ${length} bytes`)
        continue
      }
      const packets = ends.slice(-2).filter(end => end <= length).length
      const wanted = ends.includes(length) ? [] : [{ level: 'error', code, pktNo: packets + 1 }]
      for (const found of [
        await readFiles(path),
        await readChunks([part]),
        await readChunks([...part].map(byte => Uint8Array.of(byte))),
      ]) {
        t.equal(found.rows.length, packets, `${name}: packets in ${length} bytes`)
        t.match(found.notes, wanted)
        t.equal(found.notes.length, wanted.length)
        t.match(found.captures, [{ captureId: /^[0-9a-f]{12}$/ }])
      }
    }
  }
})

t.test('a header alone is a capture without packets', async t => {
  for (const bytes of [pcap([]), shb(), HEAD]) {
    const { notes, rows, captures, summary } = await readChunks([bytes])
    t.strictSame([notes, rows, captures.length], [[], [], 1])
    t.match(summary, { packets: 0, damaged: 0, captures: 1 })
    t.notOk('firstTime' in summary!)
  }
})

t.test('what is no capture is refused', async t => {
  const cases: [string, Buffer, string, RegExp][] = [
    ['nothing', Buffer.alloc(0), 'ERR_FORMAT', /^is empty$/],
    ['three bytes', Buffer.from('abc'), 'ERR_FORMAT', /too short/],
    ['eight bytes', Buffer.from('abcdefgh'), 'ERR_FORMAT', /no pcap or pcapng/],
    ['text', Buffer.from('this is a text and no capture\n'), 'ERR_FORMAT', /no pcap or pcapng/],
    ['blank lines', Buffer.from('\n\r\r\n and then some text'), 'ERR_FORMAT', /no pcap or pcapng/],
    [
      'gzip',
      Buffer.from([0x1f, 0x8b, 8, 0]),
      'ERR_COMPRESSION',
      /with gzip; use: gzip -dc FILE \| pcap2json/,
    ],
    [
      'zstd',
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 4, 0]),
      'ERR_COMPRESSION',
      /with zstd; use: zstd -dc FILE \| pcap2json/,
    ],
  ]
  for (const [name, bytes, code, message] of cases) {
    await t.rejects(readChunks([bytes]), { code, message, exitCode: 2 }, name)
    await t.rejects(
      readChunks([...bytes].map(byte => Uint8Array.of(byte))),
      { code, message },
      `${name}, byte by byte`,
    )
  }
})

t.test('interfaces beyond what is told apart cost their packets, not the capture', async t => {
  const many = Array.from({ length: 1030 }, (_, index) => idb({ snaplen: index + 1 }))
  const { rows, notes, captures } = await readChunks([
    pcapng(shb(), ...many, epb(a, { iface: 1023 }), epb(b, { iface: 1029 })),
  ])
  t.match(rows, [{ iface: 1023 }])
  t.equal(captures.length, 1)
  const codes = notes.map(note => note.code)
  t.strictSame(codes, [...Array(6).fill('too-many-interfaces'), 'unknown-interface'])
})

t.test('a capture made of damage comes in batches of bounded size', async t => {
  const lost = epb(a, { iface: 9 })
  const bytes = pcapng(HEAD, ...Array.from({ length: MAX_NOTES + 10 }, () => lost), epb(b))
  const { batches, notes, rows, all } = await readChunks([bytes])
  t.equal(notes.length, MAX_NOTES + 10)
  t.match(rows, [{ pktNo: 1 }])
  t.strictSame(batches, [0, 1, 0])
  t.match(all[0], { type: 'capture' })
})

t.test('a window is parsed in place: rows point into it', t => {
  const bytes = pcap([a, b])
  const window = Batch.create({ slab: Buffer.from(bytes), fileOffset: 100 })
  const cutter = new FrameCutter(new CaptureRun({ firstPktNo: 7 }), { file: 'x' })
  const [batch] = cutter.cut(window, bytes.length)
  t.equal(batch?.slab, window.slab)
  t.match(batch, { rows: 2, fileOffset: 100, pktNoBase: 6, captureNo: 0 })
  t.strictSame([...batch!.frames.pktNo], [7, 8])
  t.equal(cutter.rest, bytes.length)
  t.end()
})

t.test('old records with lengths the other way round are cut to the captured length', async t => {
  const old = { version: [1, 2] as [number, number] }
  const { rows } = await readChunks([
    Buffer.concat([pcap([], old), pcapRecord({ bytes: a, wireLen: 99 }, old)]),
  ])
  t.match(rows, [{ wireLen: 99, bytes: a.toString('hex') }])
})
