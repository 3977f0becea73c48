/**
 * Headers built around a payload, innermost call first: `ethernet({ type: 0x0800 }, ipv4({ … }, tcp({ … }, 'data')))`.
 * Lengths and checksums are right unless a field is given to make them wrong. All numbers are in host order.
 */
import {
  bytes,
  checksum,
  crc32c,
  hex,
  ipBytes,
  join,
  type Payload,
  padded,
  u8,
  u16,
  u32,
} from './packet-bytes.ts'

export { checksum, hex, ipBytes, type Payload, u16, u32 }

/** Both ends of the IP header to come, for the pseudo header of a checksum. */
export interface Endpoints {
  src: string
  dst: string
}

export const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100, ipv6: 0x86dd, lldp: 0x88cc } as const
export const PROTO = { icmp: 1, igmp: 2, tcp: 6, udp: 17, icmpv6: 58, sctp: 132, udplite: 136 } as const
export const FIN = 0x01
export const SYN = 0x02
export const RST = 0x04
export const PSH = 0x08
export const ACK = 0x10
export const URG = 0x20

const MAC_A = '02:00:00:00:00:01'
const MAC_B = '02:00:00:00:00:02'

/** The segment with the checksum at `at` filled in, over the pseudo header where both ends are known. */
function summed(
  segment: Buffer,
  at: number,
  proto: number,
  ips?: Endpoints,
  covered = segment.length,
): Buffer {
  let pseudo: Buffer = Buffer.alloc(0)
  if (ips !== undefined && proto !== PROTO.icmp) {
    const ends = join(ipBytes(ips.src), ipBytes(ips.dst))
    pseudo =
      ends.length === 8
        ? join(ends, u16(proto), u16(segment.length))
        : join(ends, u32(segment.length), u32(proto))
  }
  const sum = checksum(join(pseudo, segment.subarray(0, covered)))
  segment.writeUInt16BE(sum === 0 && proto === PROTO.udp ? 0xffff : sum, at)
  return segment
}

/** `type` below 1536 is an 802.3 length; left out, it is the payload's length. */
export function ethernet(h: { src?: string; dst?: string; type?: number }, payload: Payload): Buffer {
  const data = bytes(payload)
  return join(hex(h.dst ?? MAC_B), hex(h.src ?? MAC_A), u16(h.type ?? data.length), data)
}

/** A frame filled up with zeros to the 60 bytes that Ethernet asks for. */
export const ethernetPadded = (frame: Uint8Array): Buffer =>
  join(frame, Buffer.alloc(Math.max(0, 60 - frame.length)))

/**
 * A frame with a tag behind its addresses; `type` is the ethertype behind the tag. The `payload` comes without
 * Ethernet header: `ethernet({ type: 0x8100 }, vlan({ vid: 10, type: 0x0800 }, …))`; stacked tags nest.
 */
export function vlan(h: { vid: number; pcp?: number; dei?: number; type: number }, payload: Payload): Buffer {
  return join(u16(((h.pcp ?? 0) << 13) | ((h.dei ?? 0) << 12) | h.vid), u16(h.type), bytes(payload))
}

/** LLC header of three bytes, or four with a control field above 0xff. */
export function llc(h: { dsap: number; ssap: number; control?: number }, payload: Payload): Buffer {
  const control = h.control ?? 0x03
  return join(u8(h.dsap), u8(h.ssap), control > 0xff ? u16(control) : u8(control), bytes(payload))
}

/** LLC and SNAP header; `oui` 0 says that `type` is an ethertype. */
export function snap(h: { oui?: number; type: number }, payload: Payload): Buffer {
  return llc({ dsap: 0xaa, ssap: 0xaa }, join(u32(h.oui ?? 0).subarray(1), u16(h.type), bytes(payload)))
}

/** Linux cooked capture, version 1 (LINKTYPE_LINUX_SLL, 113). */
export function sll(
  h: { packetType?: number; arphrd?: number; addr?: string; type: number },
  payload: Payload,
): Buffer {
  const addr = hex(h.addr ?? MAC_A)
  const head = join(
    u16(h.packetType ?? 0),
    u16(h.arphrd ?? 1),
    u16(addr.length),
    addr,
    Buffer.alloc(8 - addr.length),
  )
  return join(head, u16(h.type), bytes(payload))
}

