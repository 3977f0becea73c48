import fc from 'fast-check'
import t from 'tap'
import { Pieces } from '../lib/payload/pieces.ts'

const put = fc.record({
  kind: fc.constantFrom('put', 'put', 'put', 'put', 'forget'),
  at: fc.nat(600),
  length: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 200 })),
})

t.test('pieces are what an array of bytes would hold', async t => {
  const property = fc.property(fc.array(put, { maxLength: 400 }), fc.nat(600), (puts, from) => {
    const pieces = new Pieces()
    const bytes = new Array<number | undefined>(900)
    puts.forEach(({ kind, at, length }, i) => {
      if (kind === 'put') {
        pieces.put(at, at + length, i, -i)
        bytes.fill(i, at, at + length)
      } else {
        pieces.forget(at)
        // what reaches beyond stays whole
        const reaches = bytes[at] !== undefined && bytes[at - 1] === bytes[at]
        let start = at
        if (reaches) while (bytes[start - 1] === bytes[at]) start--
        bytes.fill(undefined, 0, start)
      }
    })
    for (const [low, high] of [
      [0, 900],
      [from, from + 50],
    ] as const) {
      const count = pieces.find(low, high)
      const found = new Array<number | undefined>(900)
      let last = low
      for (let n = 0; n < 4 * count; n += 4) {
        const [start, end, x, y] = pieces.found.slice(n, n + 4) as [number, number, number, number]
        if (start < last || end <= start || end > high || y !== -x) return false
        found.fill(x, start, end)
        last = end
      }
      for (let at = low; at < high; at++) if (found[at] !== bytes[at]) return false
    }
    return true
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 2000 }))
})

t.test('very many pieces in any order are put in at once, and taken over by one', async t => {
  const count = 2 ** 17
  for (const order of [
    (i: number) => i,
    (i: number) => count - 1 - i,
    (i: number) => Math.imul(i, 0x9e37_79b1) & (count - 1),
  ]) {
    const pieces = new Pieces()
    const before = performance.now()
    for (let i = 0; i < count; i++) {
      const at = 2 * order(i)
      pieces.put(at, at + 1, at, 0)
    }
    const took = performance.now() - before
    t.ok(took < 10_000, `${Math.round(took)} ms`)
    t.equal(pieces.find(1000, 1010), 5)
    pieces.put(1001, 2 * count - 1001, -1, 0)
    t.equal(pieces.find(0, 2 * count), 501 + 1 + 500)
    pieces.forget(2 * count)
    t.equal(pieces.find(0, 2 * count), 0)
  }
})
