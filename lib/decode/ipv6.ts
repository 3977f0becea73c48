import { word } from '../header-chains.ts'
import { HI_IPV6_SEEN, HI_L3_HEADER_SHORT, LO_IPV4, LO_IPV6 } from '../status-bits.ts'
import { bogusVersion } from './bogus-version.ts'
import type { Dissection } from './dissection.ts'
import { ETHERTYPE_IPV6 } from './ether-type.ts'
import { boundIp, unboundIp } from './ip-length.ts'
import { HOP_BY_HOP, ipv6Extensions, jumboLength } from './ipv6-extensions.ts'

const IPV6 = word('ipv6')

const NO_NEXT_HEADER = 59

/** IPv6 (RFC 8200). */
export function ipv6(d: Dissection): void {
  const { bytes, at, row, packets } = d
  const captured = d.end - at
  if (captured > 0 && bytes[at]! >> 4 !== 6) {
    bogusVersion(d, ETHERTYPE_IPV6)
    return
  }
  d.step(IPV6)
  d.statHi |= HI_IPV6_SEEN
  if (captured < 40) {
    if (d.keepOuter(HI_L3_HEADER_SHORT)) return
    d.cutFrame(ETHERTYPE_IPV6, HI_L3_HEADER_SHORT)
    return
  }

  d.enterNetwork()
  const { addr } = packets
  // source and destination follow each other, here as in the column
  for (let from = at + 8, to = 8 * row; from < at + 40; from += 4, to++) {
    addr[to] = (bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!
  }
  packets.family[row] = 6
  packets.ethType[row] = ETHERTYPE_IPV6
  d.statLo = (d.statLo & ~LO_IPV4) | LO_IPV6

  const next = bytes[at + 6]!
  d.at = at + 40
  boundPayload(d, (bytes[at + 4]! << 8) | bytes[at + 5]!, next)
  ipv6Extensions(d, next)
}

/** Finds the packet's end from the payload length, which is 0 in jumbograms (RFC 2675) and under offload. */
function boundPayload(d: Dissection, length: number, next: number): void {
  const jumbo = length === 0 && next === HOP_BY_HOP ? jumboLength(d) : 0
  d.lengthFree = length === 0
  if (length !== 0) boundIp(d, d.at + length, false)
  else if (jumbo > 0) boundIp(d, d.at + jumbo, false)
  else if (next === NO_NEXT_HEADER) boundIp(d, d.at, false)
  else unboundIp(d)
}
