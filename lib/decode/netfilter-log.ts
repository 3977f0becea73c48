import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED, LO_NO_ETH } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { addressFamily } from './null-loopback.ts'

const NFLOG = word('nflog')
const PFLOG = word('pflog')

/** The attribute that holds the packet. */
const PAYLOAD = 9
/** Attributes have numbers below this one; a number above it is one in the other byte order. */
const MAX_TYPE = 0xff
const MAX_ATTRIBUTES = 64

/** LINKTYPE_NFLOG: address family, version, group, then attributes in the byte order of the host that captured. */
export function netfilterLog(d: Dissection): void {
  const { bytes, at } = d
  d.step(NFLOG)
  d.statLo |= LO_NO_ETH
  if (d.end - at < 8) {
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  const isBig = (bytes[at + 6]! | (bytes[at + 7]! << 8)) > MAX_TYPE
  const number = (position: number): number =>
    isBig ? (bytes[position]! << 8) | bytes[position + 1]! : bytes[position]! | (bytes[position + 1]! << 8)
  let attribute = at + 4
  for (let seen = 0; seen < MAX_ATTRIBUTES && d.wireEnd - attribute >= 4 && d.end - attribute >= 4; seen++) {
    const size = number(attribute)
    // the upper two bits say that it is nested, or in network byte order
    const type = number(attribute + 2) & 0x3fff
    if (size < 4) break
    if (type === PAYLOAD) {
      d.wireEnd = Math.min(d.wireEnd, attribute + size)
      d.end = Math.min(d.end, d.wireEnd)
      d.at = attribute + 4
      addressFamily(d, bytes[at]!)
      return
    }
    attribute += (size + 3) & ~3
  }
  d.layerTwo(0, at + 4)
}

/** LINKTYPE_PFLOG: the length of the header, which is filled up to four bytes, and the address family. */
export function packetFilterLog(d: Dissection): void {
  const { bytes, at } = d
  d.step(PFLOG)
  d.statLo |= LO_NO_ETH
  const size = d.end - at < 2 ? 0 : (bytes[at]! + 3) & ~3
  if (size < 4 || d.end - at < size) {
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  d.at = at + size
  addressFamily(d, bytes[at + 1]!)
}
