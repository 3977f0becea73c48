import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Batch } from '../lib/batch.ts'
import { Dissection } from '../lib/decode/dissection.ts'
import { IPIP } from '../lib/decode/encapsulations.ts'
import { DecodeCore, type PacketDecoderOptions } from '../lib/decode/packet-decoder.ts'
import { PacketColumns } from '../lib/packet-columns.ts'
import { isNote, type PldRecord, type SummaryRecord } from '../lib/records.ts'
import { fragment, fragmentFrame, type Piece } from './support/build-fragments.ts'
import { ethernet, FIN, ipv4, ipv6, ipv6Ext, ipv6Frag, tcp, udp, vlan } from './support/build-packets.ts'
import { datagram, onEthernet4, onEthernet6, PORTS, V4, V6 } from './support/decode-cases.ts'
import { type Decoded, decoded, frameBatch, type TestFrame } from './support/decode-frames.ts'

/** Frames through the decode stage, `perBatch` at a time; times are seconds, one after the other unless given. */
function run(
  list: (Buffer | (TestFrame & { sec?: number }))[],
  perBatch = list.length,
  options: PacketDecoderOptions = {},
): { rows: Decoded[]; notes: string[]; summary: SummaryRecord } {
  const core = new DecodeCore(options)
  const rows: Decoded[] = []
  const notes: string[] = []
  let summary: SummaryRecord | undefined
  const look = ({ side, sideAt }: Batch, before: number): void =>
    side.forEach((item, i) => {
      const record = item as PldRecord
      if (isNote(record)) notes.push(`${record.code} ${record.pktNo} at ${before + sideAt[i]! + 1}`)
      else summary = record as SummaryRecord
    })
  for (let from = 0; from < list.length; from += perBatch) {
    const part = list
      .slice(from, from + perBatch)
      .map(frame => (Buffer.isBuffer(frame) ? { bytes: frame } : frame))
    const batch = frameBatch(part)
    part.forEach((frame, row) => {
      batch.frames.pktNo[row] = from + row + 1
      batch.frames.sec[row] = (frame as { sec?: number }).sec ?? 1000 + from + row
    })
    const result = core.decode(batch)
    look(result, from)
    rows.push(...decoded(result))
  }
  for (const batch of core.end()) look(batch, list.length)
  return { rows, notes, summary: summary! }
}

const whole = (rows: Decoded[]): string[] =>
  rows.map(({ payload }) => payload).filter(payload => payload !== '')

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length <= 1) return [[...list]]
  return list.flatMap((item, i) => permutations(list.toSpliced(i, 1)).map(rest => [item, ...rest]))
}

const TEXT = 'The quick brown fox jumps over the lazy dog, and back again.'
const KINDS = [
  ['UDP over IPv4', { ...V4, proto: 17 }, udp(PORTS, TEXT), 'eth:ipv4:udp'],
  ['TCP over IPv4', { ...V4, proto: 6 }, tcp({ ...PORTS, seq: 7 }, TEXT), 'eth:ipv4:tcp'],
  ['UDP over IPv6', { ...V6, proto: 17 }, udp(PORTS, TEXT), 'eth:ipv6:ipv6.fraghdr:udp'],
  ['TCP over IPv6', { ...V6, proto: 6 }, tcp({ ...PORTS, seq: 7 }, TEXT), 'eth:ipv6:ipv6.fraghdr:tcp'],
] as const

