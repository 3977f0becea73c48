import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { ENCAPSULATIONS } from '../lib/decode/encapsulations.ts'
import { DecodeCore } from '../lib/decode/packet-decoder.ts'
import { HI_HEADER_OVERRUN, HI_STOPPED } from '../lib/status-bits.ts'
import { ethernet, ipv4, ipv6, ipv6Ext, tcp, vlan } from './support/build-packets.ts'
import * as build from './support/build-tunnels.ts'
import { type Decoded, decoded, frameBatch, type TestFrame } from './support/decode-frames.ts'

const OUT4 = { src: '192.168.0.1', dst: '192.168.0.2' }
const OUT6 = { src: '2001:db8:f::1', dst: '2001:db8:f::2' }

/** What a wrap takes and gives: an ethertype and what follows it. */
interface Piece {
  type: number
  bytes: Buffer
}

const ip = (proto: number, payload: Buffer, six: boolean): Piece =>
  six
    ? { type: 0x86dd, bytes: ipv6({ ...OUT6, next: proto }, payload) }
    : { type: 0x0800, bytes: ipv4({ ...OUT4, proto }, payload) }
const framed = ({ type, bytes }: Piece): Buffer => ethernet({ type }, bytes)
const isIp = ({ type }: Piece): boolean => type === 0x0800 || type === 0x86dd
/** A wrap that takes IP alone is given a frame in a bridge's tunnel instead of one. */
const asIp = (piece: Piece): Piece =>
  isIp(piece) ? piece : ip(47, build.gre({ protocol: 0x6558 }, framed(piece)), false)
const pppOf = (piece: Piece): Buffer => {
  const inner = asIp(piece)
  return build.ppp({ protocol: inner.type === 0x0800 ? 0x21 : 0x57, framed: false }, inner.bytes)
}

/** Every encapsulation; the first word is the name under which it is opened. */
const WRAPS: Record<string, (piece: Piece, six: boolean) => Piece> = {
  mpls: piece => ({ type: 0x8847, bytes: build.mpls([70, 71], asIp(piece).bytes) }),
  'mpls ethernet': piece => ({
    type: 0x8847,
    bytes: build.mpls([70], Buffer.concat([Buffer.alloc(4), framed(piece)])),
  }),
  'mpls in ip': (piece, six) => ip(137, build.mpls([70], asIp(piece).bytes), six),
  'ppp over ethernet': piece => ({ type: 0x8864, bytes: build.pppoe({}, pppOf(piece)) }),
  gre: (piece, six) => ip(47, build.gre({ protocol: piece.type, key: 1, checksum: true }, piece.bytes), six),
  'gre ethernet': (piece, six) => ip(47, build.gre({ protocol: 0x6558 }, framed(piece)), six),
  'gre ppp': (piece, six) => ip(47, build.enhancedGre({ sequence: 4 }, pppOf(piece)), six),
  'gre erspan1': (piece, six) => ip(47, build.gre({ protocol: 0x88be }, framed(piece)), six),
  'gre erspan3': (piece, six) =>
    ip(
      47,
      build.gre({ protocol: 0x22eb, sequence: 1 }, build.erspan3({ subheader: true }, framed(piece))),
      six,
    ),
  'wccp in gre': (piece, six) =>
    ip(47, build.gre({ protocol: 0x883e }, Buffer.concat([Buffer.alloc(4), asIp(piece).bytes])), six),
  ipip: (piece, six) => {
    const inner = asIp(piece)
    return ip(inner.type === 0x0800 ? 4 : 41, inner.bytes, six)
  },
  etherip: (piece, six) => ip(97, build.etherIp(framed(piece)), six),
  pim: (piece, six) => ip(103, build.pim(1, asIp(piece).bytes), six),
  nsh: piece => ({ type: 0x894f, bytes: build.nsh({ next: 3, words: 3 }, framed(piece)) }),
  vntag: piece => ({ type: 0x8926, bytes: build.vnTag(piece.type, piece.bytes) }),
  'vntag of 802.1BR': piece => ({ type: 0x893f, bytes: build.eTag(piece.type, piece.bytes) }),
  pbb: piece => ({ type: 0x88e7, bytes: build.backbone(framed(piece)) }),
  ah: (piece, six) => {
    const inner = asIp(piece)
    return ip(51, ipv6Ext('ah', inner.type === 0x0800 ? 4 : 41, Buffer.alloc(0), inner.bytes), six)
  },
  vlan: piece => ({ type: 0x8100, bytes: vlan({ vid: 9, type: piece.type }, piece.bytes) }),
}

function decodeWith(decap: string[] | undefined, list: TestFrame[], filler?: number): Decoded[] {
  return decoded(new DecodeCore(decap === undefined ? {} : { decap }).decode(frameBatch(list, filler)))
}

const packet: Piece = {
  type: 0x0800,
  bytes: ipv4(
    { src: '10.0.0.1', dst: '10.0.0.2', proto: 6 },
    tcp({ srcPort: 3000, dstPort: 4000, seq: 77 }, 'payload'),
  ),
}
const inside = {
  src: '0a000001',
  dst: '0a000002',
  l4Proto: 6,
  ports: [3000, 4000],
  payload: 'payload',
  l7Len: 7,
}
const wraps = Object.entries(WRAPS)
const nested = (path: readonly number[], six = false): Buffer =>
  framed(path.reduceRight((piece, at) => wraps[at]![1](piece, six), packet))

