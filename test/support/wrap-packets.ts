import { cutEvery, fragment } from './build-fragments.ts'
import { ethernet, ipv4, ipv6, vlan } from './build-packets.ts'
import { etherIp, gre, mpls, ppp, pppoe } from './build-tunnels.ts'
import { geneve, gtp, OUTER4, OUTER6, PORT, tunnelPacket, vxlan } from './build-udp-tunnels.ts'

/** An IP packet without what is around it. */
export interface IpPacket {
  family: 4 | 6
  bytes: Buffer
}

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
const overUdp = (port: number, payload: Uint8Array): IpPacket => ({
  family: 4,
  bytes: tunnelPacket(port, payload),
})

/** What an IP packet can travel in, as another IP packet. */
export const TUNNELS: Record<string, (packet: IpPacket) => IpPacket> = {
  'IP in IPv4': packet => over4(protocol(packet), packet.bytes),
  'IP in IPv6': packet => over6(protocol(packet), packet.bytes),
  GRE: packet => over4(47, gre({ protocol: etherType(packet) }, packet.bytes)),
  'GRE with key and sequence number': packet =>
    over6(47, gre({ protocol: etherType(packet), key: 7, sequence: 1 }, packet.bytes)),
  'Ethernet in GRE': packet => over4(47, gre({ protocol: 0x6558, key: 0x100 }, onEthernet(packet))),
  EtherIP: packet => over4(97, etherIp(onEthernet(packet))),
  VXLAN: packet => overUdp(PORT.vxlan, vxlan({}, onEthernet(packet))),
  Geneve: packet => overUdp(PORT.geneve, geneve({}, onEthernet(packet))),
  'GTP-U': packet => overUdp(PORT.gtp, gtp({}, packet.bytes)),
}

/** How an IP packet can stand in an Ethernet frame. */
export const LINKS: Record<string, (packet: IpPacket) => Buffer> = {
  Ethernet: onEthernet,
  VLAN: packet => ethernet({ type: 0x8100 }, vlan({ vid: 10, type: etherType(packet) }, packet.bytes)),
  QinQ: packet =>
    ethernet(
      { type: 0x88a8 },
      vlan({ vid: 100, type: 0x8100 }, vlan({ vid: 10, type: etherType(packet) }, packet.bytes)),
    ),
  MPLS: packet => ethernet({ type: 0x8847 }, mpls([1000, 2000], packet.bytes)),
  PPPoE: packet =>
    ethernet(
      { type: 0x8864 },
      pppoe({}, ppp({ protocol: packet.family === 4 ? 0x0021 : 0x0057 }, packet.bytes)),
    ),
}

/** The packet in fragments of at most `size` bytes of payload, a multiple of 8; `id` tells datagrams apart. */
export function fragments(packet: IpPacket, size: number, id: number): IpPacket[] {
  const { family, bytes } = packet
  const isV4 = family === 4
  const datagram = bytes.subarray(isV4 ? 20 : 40)
  if (datagram.length <= size) return [packet]
  const [at, length] = isV4 ? [12, 4] : [8, 16]
  const src = address(bytes.subarray(at, at + length))
  const dst = address(bytes.subarray(at + length, at + 2 * length))
  const header = { src, dst, proto: bytes[isV4 ? 9 : 6]!, id }
  return cutEvery(datagram.length, size).map(piece => ({ family, bytes: fragment(header, datagram, piece) }))
}

const address = (bytes: Uint8Array): string =>
  bytes.length === 4
    ? bytes.join('.')
    : Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16)).join(':')