for (const [name, header, data, hdrDesc] of KINDS) {
  t.test(`${name}: four fragments in every order, batches cut everywhere`, async () => {
    const cuts = [0, 24, 40, 48, data.length]
    const pieces = cuts.slice(1).map((to, i): Piece => [cuts[i]!, to])
    for (const order of permutations(pieces)) {
      const frames = order.map(piece => fragmentFrame(header, data, piece))
      for (const perBatch of [1, 2, 3, 4]) {
        const { rows, notes, summary } = run(frames, perBatch)
        assert.deepEqual(whole(rows), [TEXT])
        assert.equal(rows[3]!.payload, TEXT, 'in the row of the packet that came last')
        assert.equal(rows[3]!.hdrDesc, hdrDesc)
        assert.match(rows[3]!.pktStat, /^0x0[48]0000100000/)
        assert.deepEqual(rows[3]!.ports, [PORTS.srcPort, PORTS.dstPort])
        if (header.proto === 6) assert.equal(rows[3]!.tcp[0], 7)
        const firstAt = order.findIndex(([from]) => from === 0)
        rows.slice(0, 3).forEach((row, index) => {
          assert.equal(row.l7Len, 0)
          assert.equal(row.l4Proto, header.proto)
          assert.deepEqual(row.ports, index < firstAt ? [0, 0] : [PORTS.srcPort, PORTS.dstPort])
          const bits = index === firstAt ? '0090' : index < firstAt ? '08d0' : '0890'
          assert.equal(row.pktStat.slice(6, 10), bits)
        })
        assert.deepEqual(notes, [])
        assert.equal(summary.reassembledBytes, data.length)
        assert.equal(summary.fragmentBytes, data.length)
      }
    }
  })
}

t.test('any datagram in any pieces, shuffled and repeated, comes out once and whole', async t => {
  const plan = fc.record({
    kind: fc.constantFrom(...KINDS.map(([, header]) => header)),
    length: fc.integer({ min: 1, max: 3000 }),
    cuts: fc.uniqueArray(fc.integer({ min: 1, max: 380 }), { maxLength: 8 }),
    perBatch: fc.integer({ min: 1, max: 12 }),
    again: fc.array(fc.nat(8), { maxLength: 3 }),
    order: fc.array(fc.nat(1000), { minLength: 12, maxLength: 12 }),
  })
  const property = fc.property(plan, ({ kind, length, cuts, perBatch, again, order }) => {
    const text = Array.from({ length }, (_, i) => String.fromCharCode(97 + ((i * 7 + (i >> 5)) % 26))).join(
      '',
    )
    const data = kind.proto === 6 ? tcp(PORTS, text) : udp(PORTS, text)
    const inner = cuts
      .map(unit => 8 * unit)
      .filter(at => at < data.length)
      .sort((a, b) => a - b)
    const ends = [...inner, data.length]
    const pieces = ends.map((end, i): Piece => [i === 0 ? 0 : ends[i - 1]!, end])
    if (pieces.length === 1) return
    const sent = pieces.map((piece, i) => ({ piece, at: order[i]! }))
    // copies come ahead of the last of all, as one that came behind would begin the datagram anew
    const last = sent.reduce((a, b) => (b.at >= a.at ? b : a))
    for (const which of again) {
      const piece = sent[which % pieces.length]!
      if (piece !== last) sent.push({ piece: piece.piece, at: piece.at })
    }
    sent.sort((a, b) => (a === last ? 1 : b === last ? -1 : a.at - b.at))
    const { rows, notes } = run(
      sent.map(({ piece }) => fragmentFrame(kind, data, piece)),
      perBatch,
    )
    assert.deepEqual(whole(rows), [text])
    assert.equal(rows.at(-1)!.payload, text)
    assert.deepEqual(notes, [])
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 300 }))
})

t.test('datagrams side by side do not meet', async t => {
  const texts = ['a', 'b', 'c', 'd', 'e'].map(letter => letter.repeat(40))
  const half = (text: string, h: object, piece: Piece, in_: (packet: Buffer) => Buffer): Buffer =>
    in_(fragment({ ...V4, proto: 17, ...h }, udp(PORTS, text), piece))
  const plain = (packet: Buffer): Buffer => ethernet({ type: 0x0800 }, packet)
  const tagged = (packet: Buffer): Buffer =>
    ethernet({ type: 0x8100 }, vlan({ vid: 7, type: 0x0800 }, packet))
  const priority = (packet: Buffer): Buffer =>
    ethernet({ type: 0x8100 }, vlan({ vid: 0, type: 0x0800 }, packet))
  const all = [
    [texts[0]!, {}, plain, priority],
    [texts[1]!, { id: 2 }, plain, plain],
    [texts[2]!, { src: '10.0.0.9' }, plain, plain],
    [texts[3]!, { proto: 136 }, plain, plain],
    [texts[4]!, {}, tagged, tagged],
  ] as const
  const { rows } = run([
    ...all.map(([text, h, in_]) => half(text, h, [0, 24], in_)),
    ...all.map(([text, h, , in_]) => half(text, h, [24, 48], in_)),
  ])
  t.same(whole(rows), texts)
})

