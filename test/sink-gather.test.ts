import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import t from 'tap'
import type { Batch } from '../lib/batch.ts'
import { FilePool } from '../lib/sink/file-pool.ts'
import { FileTable } from '../lib/sink/file-table.ts'
import { PayloadSink } from '../lib/sink/payload-sink.ts'
import { chunkBatch, streamEnd, type TestChunk } from './support/chunk-batch.ts'

async function sunk(batches: Batch[], folder: string, maxOpenFiles: number): Promise<void> {
  await Readable.from(batches).pipe(new PayloadSink({ folder, maxOpenFiles })).toArray()
}

/** The file as the chunks, one after the other, make it. */
function model(chunks: TestChunk[]): Buffer {
  const low = Math.min(0, ...chunks.map(({ offset }) => offset))
  const file = Buffer.alloc(Math.max(...chunks.map(({ offset, payload }) => offset + payload!.length)) - low)
  for (const { offset, payload } of chunks) Buffer.from(payload!).copy(file, offset - low)
  return file
}

/** Chunks that mostly follow each other, so that runs are gathered, and else lie anywhere. */
const chunk = fc.record({
  flowInd: fc.integer({ min: 1, max: 3 }),
  dir: fc.nat(1),
  size: fc.oneof(fc.nat(4), fc.nat(120), fc.integer({ min: 500, max: 600 })),
  jump: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -300, max: 300 }) },
  ),
})

t.test('files are what their chunks make them, in whatever order and batches they come', async t => {
  const folder = t.testdir()
  type Chunk = typeof chunk extends fc.Arbitrary<infer T> ? T : never
  const run = async (lists: Chunk[][], maxOpen: number, endEarly: boolean): Promise<void> => {
    const edges = new Map<string, number>()
    let fill = 1
    const batches = lists.map(list =>
      list.map(({ flowInd, dir, size, jump }) => {
        const name = `${flowInd}_${'AB'[dir]}`
        const offset = (edges.get(name) ?? 0) + jump
        edges.set(name, offset + size)
        const payload = Buffer.alloc(size, 0).map(() => (fill = (fill % 255) + 1))
        return { flowInd, dir, offset, payload, time: [1_000_000, 0] as [number, number] }
      }),
    )
    const streams = new Map<string, TestChunk[]>()
    for (const one of batches.flat()) {
      if (one.payload.length === 0) continue
      const name = `${one.flowInd}_${'AB'[one.dir]}`
      streams.set(name, [...(streams.get(name) ?? []), one])
    }
    const ends = [...streams].map(([name, [first]]) => ({
      flowInd: first!.flowInd!,
      dir: first!.dir!,
      payload: streamEnd(model(streams.get(name)!).length),
    }))
    const last = batches.length - 1
    await sunk(
      batches.map((list, i) => chunkBatch(list, endEarly && i === last ? ends : [])),
      folder,
      maxOpen,
    )
    for (const [name, chunks] of streams) {
      const file = readFileSync(join(folder, name))
      if (!file.equals(model(chunks))) throw new Error(`${name} differs`)
      if (statSync(join(folder, name)).mtimeMs !== 1e9) throw new Error(`${name} has another time`)
    }
  }
  const lists = fc.array(fc.array(chunk, { maxLength: 40 }), { minLength: 1, maxLength: 5 })
  await fc.assert(fc.asyncProperty(lists, fc.integer({ min: 1, max: 7 }), fc.boolean(), run), {
    numRuns: 250,
  })
  t.pass('250 runs')
})

t.test('a stream that comes backwards is put in order, batch by batch', async t => {
  const folder = t.testdir()
  const total = 3 * 2 ** 19
  const whole = Buffer.alloc(total).map((_, i) => (i * 7) >> 3)
  const size = 1000
  const starts = Array.from({ length: Math.ceil(total / size) }, (_, i) => i * size).reverse()
  const chunks = starts.map(at => ({ offset: at - total, payload: whole.subarray(at, at + size) }))
  const batches: Batch[] = [chunkBatch([{ offset: 0, payload: 'end' }])]
  for (let i = 0; i < chunks.length; i += 100) batches.push(chunkBatch(chunks.slice(i, i + 100)))
  await sunk([...batches, chunkBatch([], [{ payload: streamEnd(total + 5, -total) }])], folder, 1)
  const file = readFileSync(join(folder, '1_A'))
  t.ok(file.equals(Buffer.concat([whole, Buffer.from('end\0\0')])))
})

