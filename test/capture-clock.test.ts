import fc from 'fast-check'
import t from 'tap'
import { Clock } from '../lib/capture/clock.ts'
import { epb, idb, pcap, pcapng, shb } from './support/build-capture.ts'
import { readChunks } from './support/capture-rows.ts'

const text = (words: string): Buffer => Buffer.from(words)

t.test('a fraction of a second or more is carried over, with one warning', async t => {
  const bytes = pcap([text('a'), text('b')])
  bytes.writeUInt32LE(2_500_000, 24 + 4)
  bytes.writeUInt32LE(1_000_000, 24 + 17 + 4)
  const { rows, notes } = await readChunks([bytes])
  t.strictSame(
    rows.map(row => row.time),
    [
      [1_000_002, 500_000_000],
      [1_000_002, 0],
    ],
  )
  t.match(notes, [{ level: 'warning', code: 'odd-time', pktNo: 1 }])
})

t.test('the clock gives what exact arithmetic gives, whatever its resolution', async t => {
  const property = fc.property(
    fc.integer({ min: 0, max: 255 }),
    fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }),
    fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 1, maxLength: 5 }),
    (resolution, offset, times) => {
      const clock = new Clock(resolution, offset)
      const rate = resolution & 0x80 ? 2n ** BigInt(resolution & 0x7f) : 10n ** BigInt(resolution)
      // times that share their upper half take another way than the first of them
      for (const ticks of times.flatMap(ticks => [ticks, ticks ^ 0xffff_ffffn])) {
        clock.read(Number(ticks >> 32n), Number(ticks & 0xffff_ffffn))
        const sec = ticks / rate + offset
        const outside = sec < 0n || sec > 999_999_999_999_999n
        const nsec = ((ticks % rate) * 1_000_000_000n) / rate
        if (clock.outside !== outside) return false
        if (BigInt(clock.sec) !== (outside ? 0n : sec) || BigInt(clock.nsec) !== (outside ? 0n : nsec))
          return false
      }
      return clock.digits === (rate > 1_000_000n ? 9 : 6)
    },
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 2000 }))
})

t.test('clocks finer than nanoseconds are cut, with one warning an interface', async t => {
  const fine = (index: number): Buffer =>
    epb({ bytes: text('a'), time: [5, 123_456_789] }, { tsresol: 12, index })
  const { rows, notes, all } = await readChunks([pcapng(shb(), idb({ tsresol: 12 }), fine(0), fine(1))])
  t.strictSame(
    rows.map(({ time, digits }) => [...time, digits]),
    [
      [5, 123_456_789, 9],
      [5, 123_456_789, 9],
    ],
  )
  t.match(notes, [{ level: 'warning', code: 'fine-clock', captureId: /^[0-9a-f]{12}$/ }])
  t.match(all[0], { type: 'capture' }, 'the capture comes before its notes')
})

t.test('times that no record can tell are 0, with one warning', async t => {
  const early = epb({ bytes: text('a') }, { ticks: 5n })
  const { rows, notes } = await readChunks([pcapng(shb(), idb({ tsoffset: -10n }), early, early)])
  t.strictSame(
    rows.map(row => row.time),
    [
      [0, 0],
      [0, 0],
    ],
  )
  t.match(notes, [{ code: 'odd-time' }])
})
