import fc from 'fast-check'
import t from 'tap'
import { sctpData, sctpInit } from './support/build-packets.ts'
import type { TestPacket } from './support/packet-batch.ts'
import { runSctp, sctpPacket } from './support/sctp-run.ts'

/** A message: its stream, its bytes, and in how many chunks it is sent. */
const message = fc.record({
  stream: fc.integer({ min: 0, max: 3 }),
  size: fc.integer({ min: 1, max: 40 }),
  chunks: fc.integer({ min: 1, max: 4 }),
})

/** The chunks of some messages from TSN `first` on, each with bytes that occur nowhere else nearby. */
function chunksOf(messages: { stream: number; size: number; chunks: number }[], first: number): Buffer[] {
  const next = [0, 0, 0, 0]
  let tsn = first
  let letter = 0
  return messages.flatMap(({ stream, size, chunks }) => {
    const ssn = next[stream]!++
    const count = Math.min(chunks, size)
    return Array.from({ length: count }, (_, part) => {
      const flags = (part === 0 ? 2 : 0) | (part === count - 1 ? 1 : 0)
      const length = part === count - 1 ? size - part : 1
      const payload = Buffer.from(Array.from({ length }, () => 33 + (letter++ % 90)))
      return sctpData({ tsn: tsn++ >>> 0, stream, ssn, flags }, payload)
    })
  })
}

/** The chunks in packets of at most `most`. */
function packed(chunks: Buffer[], most: number): TestPacket[] {
  const packets: TestPacket[] = []
  for (let at = 0; at < chunks.length; at += most) packets.push(sctpPacket(chunks.slice(at, at + most)))
  return packets
}

t.test('any order and repetition of the packets of an association gives the same streams', async () => {
  const first = fc.oneof(
    fc.integer({ min: 0, max: 0xffff_ffff }),
    fc.integer({ min: 0xffff_ffe0, max: 0xffff_ffff }),
  )
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 16 }),
      first,
      fc.boolean(),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.nat(), { minLength: 80, maxLength: 80 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      fc.integer({ min: 1, max: 20 }),
      (messages, tsn, withInit, most, keys, again, perBatch) => {
        const sent = packed(chunksOf(messages, tsn), most)
        if (withInit) sent.unshift(sctpPacket(sctpInit({ tag: 7, tsn })))
        const wanted = runSctp(sent)
        const repeated = [...sent, ...again.map(index => sent[index % sent.length]!)]
        const shuffled = repeated
          .map((packet, index) => ({ packet, key: keys[index % keys.length]! + index / 1000 }))
          .sort((a, b) => a.key - b.key)
          .map(({ packet }) => packet)
        const got = runSctp(shuffled, { perBatch })
        const same = JSON.stringify(got.streams) === JSON.stringify(wanted.streams)
        const { pldOverlaps } = got.ends['1A']!
        return same && got.notes.length === 0 && (again.length > 0 || pldOverlaps === 0)
      },
    ),
    { numRuns: 300 },
  )
})

t.test('with chunks lost at random each stream is what is left of it, in order', async () => {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 16 }),
      fc.array(fc.boolean(), { minLength: 80, maxLength: 80 }),
      fc.integer({ min: 1, max: 20 }),
      (messages, lost, perBatch) => {
        const all = chunksOf(messages, 1000)
        const left = all.filter((_, index) => !lost[index % lost.length])
        const wanted: Record<string, string> = {}
        for (const chunk of left) {
          const name = `1A${chunk.readUInt16BE(8)}`
          wanted[name] = (wanted[name] ?? '') + chunk.toString('latin1', 16, chunk.readUInt16BE(2))
        }
        const got = runSctp([sctpPacket(sctpInit({ tag: 7, tsn: 1000 })), ...packed(left, 2)], { perBatch })
        const { tsnsMissing, ssnMismatches, fragmentMismatches } = got.summary
        const tail = all.length - 1 - all.lastIndexOf(left.at(-1)!)
        return (
          Object.entries(wanted).every(([name, text]) => got.streams[name] === text) &&
          (left.length === 0 || tsnsMissing === all.length - left.length - tail) &&
          ssnMismatches === 0 &&
          fragmentMismatches === 0
        )
      },
    ),
    { numRuns: 200 },
  )
})

