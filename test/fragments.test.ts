import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Fragment } from '../lib/decode/fragment.ts'
import {
  CONFLICTING,
  CONTRADICTING,
  FragmentBuffer,
  OVERLAPPING,
  PAGE_BYTES,
  PagePool,
  REPEATED,
  TAKEN,
} from '../lib/decode/fragment-buffer.ts'
import { COMPLETE, DROPPED, type FragmentOptions, FragmentTable, WAITING } from '../lib/decode/fragments.ts'

/** Bytes that tell their place. */
const byteAt = (at: number, salt = 0): number => (at * 31 + (at >> 8) + salt) & 0xff
const numbered = (length: number, salt = 0, from = 0): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => byteAt(from + i, salt)))

const contents = (buffer: FragmentBuffer): Buffer => {
  const bytes = Buffer.alloc(buffer.total)
  buffer.copyTo(bytes, 0)
  return bytes
}

t.test('a buffer takes pieces in any order', async t => {
  const data = numbered(5000)
  const buffer = new FragmentBuffer(new PagePool())
  const put = (from: number, to: number): number =>
    buffer.add(data, from, to, from, to === data.length, 'last')
  t.equal(put(4000, 5000), TAKEN)
  t.equal(buffer.total, 5000)
  t.equal(put(0, 2000), TAKEN)
  t.notOk(buffer.whole)
  t.equal(put(2000, 4000), TAKEN, 'across a page')
  t.ok(buffer.whole)
  t.ok(contents(buffer).equals(data))
})

t.test('what a buffer says of pieces that meet', async t => {
  const data = numbered(64)
  const other = numbered(64, 1)
  const holding = (pieces: [number, number][]): FragmentBuffer => {
    const buffer = new FragmentBuffer(new PagePool())
    for (const [from, to] of pieces) buffer.add(data, from, to, from, to === 64, 'last')
    return buffer
  }
  const verdict = (
    pieces: [number, number][],
    from: number,
    to: number,
    { isLast = to === 64, bytes = data } = {},
  ): number => holding(pieces).add(bytes, from, to, from, isLast, 'refuse')
  t.equal(verdict([[8, 24]], 8, 24), REPEATED)
  t.equal(verdict([[48, 64]], 48, 64), REPEATED)
  t.equal(verdict([[8, 24]], 8, 24, { bytes: other }), CONFLICTING)
  t.equal(verdict([[8, 24]], 8, 16), OVERLAPPING, 'a part')
  t.equal(verdict([[8, 24]], 16, 24), OVERLAPPING, 'another part')
  t.equal(
    verdict(
      [
        [8, 16],
        [16, 24],
      ],
      8,
      24,
    ),
    OVERLAPPING,
    'two in one',
  )
  t.equal(verdict([[8, 24]], 8, 24, { isLast: true }), OVERLAPPING, 'the same as the last')
  t.equal(verdict([[48, 64]], 48, 64, { isLast: false }), OVERLAPPING, 'the last as one of the middle')
  t.equal(verdict([[8, 24]], 24, 32), TAKEN)
  t.equal(verdict([[8, 24]], 0, 16, { isLast: true }), CONTRADICTING, 'an end below what is there')
  t.equal(verdict([[48, 64]], 56, 72, { isLast: false, bytes: numbered(72) }), CONTRADICTING)
  t.equal(verdict([[48, 64]], 48, 60, { isLast: true }), CONTRADICTING, 'two ends')
})

/** What `FragmentBuffer` should do, a byte at a time. */
function model(
  pieces: { from: number; to: number; salt: number }[],
  rule: 'last' | 'first',
): Map<number, number> {
  const bytes = new Map<number, number>()
  for (const { from, to, salt } of pieces) {
    for (let at = from; at < to; at++) {
      if (rule === 'last' || !bytes.has(at)) bytes.set(at, byteAt(at, salt))
    }
  }
  return bytes
}

