import { HI_L4_HEADER_SHORT } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'

/** SCTP (RFC 9260 3): the payload is all chunks behind the common header. */
export function sctp(d: Dissection): void {
  const { bytes, at, row, packets } = d
  if (d.end - at < 12) {
    d.statHi |= HI_L4_HEADER_SHORT
    return
  }
  packets.srcPort[row] = (bytes[at]! << 8) | bytes[at + 1]!
  packets.dstPort[row] = (bytes[at + 2]! << 8) | bytes[at + 3]!
  d.payload(at + 12)
}
