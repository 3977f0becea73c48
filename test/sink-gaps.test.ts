import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import t from 'tap'
import { type Batch, FlowLine, RawLine } from '../lib/batch.ts'
import type { FlowPayload, Gap, GapRecord } from '../lib/records.ts'
import { PayloadSink, type SinkOptions } from '../lib/sink/payload-sink.ts'
import { StreamEnd } from '../lib/stream-end.ts'
import { chunkBatch, streamEnd, type TestChunk } from './support/chunk-batch.ts'

async function sunk(batches: Batch[], options: SinkOptions): Promise<Batch[]> {
  return await Readable.from(batches).pipe(new PayloadSink(options)).toArray()
}

const text = (folder: string, name: string): string => readFileSync(join(folder, name), 'latin1')
const gap = (offset: number, length: number, reason: Gap['reason'] = 'absent'): Gap => ({
  offset,
  length,
  reason,
})

/** A stream of 12 bytes: two missing, `abc`, three and two missing, `xy`. */
const GAPS = [gap(0, 2), gap(5, 2, 'snaplen'), gap(7, 3)]
const CHUNKS: TestChunk[] = [
  { offset: 10, payload: 'xy' },
  { offset: 2, payload: 'abc' },
]
const END = new StreamEnd(0, '0x03', 12, 5, GAPS, 0)
const FILES = {
  zero: '\0\0abc\0\0\0\0\0xy',
  skip: 'abcxy',
  marker: '\n[gap of 2 bytes: absent]\nabc\n[gap of 2 bytes: snaplen]\n\n[gap of 3 bytes: absent]\nxy',
} as const

for (const [mode, expected] of Object.entries(FILES)) {
  t.test(`gap ${mode}: the file shows it, the record tells of the stream`, async t => {
    const folder = t.testdir()
    const [out] = await sunk([chunkBatch(CHUNKS, [{ payload: END }])], { folder, gap: mode as 'zero' })
    t.equal(text(folder, '1_A'), expected)
    t.same(
      { ...out!.flowPayload[0] },
      { pldStat: '0x03', pldLen: 12, pldBytes: 5, pldGaps: GAPS, pldOverlaps: 0, pldFile: '1_A' },
    )
    t.strictSame(readdirSync(folder).sort(), ['.pldpipe-manifest', '1_A'], 'nothing is left beside it')
    t.equal(statSync(join(folder, '1_A')).mtimeMs, 1e9, 'the time of the first packet')
    await sunk([], { folder })
    t.strictSame(readdirSync(folder), ['.pldpipe-manifest'], 'a later run knows it as ours')
  })

  t.test(`gap ${mode}: in batches, from lines, with an extension to the left`, async t => {
    const folder = t.testdir()
    const moved = CHUNKS.map(chunk => ({ ...chunk, offset: chunk.offset - 10 }))
    const members = { type: 'flow', flowInd: 1, dir: 'A', pldLen: 12, pldBytes: 5, pldGaps: GAPS }
    const line = new FlowLine(1, 0, Buffer.from(JSON.stringify(members)))
    const batches = [...moved.map(chunk => chunkBatch([chunk])), chunkBatch([])]
    batches[2] = batches[2]!.derive({ side: [line], sideAt: [0] })
    const out = await sunk(batches, { folder, gap: mode as 'zero', maxOpenFiles: 1 })
    t.equal(text(folder, '1_A'), expected)
    t.match((out[2]!.side[0] as FlowLine).payload, { pldLen: 12, pldBytes: 5, start: -10 })
  })
}

t.test('a stream that begins before all that was captured has its hole in front', async t => {
  for (const batches of [
    [chunkBatch([{ offset: 0, payload: 'data' }], [{ payload: new StreamEnd(-3, '0x03', 9, 4, [], 0) }])],
    [
      chunkBatch([{ offset: 2, payload: 'ta' }]),
      chunkBatch([{ offset: 0, payload: 'da' }]),
      chunkBatch([]).derive({
        side: [
          new FlowLine(
            1,
            0,
            Buffer.from(
              JSON.stringify({
                pldLen: 9,
                pldBytes: 4,
                pldGaps: [gap(0, 1), gap(1, 2, 'snaplen'), gap(7, 2)],
              }),
            ),
          ),
        ],
        sideAt: [0],
      }),
    ],
  ]) {
    const folder = t.testdir()
    await sunk(batches, { folder })
    t.equal(text(folder, '1_A'), '\0\0\0data\0\0')
  }
})

t.test('zeros at the end of a body with a head stay', async t => {
  const folder = t.testdir()
  await sunk([chunkBatch([{ offset: 0, payload: '\0\0' }]), chunkBatch([{ offset: -1, payload: 'a' }])], {
    folder,
  })
  t.equal(text(folder, '1_A'), 'a\0\0')
})

