import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED, LO_NO_ETH } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'

const NULL = word('null')
const LOOP = word('loop')

/** LINKTYPE_NULL: the address family in the byte order of the host that captured. */
export function nullLoopback(d: Dissection): void {
  d.step(NULL)
  if (!hasFamily(d)) return
  const { bytes, at } = d
  // families are small numbers: where the upper half is not zero, the bytes are swapped
  const swapped = (bytes[at]! | bytes[at + 1]!) !== 0
  d.at = at + 4
  addressFamily(d, swapped ? bytes[at]! | (bytes[at + 1]! << 8) : (bytes[at + 2]! << 8) | bytes[at + 3]!)
}

/** LINKTYPE_LOOP: the same in network byte order. */
export function loopback(d: Dissection): void {
  d.step(LOOP)
  if (!hasFamily(d)) return
  const { bytes, at } = d
  d.at = at + 4
  addressFamily(d, (bytes[at + 2]! << 8) | bytes[at + 3]!)
}

function hasFamily(d: Dissection): boolean {
  d.statLo |= LO_NO_ETH
  if (d.end - d.at >= 4) return true
  d.cutFrame(0, HI_L2_SNAPPED)
  return false
}

/** What an address family, a number of the system that captured, says of the packet at `at`. */
export function addressFamily(d: Dissection, family: number): void {
  switch (family) {
    case 2:
      ipv4(d)
      break
    // IPv6 of Linux; NetBSD, OpenBSD and BSD/OS; FreeBSD and DragonFly; macOS
    case 10:
    case 24:
    case 28:
    case 30:
      ipv6(d)
      break
    default:
      d.stepUnknown(family, false)
      d.layerTwo(0, d.at)
  }
}
