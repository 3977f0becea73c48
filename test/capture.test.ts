import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { LINK_TYPE_NAMES, linkTypeName } from '../lib/capture/link-types.ts'
import {
  block,
  customBlock,
  dsb,
  epb,
  idb,
  isb,
  nrb,
  opb,
  pcap,
  pcapng,
  shb,
  simplePcapng,
  spb,
  type TestFrame,
  unknownBlock,
} from './support/build-capture.ts'
import { type FrameRow, type Harvest, readChunks, readFiles } from './support/capture-rows.ts'

const text = (words: string): Buffer => Buffer.from(words)
const FRAMES: TestFrame[] = [
  { bytes: text('first'), time: [1_258_544_215, 37_210_000] },
  { bytes: text(''), time: [1_258_544_215, 37_210_000], wireLen: 60 },
  { bytes: text('the third frame'), time: [1_258_544_216, 999_999_000], wireLen: 1500 },
]

function expected(digits: number, over: Partial<FrameRow> = {}): FrameRow[] {
  return FRAMES.map((frame, index) => {
    const { bytes, time, wireLen } = frame as Exclude<TestFrame, Uint8Array>
    return {
      pktNo: index + 1,
      time: time!,
      wireLen: wireLen ?? bytes.length,
      linkType: 1,
      iface: 0,
      digits,
      bytes: Buffer.from(bytes).toString('hex'),
      ...over,
    }
  })
}

const BIG = { bigEndian: true }
const mixedSections = (): Buffer =>
  pcapng(
    shb(BIG),
    idb({ ...BIG, linkType: 113, name: 'any' }),
    nrb(BIG),
    epb(FRAMES[0]!, BIG),
    shb({ options: [[4, 'a tool']] }),
    idb({ name: 'eth0', tsresol: 9, snaplen: 96, options: [[1, 'a comment']] }),
    idb({ linkType: 113, name: 'any' }),
    epb(FRAMES[1]!, { iface: 1, options: [[1, 'a packet comment']] }),
    isb(),
    epb(FRAMES[2]!, { iface: 0, tsresol: 9 }),
  )

const CAPTURES: Record<string, Buffer> = {
  'pcap µs': pcap(FRAMES),
  'pcap µs big-endian': pcap(FRAMES, BIG),
  'pcap ns': pcap(FRAMES, { nanoseconds: true }),
  'pcap ns big-endian': pcap(FRAMES, { nanoseconds: true, ...BIG }),
  'pcap modified': pcap(FRAMES, { modified: true }),
  'pcap modified big-endian': pcap(FRAMES, { modified: true, ...BIG }),
  'pcap 2.2 with swapped lengths': pcap(FRAMES, { version: [2, 2] }),
  'pcap 2.3 in order': pcap(FRAMES, { version: [2, 3] }),
  'pcap with FCS bits': pcap(FRAMES, { linkType: 0xf400_0001 }),
  pcapng: simplePcapng(FRAMES),
  'pcapng big-endian': simplePcapng(FRAMES, BIG),
  'pcapng ns': simplePcapng(FRAMES, { tsresol: 9 }),
  'pcapng obsolete blocks': pcapng(shb(), idb(), ...FRAMES.map(frame => opb(frame))),
  'pcapng obsolete blocks big-endian': pcapng(shb(BIG), idb(BIG), ...FRAMES.map(frame => opb(frame, BIG))),
  'pcapng big-endian with time offset': pcapng(
    shb(BIG),
    idb({ ...BIG, tsoffset: -7n }),
    ...FRAMES.map(frame => epb(frame, { ...BIG, tsoffset: -7n })),
  ),
  'pcapng with time offset': pcapng(
    shb(),
    idb({ tsoffset: 1_000_000_000n }),
    ...FRAMES.map(frame => epb(frame, { tsoffset: 1_000_000_000n })),
  ),
}

const file = (test: Tap, bytes: Uint8Array): string => {
  const path = join(test.testdir(), 'capture')
  writeFileSync(path, bytes)
  return path
}
type Tap = Pick<typeof t, 'testdir'>

for (const [name, bytes] of Object.entries(CAPTURES)) {
  t.test(`${name}: every field of every frame`, async t => {
    const digits = name.includes('ns') ? 9 : 6
    const { rows, notes, captures, summary } = await readFiles(file(t, bytes))
    t.strictSame(rows, expected(digits))
    t.strictSame(notes, [])
    t.match(captures, [{ format: name.split(' ')[0], linkTypes: [1], interfaces: [{ linkType: 1, digits }] }])
    t.match(summary, { packets: 3, capBytes: 20, wireBytes: 1565, fileBytes: bytes.length, damaged: 0 })
    t.equal(summary?.firstTime, digits === 6 ? '1258544215.037210' : '1258544215.037210000')
    t.equal(summary?.lastTime, digits === 6 ? '1258544216.999999' : '1258544216.999999000')
  })
}

