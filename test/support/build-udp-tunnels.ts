/** Headers of tunnels over UDP around what is inside them; `overUdp()` puts a packet and Ethernet around all of it. */
import { ethernet, hex, ipv4, ipv6, type Payload, u16, u32, udp } from './build-packets.ts'
import { bytes, join, padded, u8 } from './packet-bytes.ts'

export const PORT = {
  l2tp: 1701,
  gtp: 2152,
  teredo: 3544,
  vxlan: 4789,
  vxlanGpe: 4790,
  ayiya: 5072,
  capwap: 5247,
  geneve: 6081,
  mpls: 6635,
  vxlanLinux: 8472,
} as const

/** Ends of the outer packets: none of the addresses of decode-cases.ts. */
export const OUTER4 = { src: '192.0.2.1', dst: '192.0.2.2' }
export const OUTER6 = { src: '2001:db8:ffff::1', dst: '2001:db8:ffff::2' }

/** An IP packet to the tunnel's port, from port 50000. */
export function tunnelPacket(port: number, payload: Payload, family: 4 | 6 = 4, back = false): Buffer {
  const ports = back ? { srcPort: port, dstPort: 50000 } : { srcPort: 50000, dstPort: port }
  const datagram = udp(ports, payload)
  return family === 4 ? ipv4({ ...OUTER4, proto: 17 }, datagram) : ipv6({ ...OUTER6, next: 17 }, datagram)
}

/** The same in an Ethernet frame. */
export const overUdp = (port: number, payload: Payload, family: 4 | 6 = 4, back = false): Buffer =>
  ethernet({ type: family === 4 ? 0x0800 : 0x86dd }, tunnelPacket(port, payload, family, back))

/** `policy` are bytes 1 to 3, `last` is byte 7. */
export function vxlan(
  h: { flags?: number; policy?: number; vni?: number; last?: number },
  payload: Payload,
): Buffer {
  return join(
    u8(h.flags ?? 8),
    u32(h.policy ?? 0).subarray(1),
    u32(((h.vni ?? 7) << 8) | (h.last ?? 0)),
    bytes(payload),
  )
}

export function vxlanGpe(h: { flags?: number; next: number; vni?: number }, payload: Payload): Buffer {
  return vxlan({ flags: h.flags ?? 12, policy: h.next, vni: h.vni ?? 7 }, payload)
}

export function geneve(
  h: {
    version?: number
    type?: number
    options?: Uint8Array
    flags?: number
    vni?: number
    last?: number
  },
  payload: Payload,
): Buffer {
  const options = h.options ?? Buffer.alloc(0)
  const first = ((h.version ?? 0) << 6) | (options.length / 4)
  const vni = u32(((h.vni ?? 7) << 8) | (h.last ?? 0))
  return join(u8(first), u8(h.flags ?? 0), u16(h.type ?? 0x6558), vni, options, bytes(payload))
}

/** `optional` is what stands behind the tunnel's number, as the flags say. */
export function gtp(
  h: { flags?: number; type?: number; length?: number; teid?: number; optional?: Uint8Array },
  payload: Payload,
): Buffer {
  const body = join(h.optional ?? Buffer.alloc(0), bytes(payload))
  return join(
    u8(h.flags ?? 0x30),
    u8(h.type ?? 0xff),
    u16(h.length ?? body.length),
    u32(h.teid ?? 0x1234),
    body,
  )
}

export const teredoOrigin = hex('0000 1234 c0000201')
/** Client identifier and authentication value of so many bytes each. */
export const teredoAuthentication = (id: number, value: number): Buffer =>
  join(u16(1), u8(id), u8(value), Buffer.alloc(id + value, 0x55), Buffer.alloc(8, 9), u8(0))

/** With an identity of 16 bytes and a signature of 20. */
export function ayiya(
  h: { idLength?: number; signature?: number; opcode?: number; next?: number },
  payload: Payload,
): Buffer {
  const id = h.idLength ?? 4
  const words = h.signature ?? 5
  const head = join(u8((id << 4) | 1), u8((words << 4) | 2), u8(0x10 | (h.opcode ?? 1)), u8(h.next ?? 41))
  return join(
    head,
    u32(0x5f5f5f5f),
    Buffer.alloc(2 ** id, 0x11),
    Buffer.alloc(4 * words, 0x22),
    bytes(payload),
  )
}

/** `flags` with the version; each field is there if its flag is set. `pad` is the offset's. */
export function l2tp(
  h: { flags?: number; length?: number; session?: number; pad?: number },
  payload: Payload,
): Buffer {
  const flags = h.flags ?? 2
  const sequence = (flags & 0x0800) !== 0 ? u32(0x0001_0002) : Buffer.alloc(0)
  const pad = h.pad ?? 0
  const offset = (flags & 0x0200) !== 0 ? join(u16(pad), Buffer.alloc(pad, 0xaa)) : Buffer.alloc(0)
  const rest = join(u16(5), u16(h.session ?? 6), sequence, offset, bytes(payload))
  const length = (flags & 0x4000) !== 0 ? u16(h.length ?? 4 + rest.length) : Buffer.alloc(0)
  return join(u16(flags), length, rest)
}

/** Session number, cookie and sublayer of L2TPv3. */
export const l2tpv3 = (h: { session?: number; between?: number }, payload: Payload): Buffer =>
  join(u32(h.session ?? 6), Buffer.alloc(h.between ?? 0, 0xc0), bytes(payload))

/** `flags` as the lower bits of the first word, from T on; `fields` are counted in the header's length. */
export function capwap(
  h: { preamble?: number; words?: number; flags?: number; fields?: Uint8Array },
  payload: Payload,
): Buffer {
  const fields = h.fields ?? Buffer.alloc(0)
  const words = h.words ?? 2 + fields.length / 4
  const first = ((h.preamble ?? 0) << 24) | (words << 19) | (1 << 9) | (h.flags ?? 0)
  return join(u32(first >>> 0), u32(0), fields, bytes(payload))
}

/** A field of CAPWAP that begins with its length. */
export const capwapField = (data: Uint8Array): Buffer => padded(join(u8(data.length), data), 4)