/** Linux cooked capture, version 2 (LINKTYPE_LINUX_SLL2, 276). */
export function sll2(
  h: { packetType?: number; arphrd?: number; iface?: number; addr?: string; type: number },
  payload: Payload,
): Buffer {
  const addr = hex(h.addr ?? MAC_A)
  const kind = join(u16(h.arphrd ?? 1), u8(h.packetType ?? 0), u8(addr.length))
  return join(
    u16(h.type),
    u16(0),
    u32(h.iface ?? 1),
    kind,
    addr,
    Buffer.alloc(8 - addr.length),
    bytes(payload),
  )
}

/** BSD loopback: address family in the capturing host's byte order (NULL, 0) or in network order (LOOP, 108). */
export function nullLoopback(h: { family: number; littleEndian?: boolean }, payload: Payload): Buffer {
  const family = u32(h.family)
  return join(h.littleEndian ? family.reverse() : family, bytes(payload))
}

export interface Ipv4Header extends Endpoints {
  proto: number
  id?: number
  ttl?: number
  tos?: number
  /** Upper three bits: 1 more fragments, 2 don't fragment. */
  flags?: number
  /** In units of 8 bytes. */
  offset?: number
  /** Filled up with zeros to a multiple of 4. */
  options?: Uint8Array
  totalLength?: number
  ihl?: number
  version?: number
}

export function ipv4(h: Ipv4Header, payload: Payload): Buffer {
  const data = bytes(payload)
  const options = padded(h.options ?? Buffer.alloc(0), 4)
  const length = 20 + options.length
  const head = join(
    u8(((h.version ?? 4) << 4) | (h.ihl ?? length / 4)),
    u8(h.tos ?? 0),
    u16(h.totalLength ?? length + data.length),
    u16(h.id ?? 0),
    u16(((h.flags ?? 0) << 13) | (h.offset ?? 0)),
    u8(h.ttl ?? 64),
    u8(h.proto),
    u16(0),
    ipBytes(h.src),
    ipBytes(h.dst),
    options,
  )
  head.writeUInt16BE(checksum(head), 10)
  return join(head, data)
}

export interface Ipv6Header extends Endpoints {
  next: number
  hopLimit?: number
  flowLabel?: number
  payloadLength?: number
  version?: number
}

export function ipv6(h: Ipv6Header, payload: Payload): Buffer {
  const data = bytes(payload)
  const first = (((h.version ?? 6) << 28) | (h.flowLabel ?? 0)) >>> 0
  const rest = join(u16(h.payloadLength ?? data.length), u8(h.next), u8(h.hopLimit ?? 64))
  return join(u32(first), rest, ipBytes(h.src), ipBytes(h.dst), data)
}

export const IPV6_EXT = {
  hopopts: 0,
  routing: 43,
  frag: 44,
  ah: 51,
  dstopts: 60,
  mobility: 135,
  hip: 139,
  shim6: 140,
}

/** An IPv6 extension header of the given kind around `data`, which is filled up with zeros to the header's unit. */
export function ipv6Ext(
  kind: keyof typeof IPV6_EXT,
  next: number,
  data: Uint8Array,
  payload: Payload,
): Buffer {
  // AH counts words of four bytes less two (RFC 4302 2.2); all others units of eight bytes less one (RFC 8200 4)
  if (kind === 'ah') {
    const body = join(u16(0), padded(data.length === 0 ? Buffer.alloc(12) : data, 4))
    return join(u8(next), u8((body.length + 2) / 4 - 2), body, bytes(payload))
  }
  const body = padded(join(Buffer.alloc(2), data), 8)
  body[0] = next
  body[1] = kind === 'frag' ? 0 : body.length / 8 - 1
  return join(body, bytes(payload))
}

/** The IPv6 fragment header; `offset` in units of 8 bytes. */
export function ipv6Frag(
  h: { next: number; offset?: number; more?: boolean; id?: number },
  payload: Payload,
): Buffer {
  return ipv6Ext(
    'frag',
    h.next,
    join(u16(((h.offset ?? 0) << 3) | (h.more ? 1 : 0)), u32(h.id ?? 1)),
    payload,
  )
}

export interface TcpHeader {
  srcPort: number
  dstPort: number
  seq?: number
  ack?: number
  /** All 12 bits. */
  flags?: number
  win?: number
  urg?: number
  /** Filled up with zeros to a multiple of 4. */
  options?: Uint8Array
  /** Header length in words of four bytes. */
  dataOffset?: number
}

