import { HI_L4_HEADER_SHORT } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'

/** ICMP (RFC 792) and ICMPv6 (RFC 4443): the payload follows the eight bytes that most messages begin with. */
export function icmp(d: Dissection): void {
  const { bytes, at, row, packets } = d
  if (d.end - at >= 2) packets.icmp[row] = (bytes[at]! << 8) | bytes[at + 1]!
  if (d.end - at < 8) {
    d.statHi |= HI_L4_HEADER_SHORT
    return
  }
  d.payload(at + 8)
}
