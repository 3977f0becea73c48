import t from 'tap'
import { OVERLAP_POLICIES, type OverlapPolicy } from '../lib/payload/overlap-policy.ts'
import type { SummaryRecord } from '../lib/records.ts'
import type { TestPacket } from './support/packet-batch.ts'
import { runPayload } from './support/payload-run.ts'

const SYN = 0x02

/** Start and end behind the hole at offset 0. */
type Span = readonly [start: number, end: number]
interface Byte {
  value: string
  span: Span
}

/** By policy: in which of the seven shapes the new segment wins, in the order of the published table. */
const TABLE: Record<OverlapPolicy, string> = {
  first: '-------',
  vista: '-------',
  last: 'NNNNNNN',
  overwrite: 'NNNNNNN',
  bsd: '---NN--',
  macos: '---NN--',
  irix: '---NN--',
  hpux10: '---NN--',
  windows: '---NN--',
  w2k3: '---NN--',
  linux: '--NNN--',
  'old-linux': '-NNNN--',
  solaris: '-NN-N-N',
  hpux11: '-NN-N-N',
}

/** Number of the row in the table: where `now` starts and ends, seen from `old`. */
function rowOf(old: Span, now: Span): number {
  const start = Math.sign(now[0] - old[0])
  const end = Math.sign(now[1] - old[1])
  if (start === 0) return 1 + end
  if (start < 0) return end < 0 ? 3 : 4
  return end > 0 ? 6 : 5
}

/** A receiver that thinks of every byte by itself. */
class Model {
  readonly #policy: OverlapPolicy
  readonly #bytes: (Byte | undefined)[] = []
  #delivered = 0
  /** Each byte that came again with another value: which one stayed. */
  readonly conflicts: { at: number; kept: string }[] = []

  constructor(policy: OverlapPolicy) {
    this.#policy = policy
  }