t.test('pcap 2.3 may have its lengths either way', async t => {
  const swapped = pcap([{ bytes: text('abcd'), wireLen: 4 }], { version: [2, 3] })
  swapped.writeUInt32LE(9, 24 + 8)
  swapped.writeUInt32LE(4, 24 + 12)
  const { rows } = await readChunks([swapped])
  t.match(rows, [{ bytes: text('abcd').toString('hex'), wireLen: 9 }])
})

t.test('an unknown version of pcap is read as 2.4, with a warning', async t => {
  const { rows, notes } = await readChunks([pcap(FRAMES, { version: [3, 7] })])
  t.strictSame(rows, expected(6))
  t.match(notes, [{ level: 'warning', code: 'odd-version' }])
})

t.test('several sections, byte orders and interfaces in one capture', async t => {
  const { all, rows, notes } = await readChunks([mixedSections()])
  t.strictSame(notes, [])
  t.match(rows, [
    { linkType: 113, iface: 0, digits: 6, pktNo: 1 },
    // the second section's interface 1 is the one that the first section described
    { linkType: 113, iface: 0, digits: 6, time: [1_258_544_215, 37_210_000] },
    { linkType: 1, iface: 1, digits: 9, time: [1_258_544_216, 999_999_000] },
  ])
  const any = { linkType: 113, snaplen: 0, digits: 6, name: 'any' }
  const eth0 = { linkType: 1, snaplen: 96, digits: 9, name: 'eth0' }
  t.match(all, [
    { type: 'capture', linkTypes: [113], snaplen: 0, interfaces: [any] },
    { pktNo: 1 },
    { type: 'capture', linkTypes: [113, 1], snaplen: 0, interfaces: [any, eth0] },
    { pktNo: 2 },
    { pktNo: 3 },
    { type: 'summary', otherBlocks: 2, captures: 1 },
  ])
})

t.test('interfaces that appear behind the last packet are told of as well', async t => {
  const bytes = pcapng(shb(), idb({ snaplen: 10 }), epb(text('a')), idb({ linkType: 101, snaplen: 20 }))
  const { all } = await readChunks([bytes])
  t.match(all, [
    { type: 'capture', snaplen: 10 },
    { pktNo: 1 },
    { type: 'capture', linkTypes: [1, 101], snaplen: 20 },
    {},
  ])
})

t.test('a simple packet is as long as snaplen, its length on the wire and its block allow', async t => {
  const bytes = pcapng(
    shb(),
    idb({ snaplen: 4 }),
    spb(text('abc')),
    spb({ bytes: text('abcd'), wireLen: 100 }),
    shb(),
    idb(),
    spb({ bytes: text('abcdefgh'), wireLen: 100 }),
  )
  const { rows } = await readChunks([bytes])
  t.match(
    rows.map(row => [Buffer.from(row.bytes, 'hex').toString(), row.wireLen, ...row.time]),
    [
      ['abc', 3, 0, 0],
      ['abcd', 100, 0, 0],
      ['abcdefgh', 100, 0, 0],
    ],
  )
})

t.test('blocks without packets are passed over and counted', async t => {
  const others = [nrb(), isb(), dsb(), customBlock(text('x')), customBlock(text('y'), { copyable: false })]
  const unknown = [
    unknownBlock(Buffer.alloc(9_000_000)),
    unknownBlock(text('')),
    unknownBlock(text('z'), { type: 0x8000_0001 }),
  ]
  const bytes = pcapng(shb(), ...others, idb(), ...unknown, epb(text('found')), ...others)
  const { rows, summary, notes } = await readFiles(file(t, bytes))
  t.equal(Buffer.from(rows[0]!.bytes, 'hex').toString(), 'found')
  t.match(summary, { otherBlocks: 13, packets: 1, fileBytes: bytes.length })
  t.strictSame(notes, [])
})

t.test('blocks whose length is no multiple of four are read if both lengths agree', async t => {
  const odd = Buffer.concat([epb(text('abcd')), Buffer.alloc(1)])
  odd.writeUInt32LE(37, 4)
  odd.writeUInt32LE(37, 33)
  const { rows } = await readChunks([pcapng(shb(), idb(), odd, epb(text('next')))])
  t.equal(rows.length, 2)
})

