import fc from 'fast-check'
import t from 'tap'
import { Intervals } from '../lib/intervals.ts'

function gapsOf(set: Intervals, from: number, to: number): [number, number][] {
  const gaps: [number, number][] = []
  set.eachGap(from, to, (start, end) => gaps.push([start, end]))
  return gaps
}

/** Whether `value` is in none of the gaps of `[from, to)`. */
const covered = (gaps: [number, number][], value: number): boolean =>
  gaps.every(([start, end]) => value < start || value >= end)

t.test('touching ranges are one, and only what is new is told', async t => {
  const set = new Intervals()
  t.equal(set.insert(10, 20), 1)
  t.equal(set.insert(30, 40), 1)
  t.equal(set.overlaps, 0)
  t.equal(set.insert(20, 25), 1)
  t.equal(set.overlaps, 0, 'to touch is not to overlap')
  t.equal(set.insert(5, 50), 3)
  t.strictSame(set.fresh.slice(0, 6), [5, 10, 25, 30, 40, 50])
  t.equal(set.overlaps, 2)
  t.equal(set.insert(6, 49), 0)
  t.strictSame([set.size, set.total, set.first, set.last], [1, 45, 5, 50])
  t.strictSame(gapsOf(set, 0, 60), [
    [0, 5],
    [50, 60],
  ])
  t.strictSame(gapsOf(new Intervals(), 3, 4), [[3, 4]])
  t.strictSame(gapsOf(set, 10, 20), [])
})

t.test('a range that begins between two blocks and swallows several', async t => {
  const set = new Intervals()
  for (let i = 0; i < 400; i++) set.insert(4 * i, 4 * i + 1)
  for (let i = 0; i < 63; i++) {
    const start = 4 * i + 2
    t.equal(set.insert(start, start + 1), 1)
  }
  t.equal(set.insert(254, 1203), 238)
  t.equal(set.overlaps, 237)
  t.strictSame([set.size, set.total], [400 + 63 - 236, 1203 - 254 + 64 + 63 + 99])
  t.strictSame(gapsOf(set, 250, 1206), [
    [251, 252],
    [253, 254],
    [1203, 1204],
    [1205, 1206],
  ])
})

t.test('agrees with a set of integers', async t => {
  const range = fc.tuple(fc.integer({ min: -40, max: 600 }), fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 1, 2, 150))
  const property = fc.property(fc.array(range, { minLength: 100, maxLength: 500, size: 'max' }), ranges => {
    const set = new Intervals()
    const model = new Set<number>()
    for (const [start, length] of ranges) {
      const before = new Set(model)
      const pieces = set.insert(start, start + length)
      const fresh: number[] = []
      for (let i = 0; i < 2 * pieces; i += 2)
        for (let v = set.fresh[i]!; v < set.fresh[i + 1]!; v++) fresh.push(v)
      const expected: number[] = []
      for (let v = start; v < start + length; v++) {
        if (!before.has(v)) expected.push(v)
        model.add(v)
      }
      if (fresh.join() !== expected.join()) return false
    }
    const gaps = gapsOf(set, -50, 800)
    for (let v = -50; v < 800; v++) if (covered(gaps, v) !== model.has(v)) return false
    const part = gapsOf(set, 100, 200)
    for (let v = 100; v < 200; v++) if (covered(part, v) !== model.has(v)) return false
    return set.total === model.size
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 60 }))
})

const MILLION = 1_000_000
const ORDERS: Record<string, (insert: (at: number) => void) => void> = {
  'every second byte ascending': insert => {
    for (let i = 0; i < MILLION; i++) insert(2 * i)
  },
  'every second byte descending': insert => {
    for (let i = MILLION; i-- > 0; ) insert(2 * i)
  },
  'one byte at a time, descending': insert => {
    for (let i = MILLION; i-- > 0; ) insert(i)
  },
  'every second byte, then the holes': insert => {
    for (let i = 0; i < MILLION; i += 2) insert(i)
    for (let i = 1; i < MILLION; i += 2) insert(i)
  },
  'every second byte, then the holes from behind': insert => {
    for (let i = 0; i < MILLION; i += 2) insert(i)
    for (let i = MILLION - 1; i > 0; i -= 2) insert(i)
  },
  'far end first, then descending before it': insert => {
    for (let i = 0; i < 200; i++) insert(2 * i)
    for (let i = 0; i < 200; i++) insert(4 * MILLION + 2 * i)
    for (let i = MILLION; i-- > 200; ) insert(2 * i)
  },
  'scattered over the whole': insert => {
    for (let i = 0; i < MILLION; i++) insert(2 * ((i * 618_033) % MILLION))
  },
  'in strides that meet each other': insert => {
    for (let i = 0; i < 1000; i++) for (let k = 0; k < 1000; k++) insert(2 * (k * 1000 + i))
  },
}

t.test('a million ranges cost a bounded effort each, in whatever order', async t => {
  for (const [name, order] of Object.entries(ORDERS)) {
    const set = new Intervals()
    let count = 0
    order(at => {
      count++
      set.insert(at, at + 1)
    })
    t.equal(set.total, count, name)
    t.ok(set.moved / count < 1000, `${name}: ${Math.round(set.moved / count)} values moved an insertion`)
  }
})