t.test('hostile chunks: nothing is thrown, and every byte is counted once', async () => {
  const chunk = fc
    .tuple(
      fc.constantFrom(0, 64, 1, 2, 3, 10, 11, 130, 192, 194, 255),
      fc.nat(7),
      fc.option(fc.integer({ min: 0, max: 0xffff }), { nil: undefined, freq: 20 }),
      fc.uint8Array({ maxLength: 30 }),
      fc.integer({ min: -5, max: 5 }),
    )
    .map(([type, flags, length, rest, tsn]) => {
      const head = Buffer.from([type, flags, 0, 0, 0, 0, 0, 0, 0, rest.length & 1, 0, 0])
      head.writeUInt32BE(tsn >>> 0, 4)
      const bytes = Buffer.concat([head, rest])
      bytes.writeUInt16BE(length ?? bytes.length, 2)
      return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length & 3)) & 3)])
    })
  const packet = fc
    .tuple(fc.array(chunk, { maxLength: 4 }), fc.nat(1), fc.nat(8), fc.nat(40))
    .map(([chunks, dir, cut, missing]): TestPacket => {
      const all = Buffer.concat(chunks)
      const captured = cut === 0 ? Math.max(0, all.length - missing) : all.length
      return sctpPacket(all.subarray(0, captured), { dir, l7Len: all.length })
    })
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 20 }), fc.integer({ min: 1, max: 5 }), (packets, perBatch) => {
      const { summary, gaps, files, chunks } = runSctp(packets, { perBatch })
      const sum = (...names: string[]): number => names.reduce((all, name) => all + Number(summary[name]), 0)
      const written = chunks.reduce((all, { text }) => all + text.length, 0)
      const missing = gaps.reduce((all, { length }) => all + length, 0)
      return (
        sum('payloadBytes') === sum('writtenBytes', 'duplicateBytes', 'rejectedBytes', 'sctpHeaderBytes') &&
        sum('rejectedBytes') === sum('lateTsnBytes', 'badChunkBytes') &&
        written === summary.writtenBytes &&
        Object.values(files).reduce((all, { pldLen, pldBytes }) => all + pldLen - pldBytes, 0) === missing
      )
    }),
    { numRuns: 500 },
  )
})

const init = sctpPacket(sctpInit({ tag: 7, tsn: 0 }))
const data = (tsn: number, size: number, more: TestPacket = {}): TestPacket =>
  sctpPacket(sctpData({ tsn, ssn: tsn & 0xffff }, Buffer.alloc(size, 65 + (tsn % 26))), more)

t.test('behind a TSN that does not come, chunks wait up to a bound and are then given in order', async t => {
  const packets = [init, data(0, 1)]
  for (let tsn = 2; tsn < 100; tsn++) packets.push(data(tsn, 50_000))
  packets.push(data(1, 7))
  for (const perBatch of [1, 1000]) {
    const { streams, summary, notes, chunks } = runSctp(packets, { perBatch })
    t.equal(streams['1A0']!.length, 1 + 98 * 50_000)
    t.equal(
      [...streams['1A0']!].findIndex((letter, at) => at > 0 && letter < streams['1A0']![at - 1]!),
      1 + 24 * 50_000,
    )
    t.match(summary, { tsnsMissing: 1, sctpBoundReached: 1, lateTsnBytes: 7 })
    t.same(
      notes.map(({ code, pktNo }) => [code, pktNo]),
      [
        ['sctp-tsn-missing', 23],
        ['sctp-tsn-late', 101],
      ],
    )
    t.equal(chunks.filter(({ late }) => late).length, perBatch === 1 ? 20 : 0)
  }
})

t.test(
  'all associations together are bounded as well; the one that has waited longest gives way',
  async t => {
    const packets: TestPacket[] = []
    for (let flowInd = 1; flowInd <= 40; flowInd++) {
      packets.push({ ...init, flowInd })
      for (let tsn = 1; tsn <= 10; tsn++) packets.push(data(tsn, 50_000, { flowInd }))
    }
    const { summary, notes, chunks } = runSctp(packets, { perBatch: 5 })
    const most = Math.floor(2 ** 24 / 50_256)
    t.equal(summary.sctpBoundReached, Math.ceil((400 - most) / 10))
    t.same(
      notes.slice(0, 2).map(({ flowInd, pktNo }) => [flowInd, pktNo]),
      [
        [1, Math.floor(most / 10) * 11 + (most % 10) + 2],
        [2, Math.floor(most / 10) * 11 + (most % 10) + 13],
      ],
    )
    t.equal(chunks.length, 400)
  },
)

t.test('picked up in the middle, 64 chunks are waited for', async t => {
  const packets: TestPacket[] = []
  for (let tsn = 1000; tsn < 1100; tsn++) packets.push(data(tsn, 1))
  const { chunks } = runSctp(packets, { perBatch: 1 })
  t.equal(chunks.filter(({ late }) => late).length, 63)
  t.same(
    chunks.map(({ pktNo }) => pktNo),
    packets.map((_, index) => index + 1),
  )
})

t.test('of missing TSNs some are told one by one, and all are counted', async t => {
  const packets = [init]
  for (let tsn = 1; tsn < 200; tsn += 2) packets.push(data(tsn, 1))
  const { notes, summary } = runSctp(packets)
  t.equal(notes.length, 16)
  t.equal(summary.tsnsMissing, 100)
  t.equal(summary.ssnMismatches, 0)
})

t.test(
  'more ranges are given up than are remembered: what comes of the oldest counts as repeated',
  async t => {
    const packets = [init]
    for (let tsn = 1; tsn < 1000; tsn += 2) packets.push(data(tsn, 6000))
    packets.push(data(0, 5), data(640, 1), data(2, 3))
    const { summary } = runSctp(packets)
    t.match(summary, { duplicateBytes: 8, lateTsnBytes: 1 })
  },
)