t.test('tails of datagrams take no room', async t => {
  const gaps = [gap(0, 9, 'snaplen'), gap(3, 100, 'snaplen'), gap(5, 7, 'snaplen'), gap(5, 8, 'snaplen')]
  const chunks = [
    { offset: 0, payload: 'abc' },
    { offset: 3, payload: 'de' },
  ]
  const end = new StreamEnd(0, '0x03', 5, 5, gaps, 0)
  const mark = (length: number): string => `\n[gap of ${length} bytes: snaplen]\n`
  for (const [mode, expected] of Object.entries({
    zero: 'abcde',
    skip: 'abcde',
    marker: `${mark(9)}abc${mark(100)}de${mark(7)}${mark(8)}`,
  })) {
    const folder = t.testdir()
    await sunk([chunkBatch(chunks, [{ payload: end }])], { folder, gap: mode as 'zero' })
    t.equal(text(folder, '1_A'), expected, mode)
  }
})

t.test('flows without a record get their gaps at the end of the input', async t => {
  const record: GapRecord = {
    type: 'gap',
    captureId: 'x',
    flowInd: 1,
    dir: 'A',
    ...gap(1, 4, 'snaplen'),
  }
  const stranger: GapRecord = { ...record, flowInd: 2, dir: 'B' }
  const tail: GapRecord = { ...record, offset: 6, length: 3 }
  const chunks = [
    { offset: 0, payload: 'a' },
    { offset: 5, payload: 'b' },
  ]
  const line = (gap: object): RawLine => new RawLine(Buffer.from(JSON.stringify(gap)))
  for (const [what, side, text_] of [
    ['records', [record, stranger, tail], 'snaplen'],
    ['lines', [line(record), line({ type: 'gaps' }), line(tail)], 'snaplen'],
    ['nothing', [], undefined],
  ] as const) {
    const end = text_ === undefined ? '' : '\n[gap of 3 bytes: snaplen]\n'
    const reason = text_ === undefined ? '' : ': snaplen'
    for (const [mode, expected] of Object.entries({
      zero: 'a\0\0\0\0b',
      skip: 'ab',
      marker: `a\n[gap of 4 bytes${reason}]\nb${end}`,
    })) {
      const folder = t.testdir()
      const told = chunkBatch([]).derive({ side: [...side], sideAt: side.map(() => 0) })
      await sunk([chunkBatch(chunks), told], { folder, gap: mode as 'zero' })
      t.equal(text(folder, '1_A'), expected, `${mode}, ${what}`)
    }
  }
})

t.test('where a record tells of a part of what is missing, the rest has no reason', async t => {
  const folder = t.testdir()
  const end = new StreamEnd(0, '0x03', 12, 8, [gap(4, 2)], 0)
  await sunk([chunkBatch([{ offset: 8, payload: 'abcd' }], [{ payload: end }])], { folder, gap: 'marker' })
  const marks = ['4 bytes', '2 bytes: absent', '2 bytes'].map(what => `\n[gap of ${what}]\n`)
  t.equal(text(folder, '1_A'), `${marks.join('')}abcd`)
})

t.test('no captured byte goes, whatever a record says', async t => {
  const lies: Partial<Record<keyof FlowPayload, unknown>>[] = [
    { pldLen: 3, pldBytes: 1, pldGaps: [gap(0, 2)] },
    { pldLen: 3, pldBytes: 0, pldGaps: [gap(-7, 2 ** 53 - 1), null, {}, gap(1, -1), gap(0.5, 2)] },
    { pldLen: 8, pldBytes: 8, pldGaps: [gap(2, 2), gap(1, 3), { ...gap(0, 1), reason: '\n' }] },
  ]
  for (const lie of lies) {
    for (const mode of ['skip', 'marker'] as const) {
      const folder = t.testdir()
      const line = new FlowLine(1, 0, Buffer.from(JSON.stringify(lie)))
      const batch = chunkBatch([{ offset: 0, payload: 'abc' }]).derive({ side: [line], sideAt: [1] })
      const out = await sunk([batch], { folder, gap: mode })
      t.match(out.at(-1)!.side, [{ failedFiles: 0 }])
      t.equal(text(folder, '1_A').replace(/\n\[gap of \d+ bytes(: [a-z]+)?\]\n/g, ''), 'abc')
    }
  }
})

