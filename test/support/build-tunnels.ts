/** Headers of encapsulations around a frame or packet, in the manner of build-packets.ts. */
import { bytes, join, type Payload, u8, u16, u32 } from './packet-bytes.ts'

/** An entry of a label stack. */
export const mplsLabel = (label: number, bottom: boolean): Buffer =>
  u32(((label << 12) | (bottom ? 0x100 : 0) | 64) >>> 0)

/** A stack of labels, outermost first, the last at the bottom. */
export function mpls(labels: number[], payload: Payload): Buffer {
  const entries = labels.map((label, at) => mplsLabel(label, at === labels.length - 1))
  return join(...entries, bytes(payload))
}

/** PPPoE; `length` is the payload's unless given. */
export function pppoe(h: { code?: number; version?: number; length?: number }, payload: Payload): Buffer {
  const data = bytes(payload)
  return join(u8(h.version ?? 0x11), u8(h.code ?? 0), u16(7), u16(h.length ?? data.length), data)
}

/** PPP; `compressed` leaves out the first byte of the protocol, `framed` adds address and control. */
export function ppp(
  h: { protocol: number; compressed?: boolean; framed?: boolean },
  payload: Payload,
): Buffer {
  const protocol = h.compressed ? u8(h.protocol) : u16(h.protocol)
  return join(h.framed ? u16(0xff03) : Buffer.alloc(0), protocol, bytes(payload))
}

/** GRE version 0; `routes` are source route entries as they stand, without the last, empty one. */
export function gre(
  h: { protocol: number; checksum?: boolean; key?: number; sequence?: number; routes?: Buffer },
  payload: Payload,
): Buffer {
  const none = Buffer.alloc(0)
  const { checksum = false, key, sequence, routes } = h
  const flags =
    (checksum ? 0x8000 : 0) |
    (routes ? 0x4000 : 0) |
    (key === undefined ? 0 : 0x2000) |
    (sequence === undefined ? 0 : 0x1000)
  return join(
    u16(flags),
    u16(h.protocol),
    checksum || routes ? u32(0) : none,
    key === undefined ? none : u32(key),
    sequence === undefined ? none : u32(sequence),
    routes ? join(routes, u32(0)) : none,
    bytes(payload),
  )
}

/** GRE version 1, of PPTP; the length is the payload's unless given. */
export function enhancedGre(
  h: { sequence?: number; ack?: number; length?: number; protocol?: number },
  payload: Payload,
): Buffer {
  const data = bytes(payload)
  const none = Buffer.alloc(0)
  const flags = 0x2001 | (h.sequence === undefined ? 0 : 0x1000) | (h.ack === undefined ? 0 : 0x80)
  return join(
    u16(flags),
    u16(h.protocol ?? 0x880b),
    u16(h.length ?? data.length),
    u16(9),
    h.sequence === undefined ? none : u32(h.sequence),
    h.ack === undefined ? none : u32(h.ack),
    data,
  )
}

/** ERSPAN type III; `frameType` 0 is Ethernet, 2 is IP. */
export function erspan3(h: { subheader?: boolean; frameType?: number }, payload: Payload): Buffer {
  const last = ((h.frameType ?? 0) << 10) | (h.subheader ? 1 : 0)
  return join(u32(0x20000001), u32(0), u16(0), u16(last), Buffer.alloc(h.subheader ? 8 : 0), bytes(payload))
}

/** NSH with metadata of type 2 of this many words. */
export function nsh(
  h: { next: number; words?: number; version?: number; length?: number },
  payload: Payload,
): Buffer {
  const words = h.words ?? 0
  const first = ((h.version ?? 0) << 14) | (63 << 6) | (h.length ?? 2 + words)
  return join(u16(first), u8(2), u8(h.next), u32(0x000001ff), Buffer.alloc(4 * words, 1), bytes(payload))
}

/** VN-Tag (4 bytes), E-Tag (6 bytes), each with the ethertype behind it. */
export const vnTag = (type: number, payload: Payload): Buffer =>
  join(u32(0x00010002), u16(type), bytes(payload))
export const eTag = (type: number, payload: Payload): Buffer =>
  join(u16(0), u32(0x10002000), u16(type), bytes(payload))

/** The tag of a backbone service, behind which the customer's frame stands. */
export const backbone = (payload: Payload): Buffer => join(u32(0x00012345), bytes(payload))

/** EtherIP. */
export const etherIp = (payload: Payload, version = 3): Buffer => join(u16(version << 12), bytes(payload))

/** PIM version 2. */
export const pim = (type: number, payload: Payload): Buffer =>
  join(u8(0x20 | type), u8(0), u16(0), u32(0), bytes(payload))