export function tcp(h: TcpHeader, payload: Payload, ips?: Endpoints): Buffer {
  const options = padded(h.options ?? Buffer.alloc(0), 4)
  const offset = h.dataOffset ?? 5 + options.length / 4
  const ports = join(u16(h.srcPort), u16(h.dstPort), u32(h.seq ?? 0), u32(h.ack ?? 0))
  const rest = join(
    u16((offset << 12) | (h.flags ?? ACK)),
    u16(h.win ?? 65535),
    u16(0),
    u16(h.urg ?? 0),
    options,
  )
  return summed(join(ports, rest, bytes(payload)), 16, PROTO.tcp, ips)
}

export function udp(
  h: { srcPort: number; dstPort: number; length?: number },
  payload: Payload,
  ips?: Endpoints,
): Buffer {
  const data = bytes(payload)
  const head = join(u16(h.srcPort), u16(h.dstPort), u16(h.length ?? 8 + data.length), u16(0))
  return summed(join(head, data), 6, PROTO.udp, ips)
}

/** `coverage` counts the bytes under the checksum, 0 for all of them (RFC 3828 3.1). */
export function udpLite(
  { srcPort, dstPort, coverage = 0 }: { srcPort: number; dstPort: number; coverage?: number },
  payload: Payload,
  ips?: Endpoints,
): Buffer {
  const segment = join(u16(srcPort), u16(dstPort), u16(coverage), u16(0), bytes(payload))
  return summed(segment, 6, PROTO.udplite, ips, coverage || segment.length)
}

/** The common header with CRC32c over it and the chunks (RFC 9260 6.8). */
export function sctp(h: { srcPort: number; dstPort: number; tag?: number }, chunks: Payload): Buffer {
  const packet = join(u16(h.srcPort), u16(h.dstPort), u32(h.tag ?? 1), u32(0), bytes(chunks))
  packet.writeUInt32LE(crc32c(packet), 8)
  return packet
}

/** A DATA chunk; the default is a whole message. */
export function sctpData(
  h: { tsn: number; stream?: number; ssn?: number; ppid?: number; flags?: number },
  payload: Payload,
): Buffer {
  const data = bytes(payload)
  const head = join(u8(0), u8(h.flags ?? 3), u16(16 + data.length), u32(h.tsn), u16(h.stream ?? 0))
  return padded(join(head, u16(h.ssn ?? 0), u32(h.ppid ?? 0), data), 4)
}

/** Any SCTP chunk: type, flags, length and value, padded (RFC 9260 3.2); `length` makes the length field wrong. */
export function sctpChunk(type: number, flags: number, value: Payload, length?: number): Buffer {
  const data = bytes(value)
  return padded(join(u8(type), u8(flags), u16(length ?? 4 + data.length), data), 4)
}

/** INIT, or INIT ACK with `ack`. */
export function sctpInit(h: { tag: number; tsn: number; ack?: boolean }): Buffer {
  return sctpChunk(h.ack ? 2 : 1, 0, join(u32(h.tag), u32(0x1_0000), u16(10), u16(10), u32(h.tsn)))
}

/** An I-DATA chunk (RFC 8260 2.1); `ppid` stands in first fragments, `fsn` in others. */
export function sctpIData(
  h: { tsn: number; stream?: number; mid?: number; ppid?: number; fsn?: number; flags?: number },
  payload: Payload,
): Buffer {
  const flags = h.flags ?? 3
  const head = join(u32(h.tsn), u16(h.stream ?? 0), u16(0), u32(h.mid ?? 0))
  return sctpChunk(
    64,
    flags,
    join(head, u32((flags & 2) !== 0 ? (h.ppid ?? 0) : (h.fsn ?? 0)), bytes(payload)),
  )
}

/** FORWARD-TSN (RFC 3758 3.2), or I-FORWARD-TSN, for no stream. */
export function sctpForward(tsn: number, interleaved = false): Buffer {
  return sctpChunk(interleaved ? 194 : 192, 0, u32(tsn))
}

/** `rest` is the second word of the header: identifier and sequence number of an echo. */
export function icmp(h: { type: number; code?: number; rest?: number }, payload: Payload): Buffer {
  return summed(join(u8(h.type), u8(h.code ?? 0), u16(0), u32(h.rest ?? 0), bytes(payload)), 2, PROTO.icmp)
}

export function icmpv6(
  h: { type: number; code?: number; rest?: number },
  payload: Payload,
  ips?: Endpoints,
): Buffer {
  const message = join(u8(h.type), u8(h.code ?? 0), u16(0), u32(h.rest ?? 0), bytes(payload))
  return summed(message, 2, PROTO.icmpv6, ips)
}