for (const rule of ['last', 'first'] as const) {
  t.test(`overlaps of every shape: the ${rule} copy stands`, async t => {
    const spots = [0, 8, 16, 24, 32]
    const ranges = spots.flatMap(from => spots.filter(to => to > from).map(to => [from, to] as const))
    let tried = 0
    for (const [from1, to1] of ranges) {
      for (const [from2, to2] of ranges) {
        for (const [from3, to3] of ranges) {
          const pieces = [
            { from: from1, to: to1, salt: 1 },
            { from: from2, to: to2, salt: 2 },
            { from: from3, to: to3, salt: 3 },
            { from: 32, to: 37, salt: 4 },
          ]
          const expected = model(pieces, rule)
          const buffer = new FragmentBuffer(new PagePool())
          for (const { from, to, salt } of pieces)
            buffer.add(numbered(to - from, salt, from), 0, to - from, from, to === 37, rule)
          assert.equal(buffer.held, expected.size)
          assert.equal(buffer.whole, expected.size === 37)
          if (buffer.whole)
            assert.deepEqual(
              [...contents(buffer)],
              Array.from({ length: 37 }, (_, at) => expected.get(at)),
            )
          tried++
        }
      }
    }
    t.equal(tried, 1000)
  })

  t.test(`any pieces across pages, the ${rule} copy stands`, async t => {
    const piece = fc.record({ unit: fc.nat(600), units: fc.integer({ min: 1, max: 300 }), salt: fc.nat(3) })
    const property = fc.property(fc.array(piece, { maxLength: 12 }), list => {
      const length = 901 * 8 + 3
      const pieces = list.map(({ unit, units, salt }) => ({ from: 8 * unit, to: 8 * (unit + units), salt }))
      pieces.push({ from: 900 * 8, to: length, salt: 5 })
      const expected = model(pieces, rule)
      const buffer = new FragmentBuffer(new PagePool())
      for (const { from, to, salt } of pieces)
        buffer.add(numbered(to - from, salt, from), 0, to - from, from, to === length, rule)
      assert.equal(buffer.held, expected.size)
      buffer.add(numbered(900 * 8, 9), 0, 900 * 8, 0, false, 'first')
      assert.ok(buffer.whole)
      const bytes = contents(buffer)
      for (const [at, byte] of expected) assert.equal(bytes[at], byte)
    })
    t.doesNotThrow(() => fc.assert(property, { numRuns: 100 }))
  })
}

t.test('pages that were given back come empty', async t => {
  const pool = new PagePool()
  const first = new FragmentBuffer(pool)
  first.add(numbered(4096), 0, 4096, 0, false, 'last')
  t.equal(pool.taken, 2)
  first.clear()
  t.equal(pool.taken, 0)
  const second = new FragmentBuffer(pool)
  t.equal(second.add(numbered(4096, 7), 8, 4096, 8, true, 'refuse'), TAKEN)
  t.notOk(second.whole)
})

/** A table, and how to feed it; times are seconds. */
function table(options: FragmentOptions = {}) {
  const datagrams = new FragmentTable(options)
  let pktNo = 0
  const take = (fields: Partial<Fragment> & { length?: number }): number => {
    const { length = 8, ...rest } = fields
    const piece = Object.assign(
      new Fragment(),
      { key: 'a', limit: 65_515, isIPv6: false, pktNo: ++pktNo },
      rest,
    )
    if (fields.bytes === undefined) piece.bytes = numbered(length, 0, piece.offset)
    piece.to = fields.to ?? piece.bytes.length
    piece.wireTo = fields.wireTo ?? piece.to
    return datagrams.take(piece)
  }
  const notes = (): string[] => datagrams.log.fetch().notes.map(({ code, pktNo }) => `${code} ${pktNo ?? ''}`)
  return { datagrams, take, notes, tally: datagrams.log.tally }
}

/** Every captured byte is in one of the counters, once all datagrams are closed. */
function accounted({ datagrams, tally }: ReturnType<typeof table>): boolean {
  datagrams.close()
  const { fragmentBytes } = tally
  const parts = [
    tally.reassembledBytes,
    tally.repeatedFragmentBytes,
    tally.cutFragmentBytes,
    tally.refusedFragmentBytes,
    tally.discardedFragmentBytes,
    tally.timedOutFragmentBytes,
    tally.evictedFragmentBytes,
    tally.unfinishedFragmentBytes,
  ]
  return parts.reduce((sum, part) => sum + part) === fragmentBytes && datagrams.memory === 0
}

function fetch({ datagrams }: ReturnType<typeof table>): Buffer {
  const datagram = datagrams.datagram!
  const bytes = Buffer.alloc(datagram.buffer.total)
  datagrams.fetch(datagram, bytes, 0)
  return bytes
}

t.test('datagrams are told apart by their keys', async t => {
  const run = table()
  t.equal(run.take({ key: 'a' }), WAITING)
  t.equal(run.take({ key: 'b', offset: 8, isLast: true }), WAITING)
  t.equal(run.take({ key: 'a', offset: 8, isLast: true }), COMPLETE)
  t.ok(fetch(run).equals(numbered(16)))
  t.equal(run.datagrams.size, 1)
  t.ok(accounted(run))
  t.same(run.notes(), ['fragments-unfinished 2'])
  t.match(run.tally, { reassembledDatagrams: 1, unfinishedDatagrams: 1, unfinishedFragmentBytes: 8 })
})

