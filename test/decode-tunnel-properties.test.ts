import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Batch } from '../lib/batch.ts'
import { DecodeCore, type PacketDecoderOptions } from '../lib/decode/packet-decoder.ts'
import { ethernet, ipv4, ipv6, u32, udp } from './support/build-packets.ts'
import {
  ayiya,
  capwap,
  geneve,
  gtp,
  l2tp,
  l2tpv3,
  overUdp,
  PORT,
  teredoAuthentication,
  teredoOrigin,
  tunnelPacket,
  vxlan,
  vxlanGpe,
} from './support/build-udp-tunnels.ts'
import { V4, V6 } from './support/decode-cases.ts'
import { decoded, decodeFrames, frameBatch, type TestFrame } from './support/decode-frames.ts'
import { join } from './support/packet-bytes.ts'

type Family = 4 | 6

/** A tunnel around an IP packet: the port it goes to, and the datagram's payload. */
interface Tunnel {
  name: string
  port: number
  /** What it can hold, where not both. */
  only?: Family
  around(packet: Buffer, family: Family): Buffer
}

const framed = (packet: Buffer, family: Family): Buffer =>
  ethernet({ type: family === 4 ? 0x0800 : 0x86dd }, packet)

const TUNNELS: Tunnel[] = [
  { name: 'vxlan', port: PORT.vxlan, around: (packet, family) => vxlan({}, framed(packet, family)) },
  {
    name: 'gpe',
    port: PORT.vxlanGpe,
    around: (packet, family) => vxlanGpe({ next: family / 2 - 1 }, packet),
  },
  {
    name: 'geneve',
    port: PORT.geneve,
    around: (packet, family) => geneve({ options: Buffer.alloc(8, 3) }, framed(packet, family)),
  },
  { name: 'gtp', port: PORT.gtp, around: packet => gtp({}, packet) },
  {
    name: 'gtp with extension',
    port: PORT.gtp,
    around: packet => gtp({ flags: 0x34, optional: Buffer.from([0, 0, 0, 0x85, 1, 0, 9, 0]) }, packet),
  },
  { name: 'teredo', port: PORT.teredo, only: 6, around: packet => packet },
  {
    name: 'teredo with indications',
    port: PORT.teredo,
    only: 6,
    around: packet => join(teredoAuthentication(3, 5), teredoOrigin, packet),
  },
  {
    name: 'ayiya',
    port: PORT.ayiya,
    around: (packet, family) => ayiya({ next: family === 4 ? 4 : 41 }, packet),
  },
  {
    name: 'l2tp',
    port: PORT.l2tp,
    around: (packet, family) =>
      l2tp({ flags: 0x4802 }, join(Buffer.from([0xff, 3, 0, family === 4 ? 0x21 : 0x57]), packet)),
  },
  {
    name: 'l2tpv3',
    port: PORT.l2tp,
    around: (packet, family) => join(u32(0x30000), l2tpv3({ between: 8 }, framed(packet, family))),
  },
  { name: 'capwap', port: PORT.capwap, around: (packet, family) => capwap({}, framed(packet, family)) },
]

/** A packet in up to three tunnels, and the datagrams around it, outermost first. */
function wrap(payload: Uint8Array, family: Family, layers: { tunnel: Tunnel; outer: Family }[]) {
  const datagram = udp({ srcPort: 3000, dstPort: 4000 }, payload)
  let packet = family === 4 ? ipv4({ ...V4, proto: 17 }, datagram) : ipv6({ ...V6, next: 17 }, datagram)
  let inside = family
  const outers: { port: number; payload: Buffer }[] = []
  for (const { tunnel, outer } of layers) {
    if (tunnel.only !== undefined && tunnel.only !== inside) continue
    const around = tunnel.around(packet, inside)
    outers.unshift({ port: tunnel.port, payload: around })
    packet = tunnelPacket(tunnel.port, around, outer)
    inside = outer
  }
  return { frame: framed(packet, inside), outers }
}

const anyFamily = fc.constantFrom<Family>(4, 6)
const anyLayers = fc.array(fc.record({ tunnel: fc.constantFrom(...TUNNELS), outer: anyFamily }), {
  maxLength: 3,
})
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