t.test('an IPv6 datagram goes on with what its first fragment says', async t => {
  const inner = ipv6Ext('dstopts', 17, Buffer.alloc(6), udp(PORTS, TEXT))
  const piece = (from: number, to: number, next: number): Buffer =>
    onEthernet6(
      ipv6(
        { ...V6, next: 0 },
        ipv6Ext(
          'hopopts',
          44,
          Buffer.alloc(6),
          ipv6Frag({ next, offset: from / 8, more: to < inner.length }, inner.subarray(from, to)),
        ),
      ),
    )
  for (const first of [true, false]) {
    const frames = [piece(0, 32, 60), piece(32, inner.length, 99)]
    const { rows } = run(first ? frames : frames.reverse())
    t.equal(rows[1]!.payload, TEXT)
    t.equal(rows[1]!.l4Proto, 17)
    t.equal(rows[1]!.hdrDesc, 'eth:ipv6:ipv6.hopopts:ipv6.fraghdr:ipv6.dstopts:udp')
  }
  const { rows } = run([piece(0, 32, 60), piece(32, 64, 99)])
  t.equal(rows[1]!.l4Proto, 17, 'and so do fragments that do not complete it')
  t.same(rows[1]!.ports, [PORTS.srcPort, PORTS.dstPort])
})

t.test('a whole packet with a fragment header has nothing to do with fragments of its name', async t => {
  const atomic = onEthernet6(ipv6({ ...V6, next: 44 }, ipv6Frag({ next: 17 }, udp(PORTS, 'whole'))))
  const data = udp(PORTS, TEXT)
  const h = { ...V6, proto: 17 }
  const { rows } = run([fragmentFrame(h, data, [0, 32]), atomic, fragmentFrame(h, data, [32, data.length])])
  t.same(whole(rows), ['whole', TEXT])
})

t.test('the flags of a segment come with the whole of it', async t => {
  const data = tcp({ ...PORTS, seq: 100, flags: FIN | 0x10 }, TEXT)
  const h = { ...V4, proto: 6 }
  const { rows } = run([fragmentFrame(h, data, [0, 40]), fragmentFrame(h, data, [40, data.length])])
  t.same(
    rows.map(row => row.tcp[2]),
    [0, FIN | 0x10],
  )
  t.equal(rows[0]!.tcp[0], 100)
})

t.test('what stays incomplete is counted and told', async t => {
  const h = { ...V4, proto: 17 }
  const data = udp(PORTS, TEXT)
  const cut = fragmentFrame(h, data, [0, 32])
  const late = run([
    { bytes: fragmentFrame(h, data, [0, 32]), sec: 1 },
    { bytes: fragmentFrame(h, data, [32, data.length]), sec: 100 },
  ])
  t.same(whole(late.rows), [])
  t.same(late.notes, ['fragments-timed-out 1 at 2', 'fragments-unfinished 2 at 3'])
  t.match(late.summary, {
    timedOutDatagrams: 1,
    timedOutFragmentBytes: 32,
    unfinishedFragmentBytes: data.length - 32,
  })

  const snapped = run([
    { bytes: cut.subarray(0, cut.length - 2), wireLen: cut.length },
    fragmentFrame(h, data, [32, data.length]),
  ])
  t.same(whole(snapped.rows), [])
  t.same(
    snapped.rows.map(row => row.ports),
    [
      [3000, 4000],
      [3000, 4000],
    ],
    'ports are there all the same',
  )
  t.same(snapped.notes, ['fragment-cut 1 at 1'])
  t.match(snapped.summary, { cutFragmentBytes: 30, unfinishedDatagrams: 1 })

  const far = run([onEthernet4(ipv4({ ...V4, proto: 17, offset: 0x1fff }, 'ping of death'))])
  t.same(far.notes, ['fragment-refused 1 at 1'])
  t.match(far.rows[0], { pktStat: '0x0400087000004000', ports: [0, 0], payload: '' })

  const small = run([cut, fragmentFrame(h, data, [32, data.length])], 2, { fragMemory: 1000 })
  t.same(small.notes, ['fragments-evicted 1 at 1', 'fragments-evicted 2 at 2'])

  const optionsCut = onEthernet4(ipv4({ ...h, flags: 1, options: Buffer.alloc(12, 1) }, datagram)).subarray(
    0,
    40,
  )
  t.match(run([optionsCut]).rows[0], { pktStat: '0x0400881600004000', l4Proto: 17, ports: [0, 0] })
})