t.test('any nesting gives the packet inside', async t => {
  const depths = fc.array(fc.nat(wraps.length - 1), { minLength: 1, maxLength: 3 })
  const property = fc.property(depths, fc.boolean(), (path, six) => {
    const [row] = decodeWith(undefined, [{ bytes: nested(path, six) }])
    const got = Object.fromEntries(Object.keys(inside).map(key => [key, row![key as keyof Decoded]]))
    assert.deepEqual(got, inside, `${path.map(at => wraps[at]![0])}: ${row!.hdrDesc}`)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 3000 }))
})

t.test('cut after any byte, a wrapped packet is decoded from its own bytes alone', async t => {
  for (const [at, [name]] of wraps.entries()) {
    const bytes = nested([at, 4])
    const cuts = Array.from({ length: bytes.length + 1 }, (_, length) => ({
      bytes: bytes.subarray(0, length),
      wireLen: bytes.length,
    }))
    const rows = decodeWith(undefined, cuts, 0x00)
    t.same(rows, decodeWith(undefined, cuts, 0xff), `${name}: bytes behind it do not matter`)
    t.same(
      rows.filter(({ payAt, payload }, length) => payAt + payload.length > length),
      [],
      'payload lies in the frame',
    )
  }
})

t.test('any damage decodes to something inside the frame', async t => {
  const damaged = fc
    .tuple(
      fc.array(fc.nat(wraps.length - 1), { minLength: 1, maxLength: 3 }),
      fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }),
      fc.nat(250),
    )
    .map(([path, changes, length]) => {
      const bytes = nested(path)
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
      return { bytes: bytes.subarray(0, length), wireLen: bytes.length }
    })
  const property = fc.property(damaged, frame => {
    const [row] = decodeWith(undefined, [frame], 0x00)
    assert.ok(row!.payAt + row!.payload.length <= frame.bytes.length)
    assert.ok(row!.payload.length <= row!.l7Len)
    assert.deepEqual([row], decodeWith(undefined, [frame], 0xff))
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 3000 }))
})

t.test('what is not opened is payload of what is around it', async t => {
  const needs: Record<string, string[]> = {
    'gre ppp': ['gre', 'ppp'],
    'wccp in gre': ['wccp', 'gre'],
    ah: ['ah', 'ipip'],
  }
  for (const [at, [name]] of wraps.entries()) {
    if (name === 'vlan') continue
    const own = needs[name] ?? [name.split(' ')[0]!]
    const bytes = nested([at])
    for (const decap of [['none'], ...own.map(closed => ENCAPSULATIONS.filter(other => other !== closed))]) {
      const [row] = decodeWith(decap, [{ bytes }])
      t.not(row!.src, inside.src, `${name} stays closed`)
      t.equal(bytes.toString('latin1', row!.payAt), row!.payload, 'and nothing of it is lost')
    }
    t.match(decodeWith(own, [{ bytes }])[0], inside, `${own} alone is enough for ${name}`)
  }
  t.match(decodeWith(['none'], [{ bytes: nested([0]) }])[0], {
    hdrDesc: 'eth:mpls',
    ethType: 0x8847,
    payAt: 14,
  })
  t.match(decodeWith(['none'], [{ bytes: nested([10]) }])[0], {
    hdrDesc: 'eth:ipv4:ipv4',
    l4Proto: 4,
    payAt: 34,
  })
})

t.test('nesting ends where no network would', async t => {
  const deep = (count: number, wrap: (piece: Piece, six: boolean) => Piece): Decoded => {
    let piece = packet
    for (let level = 0; level < count; level++) piece = wrap(piece, false)
    return decodeWith(undefined, [{ bytes: framed(piece) }])[0]!
  }
  for (const name of [
    'ipip',
    'gre',
    'mpls ethernet',
    'nsh',
    'vntag',
    'pbb',
    'etherip',
    'pim',
    'ppp over ethernet',
    'ah',
  ]) {
    const row = deep(1000, WRAPS[name]!)
    const bits = Number(BigInt(row.pktStat) >> 32n)
    t.equal(bits & (HI_HEADER_OVERRUN | HI_STOPPED), HI_HEADER_OVERRUN | HI_STOPPED, `${name} is given up`)
    t.ok(row.payload.endsWith('payload'), 'what was not read is payload')
  }
  t.match(deep(32, WRAPS.ipip!), inside, '32 are read')
  t.match(deep(33, WRAPS.ipip!), { src: 'c0a80001', l4Proto: 4 })
})

t.test('the multilink of a multilink ends', async t => {
  const whole = Buffer.concat(new Array<Buffer>(40).fill(Buffer.from('3dc0000001', 'hex')))
  const bytes = ethernet({ type: 0x8864 }, build.pppoe({}, whole))
  const [row] = decodeWith(undefined, [{ bytes }])
  t.match(row, { family: 0, ethType: 0x003d, payload: /^\xc0/ })
})