t.test('broken interface options end the list of options', async t => {
  const head = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0])
  const list = [
    Buffer.from([2, 0, 3, 0, 0x6c, 0x6f, 0, 0]),
    Buffer.from([9, 0, 0, 0]),
    Buffer.from([14, 0, 4, 0, 1, 2, 3, 4]),
    Buffer.from([9, 0, 200, 0, 9, 0, 0, 0]),
  ]
  const { captures } = await readChunks([
    pcapng(shb(), block(1, Buffer.concat([head, ...list])), epb(text('a'))),
  ])
  t.strictSame(captures[0]?.interfaces, [{ linkType: 1, snaplen: 0, digits: 6, name: 'lo' }])
})

/** What has to be the same for a file and a pipe: not what only a file has, nor how much was read behind damage. */
const plain = ({ all, ...found }: Harvest): unknown => ({
  ...found,
  summary: { ...found.summary, fileBytes: found.summary?.damaged === 0 ? found.summary.fileBytes : 0 },
  captures: found.captures.map(({ size, mtime, file, ...capture }) => capture),
  batches: undefined,
  notes: found.notes.map(({ file, ...note }) => note),
  order: all.map(item => ('type' in item ? item.type : item.pktNo)),
})

t.test('however the bytes are cut, the same comes out', async t => {
  const wide = pcap([{ bytes: Buffer.alloc(400, 'wide') }, text('x'), { bytes: Buffer.alloc(90, 'y') }])
  const samples = {
    ...CAPTURES,
    sections: mixedSections(),
    wide,
    damaged: Buffer.concat([pcap(FRAMES), Buffer.alloc(30, 0xff)]),
  }
  for (const [name, bytes] of Object.entries(samples)) {
    const path = file(t, bytes)
    const whole = plain(await readChunks([bytes]))
    let same = JSON.stringify(plain(await readFiles(path, { slabBytes: 1 }))) === JSON.stringify(whole)
    for (let cut = 0; cut <= bytes.length && same; cut++) {
      const halves = plain(await readChunks([bytes.subarray(0, cut), bytes.subarray(cut)]))
      same = JSON.stringify(halves) === JSON.stringify(whole)
    }
    t.ok(same, `${name}: cut in two anywhere`)
    const steps = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 40 })
    const anyCuts = fc.asyncProperty(
      steps,
      fc.integer({ min: 1, max: 300 }),
      fc.boolean(),
      async (lengths, slabBytes, recycle) => {
        const chunks: Uint8Array[] = []
        for (let at = 0; at < bytes.length; ) {
          const length = lengths[chunks.length % lengths.length]!
          chunks.push(bytes.subarray(at, at + length))
          at += length
        }
        const piped = JSON.stringify(plain(await readChunks(chunks, { recycle })))
        const read = JSON.stringify(plain(await readFiles(path, { slabBytes, recycle })))
        return piped === JSON.stringify(whole) && read === JSON.stringify(whole)
      },
    )
    await t.resolves(fc.assert(anyCuts, { numRuns: 10 }), `${name}: cut into any pieces`)
  }
})

t.test('the id is the digest of the bytes up to the first packet, at most 64 KiB, or of all', async t => {
  const id = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  const frames = pcap(FRAMES)
  const long = pcap([Buffer.alloc(100_000), text('a')])
  const late = pcapng(shb(), idb(), unknownBlock(Buffer.alloc(80_000)), epb(text('a')))
  const cases: [string, Buffer, Buffer][] = [
    ['packets', frames, frames.subarray(0, 24 + 16 + 5)],
    ['a long packet', long, long.subarray(0, 65_536)],
    ['a late packet', late, late.subarray(0, 65_536)],
    ['no packet', pcap([]), pcap([])],
    ['a cut packet', frames.subarray(0, 42), frames.subarray(0, 42)],
  ]
  for (const [name, bytes, part] of cases) {
    const { captures } = await readChunks([bytes])
    t.equal(captures[0]?.captureId, id(part), name)
  }
})

t.test('link types have names', async t => {
  t.equal(linkTypeName(1), 'ETHERNET')
  t.equal(linkTypeName(276), 'LINUX_SLL2')
  t.equal(linkTypeName(40_000), '40000')
  t.equal(new Set(LINK_TYPE_NAMES.values()).size, LINK_TYPE_NAMES.size)
})