t.test('holes take no room', async t => {
  const folder = t.testdir()
  const far = 2 ** 26
  const probe = chunkBatch([{ offset: far, payload: 'z', flowInd: 9 }])
  await sunk([probe], { folder })
  if (statSync(join(folder, '9_A')).blocks * 512 > 2 ** 20) {
    t.pass('this file system knows no holes', { skip: true })
    return
  }
  const end = (length: number, start: number): StreamEnd => new StreamEnd(start, '0x03', length, 2, [], 0)
  await sunk(
    [
      chunkBatch([
        { offset: 0, payload: 'a' },
        { offset: far, payload: 'z' },
      ]),
      chunkBatch([], [{ payload: end(3 * far, -far) }]),
    ],
    { folder, index: true },
  )
  const { size, blocks } = statSync(join(folder, '1_A'))
  t.equal(size, 3 * far)
  t.ok(blocks * 512 < 2 ** 20, `in front, between and behind: ${blocks} blocks`)
  const lines = text(folder, '1_A.index').trim().split('\n')
  t.same(
    lines.map(line => JSON.parse(line)),
    [
      { offset: far, length: 1, pktNo: 1, time: '1000000.000000' },
      { offset: 2 * far, length: 1, pktNo: 2, time: '1000001.000000' },
    ],
  )
})

t.test('options that cannot be met', async t => {
  const folder = t.testdirName
  t.throws(() => new PayloadSink({ folder, gap: 'stars' as 'zero' }), {
    code: 'ERR_USAGE',
    message: 'gap has to be zero, skip, marker; not stars',
  })
  t.notOk(existsSync(folder))
})

/** Chunks that mostly follow each other, and else lie anywhere: over others, in front, behind a gap. */
const chunk = fc.record({
  dir: fc.nat(1),
  size: fc.integer({ min: 1, max: 30 }),
  jump: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: -60, max: 60 }) },
  ),
  samePacket: fc.boolean(),
})
type Chunk = typeof chunk extends fc.Arbitrary<infer T> ? T : never

interface Model {
  start: number
  bytes: Map<number, { byte: number; pktNo: number; time: string }>
  end: number
}

/** What chunks make of a stream, byte by byte; it begins `lead` bytes before the first and ends `tail` after the last. */
function model(chunks: TestChunk[], lead: number, tail: number): Model {
  const bytes: Model['bytes'] = new Map()
  for (const { offset, payload, pktNo, time } of chunks) {
    for (const [i, byte] of Buffer.from(payload!).entries()) {
      bytes.set(offset + i, {
        byte,
        pktNo: pktNo!,
        time: `${time![0]}.${String(time![1] / 1000).padStart(6, '0')}`,
      })
    }
  }
  const low = Math.min(...bytes.keys())
  return { start: Math.min(0, low - lead), bytes, end: Math.max(...bytes.keys()) + 1 + tail }
}

/** The gaps of a model, each cut in two where it is long, as for two reasons. */
function gapsOf({ start, bytes, end }: Model): Gap[] {
  const gaps: Gap[] = []
  for (let at = start; at < end; at++) {
    if (bytes.has(at)) continue
    const last = gaps.at(-1)
    if (last !== undefined && last.offset + last.length === at - start && last.length < 20) last.length++
    else gaps.push(gap(at - start, 1, gaps.length % 2 === 0 ? 'absent' : 'snaplen'))
  }
  return gaps
}

/** The file, and for each captured byte its place in it. */
function fileOf(stream: Model, gaps: Gap[], mode: string): { file: Buffer; places: Map<number, number> } {
  const file: number[] = []
  const places = new Map<number, number>()
  const texts = new Map(
    gaps.map(({ offset, length, reason }) => [offset, `\n[gap of ${length} bytes: ${reason}]\n`]),
  )
  for (let at = stream.start; at < stream.end; at++) {
    const known = stream.bytes.get(at)
    if (known !== undefined) {
      places.set(at - stream.start, file.length)
      file.push(known.byte)
    } else if (mode === 'zero') file.push(0)
    else if (mode === 'marker') file.push(...Buffer.from(texts.get(at - stream.start) ?? ''))
  }
  return { file: Buffer.from(file), places }
}

/** Whether the lines of an index say of every byte what the model says, in as few lines as can be. */
function indexDiffers(index: string, stream: Model, places: Map<number, number>): string | undefined {
  let lines = 0
  let before: { offset: number; pktNo: number; place: number } | undefined
  const expected: string[] = []
  let open: { offset: number; length: number; pktNo: number; time: string; place: number } | undefined
  const close = (): void => {
    if (open === undefined) return
    const moved = open.place === open.offset ? '' : `,"fileOffset":${open.place}`
    expected.push(
      `{"offset":${open.offset},"length":${open.length}${moved},"pktNo":${open.pktNo},"time":"${open.time}"}`,
    )
    lines++
  }
  for (const [offset, place] of places) {
    const { pktNo, time } = stream.bytes.get(offset + stream.start)!
    if (
      before !== undefined &&
      before.offset + 1 === offset &&
      before.pktNo === pktNo &&
      before.place + 1 === place
    )
      open!.length++
    else {
      close()
      open = { offset, length: 1, pktNo, time, place }
    }
    before = { offset, pktNo, place }
  }
  close()
  const text = `${expected.join('\n')}\n`
  return text === index ? undefined : `${lines} lines expected:\n${text}\ngot:\n${index}`
}

