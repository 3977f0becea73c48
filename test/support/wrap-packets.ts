import { ethernet, ipv4, ipv6, ipv6Frag, u16, u32, udp, vlan } from './build-packets.ts'
import { hex, join } from './packet-bytes.ts'

/** An IP packet without what is around it. */
export interface IpPacket {
  family: 4 | 6
  bytes: Buffer
}

const OUTER4 = { src: '192.0.2.1', dst: '192.0.2.2' }
const OUTER6 = { src: '2001:db8:ff::1', dst: '2001:db8:ff::2' }
const etherType = ({ family }: IpPacket): number => (family === 4 ? 0x0800 : 0x86dd)
const onEthernet = (packet: IpPacket): Buffer => ethernet({ type: etherType(packet) }, packet.bytes)
const protocol = ({ family }: IpPacket): number => (family === 4 ? 4 : 41)

const over4 = (proto: number, payload: Uint8Array): IpPacket => ({
  family: 4,
  bytes: ipv4({ ...OUTER4, proto }, payload),
})
const over6 = (next: number, payload: Uint8Array): IpPacket => ({
  family: 6,
  bytes: ipv6({ ...OUTER6, next }, payload),
})
const overUdp = (dstPort: number, payload: Uint8Array): IpPacket =>
  over4(17, udp({ srcPort: 50_000, dstPort }, payload))

/** What an IP packet can travel in, as another IP packet. */
export const TUNNELS: Record<string, (packet: IpPacket) => IpPacket> = {
  'IP in IPv4': packet => over4(protocol(packet), packet.bytes),
  'IP in IPv6': packet => over6(protocol(packet), packet.bytes),
  GRE: packet => over4(47, join(u16(0), u16(etherType(packet)), packet.bytes)),
  'GRE with key and sequence number': packet =>
    over6(47, join(u16(0x3000), u16(etherType(packet)), u32(7), u32(1), packet.bytes)),
  'Ethernet in GRE': packet => over4(47, join(u16(0x2000), u16(0x6558), u32(0x100), onEthernet(packet))),
  EtherIP: packet => over4(97, join(u16(0x3000), onEthernet(packet))),
  VXLAN: packet => overUdp(4789, join(hex('08000000'), u32(0x1234 << 8), onEthernet(packet))),
  Geneve: packet => overUdp(6081, join(hex('0000 6558'), u32(0x1234 << 8), onEthernet(packet))),
  'GTP-U': packet => overUdp(2152, join(hex('30ff'), u16(packet.bytes.length), u32(0x77), packet.bytes)),
}

const mplsLabel = (label: number, bottom: boolean): Buffer =>
  u32(((label << 12) | (bottom ? 0x100 : 0) | 64) >>> 0)

/** How an IP packet can stand in an Ethernet frame. */
export const LINKS: Record<string, (packet: IpPacket) => Buffer> = {
  Ethernet: onEthernet,
  VLAN: packet => ethernet({ type: 0x8100 }, vlan({ vid: 10, type: etherType(packet) }, packet.bytes)),
  QinQ: packet =>
    ethernet(
      { type: 0x88a8 },
      vlan({ vid: 100, type: 0x8100 }, vlan({ vid: 10, type: etherType(packet) }, packet.bytes)),
    ),
  MPLS: packet =>
    ethernet({ type: 0x8847 }, join(mplsLabel(1000, false), mplsLabel(2000, true), packet.bytes)),
  PPPoE: packet =>
    ethernet(
      { type: 0x8864 },
      join(
        hex('1100 0001'),
        u16(packet.bytes.length + 2),
        u16(packet.family === 4 ? 0x0021 : 0x0057),
        packet.bytes,
      ),
    ),
}

/** The packet in fragments of at most `size` bytes of payload, a multiple of 8; `id` tells datagrams apart. */
export function fragments(packet: IpPacket, size: number, id: number): IpPacket[] {
  const { family, bytes } = packet
  const head = family === 4 ? 20 : 40
  const payload = bytes.subarray(head)
  if (payload.length <= size) return [packet]
  const result: IpPacket[] = []
  for (let at = 0; at < payload.length; at += size) {
    const part = payload.subarray(at, at + size)
    const more = at + size < payload.length
    result.push({
      family,
      bytes: family === 4 ? fragment4(bytes, part, at, more, id) : fragment6(bytes, part, at, more, id),
    })
  }
  return result
}

const address = (bytes: Uint8Array): string =>
  bytes.length === 4
    ? bytes.join('.')
    : Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16)).join(':')

function fragment4(whole: Buffer, part: Uint8Array, at: number, more: boolean, id: number): Buffer {
  const ends = { src: address(whole.subarray(12, 16)), dst: address(whole.subarray(16, 20)) }
  return ipv4({ ...ends, proto: whole[9]!, id, flags: more ? 1 : 0, offset: at / 8 }, part)
}

function fragment6(whole: Buffer, part: Uint8Array, at: number, more: boolean, id: number): Buffer {
  const ends = { src: address(whole.subarray(8, 24)), dst: address(whole.subarray(24, 40)) }
  return ipv6({ ...ends, next: 44 }, ipv6Frag({ next: whole[6]!, offset: at / 8, more, id }, part))
}
