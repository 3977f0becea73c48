import type { Dissection } from './dissection.ts'
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from './ether-type.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'

/**
 * What tunnels look at before they are opened: a port says little about what a datagram holds.
 */

/** More VLAN tags than this are not looked through. */
const MAX_TAGS = 4

/** The version that an IP packet at `at` has by its first four bits, 4 or 6; 0: neither. */
export function ipVersionAt({ bytes, end }: Dissection, at: number): 0 | 4 | 6 {
  if (at >= end) return 0
  const version = bytes[at]! >> 4
  return version === 4 || version === 6 ? version : 0
}

/** The three bytes of a network's number (VNI) at `at`. */
export function networkNumber({ bytes }: Dissection, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
}

/** The four bytes of a number at `at`, which stays a signed one. */
export function longNumber({ bytes }: Dissection, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

/** Where the IP packet at `at` ends by its own length; −1: its header is not whole, wrong, or says more than there is. */
export function ipEndAt(d: Dissection, at: number): number {
  const { bytes } = d
  const version = ipVersionAt(d, at)
  const captured = d.end - at
  if (version === 0 || captured < (version === 4 ? 20 : 40)) return -1
  let packetEnd: number
  if (version === 4) {
    const size = (bytes[at]! & 15) << 2
    const total = (bytes[at + 2]! << 8) | bytes[at + 3]!
    if (size < 20 || total < size) return -1
    packetEnd = at + total
  } else packetEnd = at + 40 + ((bytes[at + 4]! << 8) | bytes[at + 5]!)
  return packetEnd <= d.wireEnd ? packetEnd : -1
}

/** As `ipEndAt()`, for the packet in the Ethernet frame at `at`. */
export function ethernetIpEndAt(d: Dissection, at: number): number {
  const { bytes, end } = d
  let type = at + 12
  for (let tags = 0; tags <= MAX_TAGS && type + 2 <= end; tags++) {
    const value = (bytes[type]! << 8) | bytes[type + 1]!
    if (value === ETHERTYPE_IPV4) return ipVersionAt(d, type + 2) === 4 ? ipEndAt(d, type + 2) : -1
    if (value === ETHERTYPE_IPV6) return ipVersionAt(d, type + 2) === 6 ? ipEndAt(d, type + 2) : -1
    if (value !== 0x8100 && value !== 0x88a8) return -1
    type += 4
  }
  return -1
}

/** Goes on with the IP packet at `d.at`, whose version was looked at. */
export function innerIp(d: Dissection): void {
  if (d.bytes[d.at]! >> 4 === 4) ipv4(d)
  else ipv6(d)
}