t.test('a datagram has a time to become complete', async t => {
  const run = table()
  run.take({ key: 'a', sec: 1000, nsec: 5e8 })
  run.take({ key: 'b', sec: 1000, nsec: 5e8 })
  t.equal(run.take({ key: 'a', offset: 8, isLast: true, sec: 1060, nsec: 5e8 }), COMPLETE, 'the whole of it')
  fetch(run)
  t.equal(
    run.take({ key: 'b', offset: 8, isLast: true, sec: 1060, nsec: 500_000_001 }),
    WAITING,
    'and no more',
  )
  t.same(run.notes(), ['fragments-timed-out 2'])
  t.equal(run.take({ key: 'c', sec: 10 }), WAITING, 'a jump back is another capture')
  t.same(run.notes(), ['fragments-timed-out 4'])
  t.equal(run.take({ key: 'c', offset: 8, isLast: true, sec: 5 }), COMPLETE, 'a small one is not')
  fetch(run)
  t.ok(accounted(run))

  const patient = table({ fragTimeout: 0 })
  patient.take({ sec: 0 })
  t.equal(patient.take({ offset: 8, isLast: true, sec: 1e9 }), COMPLETE)

  const behind = table()
  behind.take({ key: 'young', sec: 100 })
  behind.take({ key: 'old', sec: 41 })
  t.equal(behind.take({ key: 'old', offset: 8, isLast: true, sec: 102 }), WAITING, 'behind a younger one')
  t.same(behind.notes(), ['fragments-timed-out 2'])
})

t.test('fragments that none can be are refused', async t => {
  const run = table()
  t.equal(run.take({ length: 0, bytes: Buffer.alloc(0) }), DROPPED)
  t.equal(run.datagrams.size, 0)
  t.equal(run.take({ offset: 65_512, length: 4, isLast: true }), DROPPED, 'a datagram beyond its limit')
  t.ok(run.datagrams.error)
  t.equal(run.take({ offset: 65_504, length: 11, isLast: true, key: 'long' }), WAITING, 'one at its limit')
  t.equal(run.take({ isIPv6: true, length: 12, key: '6' }), DROPPED, 'an odd length in IPv6')
  t.equal(run.take({ length: 12, key: '4' }), WAITING, 'in IPv4 what can have a place')
  t.equal(run.take({ offset: 8, length: 12, isLast: true, key: '4' }), COMPLETE)
  t.ok(fetch(run).equals(numbered(20)))
  t.ok(accounted(run))
  t.equal(run.tally.refusedFragmentBytes, 4 + 12 + 4)
})

t.test('fragments that contradict each other', async t => {
  const four = table()
  four.take({ length: 32 })
  t.equal(four.take({ offset: 8, isLast: true }), WAITING, 'in IPv4 they begin another datagram')
  t.ok(four.datagrams.error)
  t.equal(four.take({ length: 8 }), COMPLETE)
  t.ok(fetch(four).equals(numbered(16)))
  t.same(four.notes(), ['fragment-contradiction 2'])
  t.ok(accounted(four))
  t.match(four.tally, { discardedDatagrams: 1, discardedFragmentBytes: 32 })

  const six = table()
  six.take({ isIPv6: true, length: 16 })
  t.equal(six.take({ isIPv6: true, length: 16 }), WAITING, 'an exact copy is let pass')
  t.notOk(six.datagrams.error)
  t.equal(six.take({ isIPv6: true, offset: 8, length: 16, isLast: true }), DROPPED, 'RFC 5722')
  t.equal(six.take({ isIPv6: true, length: 16 }), DROPPED, 'and all that comes')
  t.equal(six.take({ isIPv6: true, offset: 16, isLast: true }), DROPPED)
  t.same(six.notes(), ['fragment-overlap 3'])
  t.equal(six.take({ isIPv6: true, sec: 61 }), WAITING, 'until its time is over')
  t.equal(six.take({ isIPv6: true, offset: 8, isLast: true, sec: 61 }), COMPLETE)
  fetch(six)
  t.ok(accounted(six))
})

for (const fragOverlap of ['last', 'first'] as const) {
  t.test(`overlapping IPv4 fragments: ${fragOverlap}`, async t => {
    const run = table({ fragOverlap })
    run.take({ bytes: Buffer.alloc(16, 'a') })
    run.take({ bytes: Buffer.alloc(16, 'b'), offset: 8 })
    t.ok(run.datagrams.error)
    t.equal(run.take({ bytes: Buffer.alloc(4, 'c'), offset: 24, isLast: true }), COMPLETE)
    const expected = fragOverlap === 'last' ? 'aaaaaaaabbbbbbbbbbbbbbbbcccc' : 'aaaaaaaaaaaaaaaabbbbbbbbcccc'
    t.equal(fetch(run).toString(), expected)
    t.same(run.notes(), ['fragment-conflict 2'])
    t.ok(accounted(run))
    t.equal(run.tally.repeatedFragmentBytes, 8)
  })
}