  take(span: Span, value: string): void {
    const bytes = this.#bytes
    // a byte alone right before the end is a keep-alive
    if (span[1] - span[0] === 1 && span[1] === bytes.length) return
    const taken: [number, Byte][] = []
    for (let at = span[0]; at < span[1]; at++) {
      const old = bytes[at]
      const now = { value: value[at - span[0]]!, span }
      const wins = old === undefined || this.#wins(old.span, span, at)
      if (wins) taken.push([at, now])
      if (old !== undefined && old.value !== now.value)
        this.conflicts.push({ at, kept: wins ? 'new' : 'old' })
    }
    for (const [at, now] of taken) bytes[at] = now
    while (bytes[this.#delivered] !== undefined) this.#delivered++
  }

  get text(): string {
    return Array.from(this.#bytes, byte => byte?.value ?? '.').join('')
  }

  #wins(old: Span, now: Span, at: number): boolean {
    if (at < this.#delivered) return this.#policy === 'overwrite'
    return TABLE[this.#policy][rowOf(old, now)] === 'N'
  }
}

function packetsOf(flowInd: number, segments: readonly [span: Span, value: string][]): TestPacket[] {
  return [
    { flowInd, tcpSeq: 999, tcpFlags: SYN },
    ...segments.map(([[start], payload]) => ({ flowInd, tcpSeq: 1000 + start, payload })),
  ]
}

function balanced(summary: SummaryRecord): boolean {
  const sum = (...names: string[]): number => names.reduce((all, name) => all + Number(summary[name]), 0)
  return summary.payloadBytes === sum('writtenBytes', 'duplicateBytes', 'overwrittenBytes', 'rejectedBytes')
}

const SPANS: Span[] = []
for (let start = 1; start < 7; start++) for (let end = start + 1; end <= 7; end++) SPANS.push([start, end])
const value = (sign: string, [start, end]: Span): string => sign.repeat(end - start)

t.test('all pairs and triplets of segments behind a hole, by every policy, as byte by byte', async t => {
  const sets: [Span, string][][] = []
  for (const a of SPANS) {
    for (const b of SPANS) {
      sets.push([a, b].map((span, i) => [span, value('ab'[i]!, span)]))
      for (const c of SPANS) {
        const three: [Span, string][] = [a, b, c].map((span, i) => [span, value('abc'[i]!, span)])
        // then the hole is filled, and after that all comes again
        sets.push([...three, [[0, 1], 'h'], [[0, 7], 'ddddddd']])
      }
    }
  }
  for (const overlap of OVERLAP_POLICIES) {
    for (const perBatch of overlap === 'linux' ? [16_384, 777] : [16_384]) {
      const got = runPayload(
        sets.flatMap((set, i) => packetsOf(i + 1, set)),
        { overlap },
        perBatch,
      )
      let wrong = 0
      let conflicts = 0
      sets.forEach((set, i) => {
        const model = new Model(overlap)
        for (const [span, text] of set) model.take(span, text)
        if (got.streams[`${i + 1}A`]!.text !== model.text) wrong++
        conflicts += model.conflicts.length
      })
      t.equal(wrong, 0, `${overlap}: ${wrong} of ${sets.length}`)
      t.equal(got.summary.conflictBytes, conflicts, `${overlap}: every byte that differs is counted`)
      t.ok(balanced(got.summary), `${overlap}: the counters add up`)
      t.equal(got.summary.uncomparedBytes, 0)
    }
  }
})

const [A5, A10] = ['AAAAA', 'AAAAAAAAAA']
const one = (count: number): string => '1'.repeat(count)
const two = (count: number): string => '2'.repeat(count)
/** Two segments behind a hole; what the stream is if the old copy stays, and if the new one does; row of the table. */
const PUBLISHED: [string, string, [number, string], [number, string], string, string, number][] = [
  ['s06', A10, [10, one(10)], [10, two(10)], one(10), two(10), 1],
  ['s07', A5, [10, one(10)], [5, two(10)], two(5) + one(10), two(10) + one(5), 3],
  ['s08', A10, [10, one(10)], [15, two(10)], one(10) + two(5), one(5) + two(10), 6],
  ['s09', A5, [10, one(5)], [5, two(15)], two(5) + one(5) + two(5), two(15), 4],
  ['s10', A10, [10, one(10)], [13, two(4)], one(10), one(3) + two(4) + one(3), 5],
]

t.test('s06–s10 by every policy', async t => {
  for (const [name, first, old, now, ifOld, ifNew, row] of PUBLISHED) {
    for (const overlap of OVERLAP_POLICIES) {
      const segments: [Span, string][] = [old, now, [0, first] as [number, string]].map(([at, text]) => [
        [at, at + text.length],
        text,
      ])
      const got = runPayload(packetsOf(1, segments), { overlap })
      const isNew = TABLE[overlap][row] === 'N'
      t.equal(got.streams['1A']!.text, first + (isNew ? ifNew : ifOld), `${name} ${overlap}`)
      const overlapping = Math.min(old[0] + old[1].length, now[0] + now[1].length) - Math.max(old[0], now[0])
      t.match(got.overlaps, [
        {
          pktNo: 3,
          firstPktNo: 2,
          offset: Math.max(old[0], now[0]),
          length: overlapping,
          kept: isNew ? 'new' : 'old',
          compared: true,
          old: Buffer.from(one(overlapping)).toString('base64'),
          new: Buffer.from(two(overlapping)).toString('base64'),
        },
      ])
    }
  }
})

t.test('s05: what was delivered stays under every policy but overwrite', async t => {
  for (const overlap of OVERLAP_POLICIES) {
    const segments: [Span, string][] = [
      [[0, 10], A10],
      [[0, 10], 'xxxxxxxxxx'],
      [[10, 15], 'BBBBB'],
    ]
    const got = runPayload(packetsOf(1, segments), { overlap })
    t.equal(got.streams['1A']!.text, `${overlap === 'overwrite' ? 'xxxxxxxxxx' : A10}BBBBB`, overlap)
    t.equal(got.overlaps[0]!.kept, overlap === 'overwrite' ? 'new' : 'old')
  }
})

t.test('bytes before the first one seen are delivered as they come', async t => {
  const packets = (['bbbb', 'aa', 'cc'] as const).map((payload, i) => ({
    flowInd: 1,
    tcpSeq: [1010, 1000, 1001][i]!,
    payload,
  }))
  for (const [overlap, text] of [
    ['last', 'aac.......bbbb'],
    ['overwrite', 'acc.......bbbb'],
  ] as const) {
    t.equal(runPayload(packets, { overlap }).streams['1A']!.text, text, overlap)
  }
})

t.test('maxBytes cuts what is given and leaves the shapes as they are', async t => {
  // the new segment ends beyond the old one, both behind the limit
  const segments: [Span, string][] = [
    [[5, 20], one(15)],
    [[5, 25], two(20)],
  ]
  const got = runPayload(packetsOf(1, segments), { overlap: 'linux', maxBytes: 10 })
  t.equal(got.streams['1A']!.text, `.....${two(5)}`)
  t.equal(
    runPayload(packetsOf(1, segments), { overlap: 'bsd', maxBytes: 10 }).streams['1A']!.text,
    `.....${one(5)}`,
  )
  t.match(got.summary, { beyondMaxBytes: 25, writtenBytes: 5, overwrittenBytes: 5 })
})

t.test('what the peer has acknowledged can no longer change, hole or not', async t => {
  const hello: TestPacket[] = [
    { flowInd: 1, tcpSeq: 999, tcpFlags: SYN },
    { flowInd: 1, tcpSeq: 1010, payload: A10 },
  ]
  const again: TestPacket = { flowInd: 1, tcpSeq: 1010, payload: 'xxxxxxxxxx' }
  const acks = (tcpAck: number): TestPacket => ({ flowInd: 1, dir: 1, tcpSeq: 5000, tcpAck })
  const hole = '.'.repeat(10)
  for (const overlap of ['last', 'solaris'] as const) {
    for (const [packets, text] of [
      [[...hello, again], `${hole}xxxxxxxxxx`],
      [[...hello, acks(1015), again], hole + A10],
      [[...hello, acks(1020), again], hole + A10],
      [[...hello, acks(5020), again], hole + A10],
    ] as const) {
      t.equal(runPayload([...packets], { overlap }).streams['1A']!.text, text, overlap)
    }
  }
})

t.test('nothing is queued for ever behind a hole that nobody speaks of', async t => {
  const step = 2 ** 20
  const packets: TestPacket[] = [{ flowInd: 1, tcpSeq: 999, tcpFlags: SYN }]
  for (let i = 1; i <= 20; i++) packets.push({ flowInd: 1, tcpSeq: 1000 + i * step, payload: 'aa' })
  packets.push(
    { flowInd: 1, tcpSeq: 1000 + 3 * step, payload: 'bb' },
    { flowInd: 1, tcpSeq: 1000 + 19 * step, payload: 'bb' },
  )
  const { overlaps } = runPayload(packets, { overlap: 'last' })
  t.strictSame(
    overlaps.map(({ offset, kept }) => [offset, kept]),
    [
      [3 * step, 'old'],
      [19 * step, 'new'],
    ],
  )
})

t.test('shapes count beyond 4 GiB, where numbers have wrapped', async t => {
  const step = 2 ** 24
  const segments: TestPacket[] = [{ flowInd: 1, tcpSeq: 999, tcpFlags: SYN }]
  for (let i = 0; i < 600; i++)
    segments.push({ flowInd: 1, tcpSeq: (1000 + i * step) >>> 0, payload: '', l7Len: step })
  const at = 600 * step
  for (const [from, payload] of [
    [10, '1111111111'],
    [5, '2222222222'],
    [15, '3333333333'],
  ] as const) {
    segments.push({ flowInd: 1, tcpSeq: (1000 + at + from) >>> 0, payload })
  }
  const { overlaps, streams, summary } = runPayload(segments, { overlap: 'bsd' })
  t.strictSame(
    overlaps.map(({ offset, length, kept }) => [offset - at, length, kept]),
    [
      [10, 5, 'new'],
      [15, 5, 'old'],
    ],
  )
  t.match(streams['1A']!.end, { pldLen: at + 25, pldBytes: 20 })
  t.match(summary, { overwrittenBytes: 5, duplicateBytes: 5 })
})
