import { HI_L4_HEADER_SHORT } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'

/** TCP (RFC 9293 3.1). */
export function tcp(d: Dissection): void {
  const { bytes, at, row, packets } = d
  if (d.end - at < 20) {
    d.statHi |= HI_L4_HEADER_SHORT
    return
  }
  packets.srcPort[row] = (bytes[at]! << 8) | bytes[at + 1]!
  packets.dstPort[row] = (bytes[at + 2]! << 8) | bytes[at + 3]!
  packets.tcpSeq[row] =
    (bytes[at + 4]! << 24) | (bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!
  packets.tcpAck[row] =
    (bytes[at + 8]! << 24) | (bytes[at + 9]! << 16) | (bytes[at + 10]! << 8) | bytes[at + 11]!
  packets.tcpFlags[row] = ((bytes[at + 12]! & 15) << 8) | bytes[at + 13]!
  packets.tcpWin[row] = (bytes[at + 14]! << 8) | bytes[at + 15]!

  const size = (bytes[at + 12]! >> 4) << 2
  if (size < 20 || at + size > d.wireEnd) {
    // where the payload begins is anyone's guess: no header byte may pass for payload
    if (!d.fragment || size < 20) d.statHi |= HI_L4_HEADER_SHORT
    return
  }
  if (at + size > d.end) d.statHi |= HI_L4_HEADER_SHORT
  d.payload(at + size)
}