t.test('a fragment captured in part waits for a copy', async t => {
  const run = table()
  run.take({ length: 8, to: 5, wireTo: 8 })
  run.take({ offset: 8, length: 8, to: 2, wireTo: 8, isLast: true })
  t.same(run.notes(), ['fragment-cut 1'], 'one note a datagram')
  t.equal(run.take({ offset: 8, isLast: true }), WAITING)
  t.equal(run.take({}), COMPLETE)
  t.ok(fetch(run).equals(numbered(16)))
  t.ok(accounted(run))
  t.equal(run.tally.cutFragmentBytes, 7)
})

t.test('memory is bounded, and the oldest makes room', async t => {
  const fragMemory = 100_000
  const run = table({ fragMemory })
  let most = 0
  for (let i = 0; i < 20_000; i++) {
    // far apart, so that each takes a page of its own
    run.take({ key: `k${i}`, offset: 8 * ((i * 509) % 8000), length: 8 })
    most = Math.max(most, run.datagrams.memory)
  }
  t.ok(most <= fragMemory + PAGE_BYTES + 1024, `${most} bytes`)
  t.ok(run.datagrams.size > 20)
  t.equal(run.take({ key: 'k19999', offset: 0, length: 8 }), WAITING)
  t.equal(run.notes().length, 100, 'a flood of notes is a drop')
  const kept = run.datagrams.size
  t.ok(accounted(run))
  t.equal(run.tally.evictedDatagrams + run.tally.unfinishedDatagrams, 20_000)
  t.equal(run.tally.unfinishedDatagrams, kept)
  t.ok(
    run.notes().some(note => note === 'fragments-evicted '),
    'what was left out is counted',
  )

  const none = table({ fragMemory: 0 })
  t.equal(none.take({}), WAITING)
  t.equal(none.datagrams.size, 0)
  t.ok(accounted(none))
})

t.test('tombstones are forgotten for want of room as well', async t => {
  const run = table({ fragMemory: 50_000 })
  for (let i = 0; i < 1000; i++) {
    run.take({ key: `k${i}`, isIPv6: true, length: 16 })
    run.take({ key: `k${i}`, isIPv6: true, length: 8 })
  }
  t.ok(run.datagrams.size <= 50)
  t.ok(accounted(run))
  t.equal(run.tally.discardedDatagrams, 1000)
  t.equal(run.tally.evictedDatagrams, 0)
})

/** Counts every byte that is read of or written to the pages, through the pool that hands them out. */
class CountingPool extends PagePool {
  work = 0
  override take(): Uint8Array {
    const page = super.take()
    const count = (amount: number): void => {
      this.work += amount
    }
    return new Proxy(page, {
      get(target, name) {
        if (typeof name === 'string' && /^\d+$/.test(name)) count(1)
        const value = Reflect.get(target, name) as unknown
        if (name === 'set') {
          return (bytes: Uint8Array, at: number): void => {
            count(bytes.length)
            target.set(bytes, at)
          }
        }
        if (name === 'fill') {
          return (mark: number, from: number, to: number): void => {
            count(to - from)
            target.fill(mark, from, to)
          }
        }
        return value
      },
      set(target, name, value) {
        count(1)
        return Reflect.set(target, name, value)
      },
    })
  }
}

t.test('storms cost work by their bytes, whatever is there already', async t => {
  const storms: [name: string, piece: (i: number) => [from: number, to: number]][] = [
    ['of the smallest fragments, in order', i => [8 * (i % 8000), 8 * (i % 8000) + 8]],
    ['backwards', i => [8 * (7999 - (i % 8000)), 8 * (7999 - (i % 8000)) + 8]],
    ['with a hole between any two', i => [16 * (i % 4000), 16 * (i % 4000) + 8]],
    ['at random', i => [8 * ((i * 7919) % 8000), 8 * ((i * 7919) % 8000) + 8]],
    ['of large ones over each other', i => [8 * (i % 50), 8 * (i % 50) + 1480]],
  ]
  const data = numbered(65_536)
  for (const [name, piece] of storms) {
    for (const rule of ['last', 'first', 'refuse'] as const) {
      const pool = new CountingPool()
      const buffer = new FragmentBuffer(pool)
      let bytes = 0
      const count = name.startsWith('of large') ? 400 : 16_000
      for (let i = 0; i < count; i++) {
        const [from, to] = piece(i)
        buffer.add(data, from, to, from, false, rule)
        bytes += to - from
      }
      t.ok(pool.work <= 4 * bytes, `${name}, ${rule}: ${pool.work} for ${bytes} bytes`)
    }
  }
})

t.test('options have to make sense', async t => {
  t.throws(() => new FragmentTable({ fragOverlap: 'none' as 'last' }), { code: 'ERR_USAGE' })
  t.throws(() => new FragmentTable({ fragTimeout: -1 }), { code: 'ERR_USAGE' })
  t.throws(() => new FragmentTable({ fragMemory: Number.NaN }), { code: 'ERR_USAGE' })
})