t.test('whatever it is wrapped in, the packet inside comes out, and the datagrams around it', async t => {
  const property = fc.property(
    fc.uint8Array({ maxLength: 50 }),
    anyFamily,
    anyLayers,
    (payload, family, layers) => {
      const { frame, outers } = wrap(payload, family, layers)
      const rows = decodeFrames([{ bytes: frame }], 0, { outer: true })
      const last = rows.at(-1)!
      assert.equal(last.family, family)
      assert.equal(last.src, family === 4 ? '0a000001' : '20010db8000000000000000000000001')
      assert.deepEqual(last.ports, [3000, 4000])
      assert.equal(last.payload, text(payload))
      assert.deepEqual(
        rows.slice(0, -1).map(row => [row.ports, row.payload]),
        outers.map(({ port, payload }) => [[50000, port], text(payload)]),
      )
      assert.deepEqual(decodeFrames([{ bytes: frame }]), [last], 'alone it is the same')
    },
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }))
})

/** Rows whose payload is not inside its frame, which begins at `off`. */
function strayRows({ rows, frames, packets }: Batch): number[] {
  const { payOff, payLen, l7Len } = packets!
  return Array.from({ length: rows }, (_, row) => row).filter(row => {
    const off = frames.off[row]!
    const inside = payOff[row]! >= off && payOff[row]! + payLen[row]! <= off + frames.capLen[row]!
    return !(inside || (payOff[row] === 0 && payLen[row] === 0)) || payLen[row]! > l7Len[row]!
  })
}

function decode(frames: TestFrame[], filler: number, options: PacketDecoderOptions): Batch {
  return new DecodeCore(options).decode(frameBatch(frames, filler))
}

const SAMPLES = TUNNELS.map(({ port, only, around }) => {
  const family = only ?? 4
  const packet = wrap(Buffer.from('data'), family, []).frame.subarray(14)
  return overUdp(port, around(packet, family))
})

t.test('cut after any byte, a frame is decoded from its own bytes alone', async t => {
  for (const [index, bytes] of SAMPLES.entries()) {
    const cuts = Array.from({ length: bytes.length + 1 }, (_, length) => ({
      bytes: bytes.subarray(0, length),
      wireLen: bytes.length,
    }))
    for (const outer of [false, true]) {
      const batch = decode(cuts, 0x00, { outer })
      const name = `${TUNNELS[index]!.name}${outer ? ', with outer packets' : ''}`
      t.same(decoded(batch), decodeFrames(cuts, 0xff, { outer }), `${name}: bytes behind it do not matter`)
      t.same(strayRows(batch), [], `${name}: payload lies in the frame`)
      t.equal(decoded(batch).at(-1)!.payload, 'data', `${name}: whole, it is open`)
    }
    // from the end of the UDP header on there is a datagram, and each captured byte of it is payload or a header inside
    const rows = decodeFrames(cuts).slice(42)
    t.ok(
      rows.every(row => row.family !== 0 && (row.ports[0] !== 50000 || row.payAt === 42)),
      `${TUNNELS[index]!.name}: what cannot be opened stays whole`,
    )
  }
})

t.test('the thirty-third stays closed', async t => {
  for (const [index, sample] of SAMPLES.entries()) {
    const { name, port } = TUNNELS[index]!
    let bytes = sample
    for (let level = 0; level < 32; level++) bytes = overUdp(PORT.vxlan, vxlan({}, bytes))
    const [row] = decodeFrames([{ bytes }])
    t.match(row, { ports: [50000, port], l7Len: sample.length - 42 }, name)
    const rows = decodeFrames([{ bytes }], 0, { outer: true })
    t.same([rows.length, rows.at(-1)], [33, row], `${name}, with outer packets`)
  }
})

t.test('any bytes decode to something inside the frame, and outer packets change nothing', async t => {
  const damaged = fc
    .tuple(
      fc.constantFrom(...SAMPLES),
      fc.array(fc.tuple(fc.integer({ min: 36, max: 120 }), fc.nat(255)), { maxLength: 4 }),
    )
    .map(([sample, changes]) => {
      const bytes = Uint8Array.from(sample)
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
      return { bytes }
    })
  const noise = fc
    .tuple(fc.constantFrom(...Object.values(PORT)), fc.uint8Array({ maxLength: 80 }))
    .map(([port, payload]) => ({ bytes: overUdp(port, payload) }))
  const property = fc.property(fc.array(fc.oneof(noise, damaged), { minLength: 1, maxLength: 6 }), frames => {
    const batch = decode(frames, 0x00, { outer: true })
    assert.deepEqual(strayRows(batch), [])
    assert.deepEqual(decoded(batch), decodeFrames(frames, 0xff, { outer: true }))
    const lastRows = decoded(batch).filter(
      (_, row) => row === batch.rows - 1 || batch.frames.pktNo[row + 1] !== batch.frames.pktNo[row],
    )
    assert.deepEqual(lastRows, decodeFrames(frames))
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }))
})
