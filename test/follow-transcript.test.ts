import fc from 'fast-check'
import t from 'tap'
import { ByteHold, Shelf } from '../lib/follow/follow-hold.ts'
import { overlay } from '../lib/follow/follow-overlay.ts'
import { brief, type TestChunk, transcriptOf } from './support/follow-run.ts'

const read = (chunks: TestChunk[], apart = true): string[] => brief(transcriptOf(chunks, apart).pieces())

t.test('turns stay where they were', async t => {
  t.same(
    read([
      [0, 0, 'hello'],
      [1, 0, 'hi'],
      [0, 5, 'bye'],
    ]),
    ['A0:hello', 'B0:hi', 'A5:bye'],
  )
})

t.test('what came out of order stands where the hole before it was filled', async t => {
  const chunks: TestChunk[] = [
    [0, 0, 'ab'],
    [0, 4, 'ef'],
    [1, 0, 'not yet'],
    [0, 2, 'cd'],
    [1, 7, 'now'],
  ]
  t.same(read(chunks), ['A0:ab', 'B0:not yet', 'A2:cd', 'A4:ef', 'B7:now'])
})

t.test('a hole that nothing fills holds nothing up', async t => {
  const transcript = transcriptOf(
    [
      [0, 0, 'ab'],
      [0, 5, 'fg'],
      [1, 0, 'answer'],
      [0, 7, 'h'],
    ],
    true,
  )
  transcript.gap(0, -1, { offset: 2, length: 3, reason: 'absent' })
  t.same(brief(transcript.pieces()), ['A0:ab', 'A2[3 absent]', 'A5:fg', 'B0:answer', 'A7:h'])
})

t.test('a hole has the reasons that are told, and is there even if nobody tells', async t => {
  const transcript = transcriptOf(
    [
      [0, 0, 'ab'],
      [0, 9, 'j'],
    ],
    true,
  )
  transcript.gap(0, -1, { offset: 4, length: 2, reason: 'snaplen' })
  t.same(brief(transcript.pieces()), ['A0:ab', 'A2[2 unknown]', 'A4[2 snaplen]', 'A6[3 unknown]', 'A9:j'])
})

t.test('bytes that lie before the first that was seen come first, and offsets begin with them', async t => {
  t.same(
    read([
      [0, 0, 'cd'],
      [1, 0, 'x'],
      [0, -2, 'ab'],
    ]),
    ['B0:x', 'A0:ab', 'A2:cd'],
  )
})

t.test('what lacks at the end of a stream is told', async t => {
  const transcript = transcriptOf([[0, 0, 'ab']], true)
  transcript.end(0, -1, 6)
  transcript.gap(0, -1, { offset: 2, length: 4, reason: 'snaplen' })
  t.same(brief(transcript.pieces()), ['A0:ab', 'A2[4 snaplen]'])
})

t.test('the tail of a datagram stands behind it and takes no room', async t => {
  const starts = { starts: true }
  const chunks: TestChunk[] = [
    [0, 0, 'ab', starts],
    [1, 0, 'x', starts],
    [0, 2, 'cd', starts],
  ]
  const transcript = transcriptOf(chunks, false)
  for (const dir of [0, 1]) transcript.end(dir, -1, dir === 0 ? 4 : 1)
  transcript.gap(0, -1, { offset: 2, length: 7, reason: 'snaplen' })
  transcript.gap(0, -1, { offset: 4, length: 8, reason: 'snaplen' })
  const expected = ['A0:ab', 'A2[7 snaplen tail]', 'B0:x', 'A2:cd', 'A4[8 snaplen tail]']
  t.same(brief(transcript.pieces()), expected)
})

t.test('a conversation of gaps alone', async t => {
  const transcript = transcriptOf([])
  transcript.gap(1, -1, { offset: 0, length: 7, reason: 'snaplen' })
  t.same(brief(transcript.pieces()), ['B0[7 snaplen tail]'])
})

t.test('a later copy stands in the place of the earlier one, at the time of that', async t => {
  t.same(
    read([
      [0, 0, 'abcd'],
      [1, 0, 'x'],
      [0, 1, 'BC'],
      [0, 4, 'e'],
    ]),
    ['A0:a', 'B0:x', 'A1:BC', 'A3:d', 'A4:e'],
  )
})

t.test('chunks that SCTP held back stand at their packet', async t => {
  const chunks: TestChunk[] = [
    [0, 0, 'one', { stream: 1, pktNo: 1 }],
    [1, 0, 'answer', { pktNo: 3, stream: 0 }],
    [0, 0, 'two', { stream: 2, pktNo: 2 }],
  ]
  t.same(read(chunks), ['A0:one', 'A0:two', 'B0:answer'])
})

