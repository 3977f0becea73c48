import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED, LO_NO_ETH } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { etherType } from './ether-type.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { ipByVersion } from './raw-ip.ts'

const IPOIB = word('ipoib')
const IPNET = word('ipnet')
const SLIP = word('slip')
const FIREWIRE = word('ieee1394')

/** Solaris's address families. */
const AF_INET = 2
const AF_INET6 = 26

/** LINKTYPE_IPOIB: the header of RFC 4391 section 6 behind 40 bytes of addresses. */
export function ipOverInfiniband(d: Dissection): void {
  const { bytes, at } = d
  if (!enter(d, IPOIB, 44)) return
  etherType(d, (bytes[at + 40]! << 8) | bytes[at + 41]!)
}

/** LINKTYPE_APPLE_IP_OVER_IEEE1394: two addresses of 8 bytes, and an ethertype. */
export function ipOverFirewire(d: Dissection): void {
  const { bytes, at } = d
  if (!enter(d, FIREWIRE, 18)) return
  etherType(d, (bytes[at + 16]! << 8) | bytes[at + 17]!)
}

/** LINKTYPE_IPNET of Solaris: version, address family, hook type; lengths, interfaces and zones. */
export function ipnet(d: Dissection): void {
  const { bytes, at } = d
  if (!enter(d, IPNET, 24)) return
  const family = bytes[at + 1]!
  if (family === AF_INET) ipv4(d)
  else if (family === AF_INET6) ipv6(d)
  else ipByVersion(d)
}

/** LINKTYPE_SLIP as the BSDs write it: direction, 15 bytes of a compressed header or none, then an IP packet. */
export function slip(d: Dissection): void {
  if (enter(d, SLIP, 16)) ipByVersion(d)
}

/** Steps over a header of `size` bytes, if it is there. */
function enter(d: Dissection, name: number, size: number): boolean {
  d.step(name)
  d.statLo |= LO_NO_ETH
  if (d.end - d.at < size) {
    d.cutFrame(0, HI_L2_SNAPPED)
    return false
  }
  d.at += size
  return true
}