t.test('file, index and gaps are what a naive model says', async t => {
  const folder = t.testdir()
  const run = async (
    lists: Chunk[][],
    mode: 'zero' | 'skip' | 'marker',
    index: boolean,
    told: 'row' | 'line',
    lead: number,
    tail: number,
    names: 0 | 1,
  ): Promise<void> => {
    const edges = [0, 0]
    let fill = 0
    let packet = 0
    const streams: TestChunk[][] = [[], []]
    const batches = lists.map(list =>
      list.map(({ dir, size, jump, samePacket }) => {
        if (!samePacket) packet++
        const offset = edges[dir]! + jump
        edges[dir] = offset + size
        const payload = Buffer.alloc(size, 0).map(() => (fill = (fill + 1) % 256))
        const time = [1_000_000, packet * 1000] as [number, number]
        const one = { dir, offset, payload, pktNo: packet, time, srcPort: 1000 + dir }
        streams[dir]!.push(one)
        return one
      }),
    )
    const models = streams.map(list => (list.length === 0 ? undefined : model(list, lead, tail)))
    const last = chunkBatch([])
    const ends = models.flatMap((stream, dir) => {
      if (stream === undefined) return []
      const gaps = gapsOf(stream)
      return {
        dir,
        payload: new StreamEnd(stream.start, '0x03', stream.end - stream.start, stream.bytes.size, gaps, 0),
      }
    })
    const end =
      told === 'row'
        ? chunkBatch([], ends)
        : last.derive({
            side: ends.map(({ dir, payload }) => new FlowLine(1, dir, Buffer.from(JSON.stringify(payload)))),
            sideAt: ends.map(() => 0),
          })
    const out = await sunk([...batches.map(list => chunkBatch(list)), end], {
      folder,
      gap: mode,
      index,
      names,
      maxOpenFiles: 1,
      suffix: '.x',
    })
    const done = out.at(-2)!
    for (const [i, { dir, payload }] of ends.entries()) {
      const stream = models[dir]!
      const made = told === 'row' ? done.flowPayload[i]! : (done.side[i] as FlowLine).payload!
      const { file, places } = fileOf(stream, payload.pldGaps, mode)
      const found = readFileSync(join(folder, made.pldFile!))
      if (!found.equals(file))
        throw new Error(`${made.pldFile} differs: ${JSON.stringify(found.toString('latin1'))}`)
      if (made.pldLen !== stream.end - stream.start) throw new Error(`pldLen ${made.pldLen}`)
      if (!index) {
        if (made.pldIndex !== undefined) throw new Error('an index that nobody wanted')
        continue
      }
      if (made.pldIndex !== made.pldFile!.replace(/\.x$/, '.index.x')) throw new Error(`${made.pldIndex}`)
      const differs = indexDiffers(text(folder, made.pldIndex), stream, places)
      if (differs !== undefined) throw new Error(differs)
    }
  }
  const lists = fc.array(fc.array(chunk, { maxLength: 30 }), { minLength: 1, maxLength: 5 })
  const property = fc.asyncProperty(
    lists,
    fc.constantFrom('zero' as const, 'skip' as const, 'marker' as const),
    fc.boolean(),
    fc.constantFrom('row' as const, 'line' as const),
    fc.constantFrom(0, 0, 7),
    fc.constantFrom(0, 5),
    fc.constantFrom(0 as const, 1 as const),
    run,
  )
  await fc.assert(property, { numRuns: 300 })
  t.pass('300 runs')
})

t.test('the last stretch of a stream without a gap behind it needs no rewriting', async t => {
  const folder = t.testdir()
  const end = new StreamEnd(0, '0x03', 9, 3, [gap(3, 6)], 0)
  await sunk([chunkBatch([{ offset: 0, payload: 'abc' }], [{ payload: end }])], { folder, gap: 'skip' })
  t.equal(text(folder, '1_A'), 'abc')
  const { ino } = statSync(join(folder, '1_A'))
  t.ok(ino > 0)
  await sunk([chunkBatch([{ offset: 0, payload: 'abc' }], [{ payload: streamEnd(3) }])], {
    folder,
    gap: 'marker',
  })
  t.equal(text(folder, '1_A'), 'abc')
})