t.test('sequence numbers follow the parts of a chunk, past 2^32', async t => {
  const transcript = transcriptOf(
    [
      [0, 0, 'abcd', { seq: 2 ** 32 - 2 }],
      [0, 1, 'B', { seq: 2 ** 32 - 1 }],
    ],
    true,
  )
  t.same(
    Array.from(transcript.pieces(), ({ seq }) => seq),
    [2 ** 32 - 2, 2 ** 32 - 1, 0],
  )
})

t.test('overlay gives each byte to the last chunk that has it', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 })), { maxLength: 30 }),
      chunks => {
        const owner = new Map<number, number>()
        chunks.forEach(([at, length], i) => {
          for (let byte = at; byte < at + length; byte++) owner.set(byte, i)
        })
        const numbers = chunks.map((_, i) => i)
        const { chunk, from, to } = overlay(
          numbers,
          i => chunks[i]![0],
          i => chunks[i]![0] + chunks[i]![1],
        )
        let last = -1
        let count = 0
        for (let part = 0; part < chunk.length; part++) {
          if (from[part]! < last || to[part]! <= from[part]!) return false
          last = to[part]!
          for (let byte = from[part]!; byte < last; byte++, count++) {
            if (owner.get(byte) !== chunk[part]) return false
          }
        }
        return count === owner.size
      },
    ),
  )
})

t.test(
  'any order of segments gives each direction its stream, every byte once, whatever is held where',
  async () => {
    const said = (dir: number, at: number): string =>
      String.fromCharCode((at * 7 + dir * 101 + (at >> 8)) & 0xff)
    const piece = fc.record({
      dir: fc.constantFrom(0, 1),
      length: fc.integer({ min: 1, max: 40 }),
      at: fc.nat(),
    })
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.boolean(),
        fc.constantFrom(0, 700, 1e6),
        (parts, apart, memory) => {
          const ends: [number, number] = [0, 0]
          const chunks = parts.map(({ dir, length, at }) => {
            const offset = ends[dir as 0 | 1]
            ends[dir as 0 | 1] += length
            const text = Array.from({ length }, (_, i) => said(dir, offset + i)).join('')
            return { at, chunk: [dir, offset, text] as TestChunk }
          })
          const shuffled = chunks.toSorted((a, b) => a.at - b.at).map(({ chunk }) => chunk)
          const transcript = transcriptOf(shuffled, apart, memory)
          const next: [number, number] = [0, 0]
          for (const { dir, offset, bytes } of transcript.pieces()) {
            if (offset !== next[dir as 0 | 1]) return false
            for (const byte of bytes!) {
              if (said(dir, next[dir as 0 | 1]++).charCodeAt(0) !== byte) return false
            }
          }
          transcript.clear()
          return next[0] === ends[0] && next[1] === ends[1]
        },
      ),
    )
  },
)

t.test('what the memory has no room for goes to a file, and comes back', async t => {
  const hold = new ByteHold(1000)
  const shelves = [new Shelf(hold), new Shelf(hold)] as const
  const kept = Array.from({ length: 300 }, (_, i) => {
    const bytes = Buffer.alloc(1 + ((i * 977) % 3000), i)
    return { shelf: shelves[i % 2 === 0 ? 0 : 1], place: shelves[i % 2 === 0 ? 0 : 1].put(bytes), bytes }
  })
  const big = Buffer.alloc(400_000, 'x')
  kept.push({ shelf: shelves[0], place: shelves[0].put(big), bytes: big })
  t.ok(kept.some(({ place }) => place >= 0) && kept.some(({ place }) => place < 0))
  for (const { shelf, place, bytes } of kept) {
    if (!bytes.equals(shelf.get(place, bytes.length))) t.fail('other bytes came back')
  }
  for (const shelf of shelves) shelf.clear()
  const again = shelves[0].put(Buffer.from('again'))
  t.equal(Buffer.from(shelves[0].get(again, 5)).toString(), 'again')
  hold.close()
})

t.test('a temporary folder that is not there is told', async t => {
  const before = process.env.TMPDIR
  process.env.TMPDIR = '/nonexistent'
  t.teardown(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  })
  const shelf = new Shelf(new ByteHold(0))
  const place = shelf.put(Buffer.from('x'))
  t.throws(() => shelf.get(place, 1), { code: 'ERR_WRITE', message: /temporary file/ })
})