t.test('notes stand among the other records, each in front of its packet', async t => {
  const h = { ...V6, proto: 17 }
  const data = udp(PORTS, TEXT)
  const frames = [
    fragmentFrame(h, data, [0, 32]),
    fragmentFrame(h, data, [24, 48], true),
    fragmentFrame({ ...h, id: 2 }, data, [0, 30], true),
  ]
  const odd = { type: 'note', level: 'warning', code: 'odd', message: 'odd' } as const
  const batch = frameBatch(frames.map(bytes => ({ bytes }))).derive({
    captures: [{ captureId: 'c', file: 'f' } as never],
    side: [odd, odd, odd],
    sideAt: [0, 1, 3],
  })
  const { side, sideAt } = new DecodeCore().decode(batch)
  t.same(
    side.map((item, i) => [(item as { code: string }).code, sideAt[i]]),
    [
      ['odd', 0],
      ['odd', 1],
      ['fragment-overlap', 1],
      ['fragment-refused', 2],
      ['odd', 3],
    ],
  )
  t.match(side[2], { captureId: 'c', file: 'f', pktNo: 2, level: 'warning' })
})

t.test('fragments in packets around them', async t => {
  const d = new Dissection()
  const enclosed = (outer: number, ports: number, way: 'split' | 'enter'): number => {
    d.open(Buffer.alloc(8), new PacketColumns(1), 8)
    d.start(0, 0, 8, 8)
    t.equal(d.enclosure, 0)
    d.enterNetwork()
    t.equal(d.enclosure, 0, 'the first header is in none')
    d.packets.family[0] = 4
    d.packets.addr[0] = outer
    d.packets.srcPort[0] = ports
    if (way === 'split') d.split()
    else d.enterNetwork()
    return d.enclosure
  }
  const there = enclosed(1, 1, 'enter')
  t.not(there, 0)
  t.equal(enclosed(1, 2, 'enter'), there, 'ports of tunnels differ from packet to packet')
  t.equal(enclosed(1, 1, 'split'), there, 'the outer packet can have a row of its own')
  t.not(enclosed(2, 1, 'enter'), there)
  t.ok(d.opens(IPIP))
  d.fragment = true
  t.notOk(d.opens(IPIP), 'the first fragment of a tunnel is not opened')
})

t.test('fragments in fragments, and fragment headers without end', async t => {
  const text = 'deep'
  const inner = ipv6Frag({ next: 17, id: 5, offset: 0, more: true }, udp(PORTS, text).subarray(0, 8))
  const rest = ipv6Frag({ next: 17, id: 5, offset: 1 }, udp(PORTS, text).subarray(8))
  const send = (id: number, data: Buffer): Buffer[] => {
    const h = { ...V6, proto: 44, id }
    return [fragmentFrame(h, data, [0, 8]), fragmentFrame(h, data, [8, data.length])]
  }
  t.same(whole(run([...send(1, inner), ...send(2, rest)]).rows), [text])

  let bytes = udp(PORTS, text)
  for (let level = 0; level < 100; level++)
    bytes = ipv6Frag({ next: level === 0 ? 17 : 44, more: true, id: level }, bytes)
  const { rows } = run([onEthernet6(ipv6({ ...V6, next: 44 }, bytes))])
  t.equal(rows.length, 1)
  t.equal(rows[0]!.payload, '')
})