t.test('holes take no room, in front of the stream neither', async t => {
  const folder = t.testdir()
  const far = 2 ** 26
  const batches = [[{ offset: far, payload: 'z' }], [{ offset: -far, payload: 'a' }]].map(list =>
    chunkBatch(list),
  )
  await sunk(batches, folder, 4)
  const { size, blocks } = statSync(join(folder, '1_A'))
  t.equal(size, 2 * far + 1)
  t.ok(blocks * 512 < 2 ** 20, `${blocks} blocks`)
  const file = readFileSync(join(folder, '1_A'))
  t.equal(file.at(0), 0x61)
  t.equal(file.at(-1), 0x7a)
})

t.test('more chunks and files in a batch than ever before', async t => {
  const folder = t.testdir()
  const batches = [10, 300, 1500].map((count, round) =>
    chunkBatch(
      Array.from({ length: count }, (_, i) => ({ flowInd: i + 1, offset: round, payload: `${round}` })),
    ),
  )
  await sunk(batches, folder, 8)
  for (const [name, text] of Object.entries({
    '10_A': '012',
    '300_A': '\0' + '12',
    '1500_A': '\0\0' + '2',
  })) {
    t.equal(readFileSync(join(folder, name), 'latin1'), text)
  }
})

t.test('pieces larger than what is gathered for one write', async t => {
  const folder = t.testdir()
  const pieces = [300_000, 10, 100_000, 200_000, 20].map((size, i) => Buffer.alloc(size, i + 65))
  let offset = 0
  // alternate directions, so that pieces do not lie side by side in the slab
  const chunks = pieces.flatMap(payload => {
    offset += payload.length
    return [0, 1].map(dir => ({ offset: offset - payload.length, payload, dir }))
  })
  await sunk([chunkBatch(chunks)], folder, 4)
  for (const name of ['1_A', '1_B']) t.ok(readFileSync(join(folder, name)).equals(Buffer.concat(pieces)))
})

t.test('the table of files finds what a map finds', async t => {
  const step = fc.tuple(
    fc.constantFrom('add', 'remove'),
    fc.oneof(fc.nat(40), fc.integer({ min: 2 ** 40, max: 2 ** 40 + 9 })),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const table = new FileTable()
      const map = new Map<number, number>()
      for (const [action, key] of steps) {
        if (action === 'add' && !map.has(key)) map.set(key, table.add(key))
        if (action === 'remove' && map.has(key)) {
          table.remove(map.get(key)!)
          map.delete(key)
        }
      }
      t.same([...table.slots()].map(slot => table.key[slot]).sort(), [...map.keys()].sort())
      for (const [key, slot] of map) t.equal(table.find(key), slot)
      t.equal(table.find(-1), -1)
      t.equal(table.count, map.size)
    }),
    { numRuns: 50 },
  )
  const table = new FileTable()
  const slots = Array.from({ length: 5000 }, (_, key) => table.add(key))
  for (const key of slots.keys()) if (key % 3 > 0) table.remove(slots[key]!)
  t.ok(slots.every((slot, key) => table.find(key) === (key % 3 > 0 ? -1 : slot)))
})

t.test('the pool knows which descriptor rested longest', async t => {
  const pool = new FilePool(3)
  const [a, b, c] = [10, 11, 12].map(fd => pool.add(fd, fd * 2)) as [number, number, number]
  t.equal(pool.oldest, 20)
  t.equal(pool.use(a), 10)
  t.equal(pool.use(a), 10)
  t.equal(pool.oldest, 22)
  t.equal(pool.drop(b), 11)
  t.equal(pool.oldest, 24)
  t.equal(pool.add(13, 26), b, 'its place is given out again')
  pool.drop(c)
  t.equal(pool.oldest, 20)
  t.same([pool.count, pool.peak], [2, 3])
})
