import { word } from '../header-chains.ts'
import {
  HI_FRAGMENT,
  HI_IPV4_HEADER_SHORT,
  HI_IPV4_SEEN,
  HI_L3_HEADER_SHORT,
  HI_STOPPED,
  LO_IPV4,
  LO_IPV6,
} from '../status-bits.ts'
import { bogusVersion } from './bogus-version.ts'
import type { Dissection } from './dissection.ts'
import { ETHERTYPE_IPV4 } from './ether-type.ts'
import { ipv4Fragment, MORE_FRAGMENTS } from './ip-fragment.ts'
import { boundIp, unboundIp } from './ip-length.ts'
import { ipProtocol } from './ip-protocol.ts'

const IPV4 = word('ipv4')

/** IPv4 (RFC 791). */
export function ipv4(d: Dissection): void {
  const { bytes, at, row, packets } = d
  const captured = d.end - at
  if (captured > 0 && bytes[at]! >> 4 !== 4) {
    bogusVersion(d, ETHERTYPE_IPV4)
    return
  }
  d.step(IPV4)
  d.statHi |= HI_IPV4_SEEN
  if (captured < 20) {
    if (d.keepOuter(HI_L3_HEADER_SHORT)) return
    d.cutFrame(ETHERTYPE_IPV4, HI_L3_HEADER_SHORT)
    return
  }
  const size = (bytes[at]! & 15) << 2
  if (size < 20) {
    if (d.keepOuter(HI_IPV4_HEADER_SHORT)) return
    d.statHi |= HI_IPV4_HEADER_SHORT | HI_STOPPED
    d.layerTwo(ETHERTYPE_IPV4, at)
    return
  }

  d.enterNetwork()
  const { addr } = packets
  const to = 8 * row
  addr[to] = (bytes[at + 12]! << 24) | (bytes[at + 13]! << 16) | (bytes[at + 14]! << 8) | bytes[at + 15]!
  addr[to + 4] = (bytes[at + 16]! << 24) | (bytes[at + 17]! << 16) | (bytes[at + 18]! << 8) | bytes[at + 19]!
  const id = (bytes[at + 4]! << 8) | bytes[at + 5]!
  packets.family[row] = 4
  packets.ethType[row] = ETHERTYPE_IPV4
  d.statLo = (d.statLo & ~LO_IPV6) | LO_IPV4

  const total = (bytes[at + 2]! << 8) | bytes[at + 3]!
  d.lengthFree = total === 0
  if (total === 0) unboundIp(d)
  else boundIp(d, at + Math.max(total, size), total < size)

  const proto = bytes[at + 9]!
  const fragment = (bytes[at + 6]! << 8) | bytes[at + 7]!
  // those of later fragments repeat that of the first, and say nothing
  if ((fragment & 0x1fff) === 0) packets.ipId[row] = id
  const isFragment = (fragment & (MORE_FRAGMENTS | 0x1fff)) !== 0
  if (isFragment) d.statHi |= HI_FRAGMENT
  if (captured < size) {
    packets.l4Proto[row] = proto
    d.statHi |= HI_L3_HEADER_SHORT | HI_STOPPED
    return
  }
  d.at = at + size
  if (isFragment) ipv4Fragment(d, proto, fragment, id, size)
  else ipProtocol(d, proto)
}
