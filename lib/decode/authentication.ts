import { HI_L3_HEADER_SHORT, HI_STOPPED } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { AH } from './encapsulations.ts'
import { ipProtocol } from './ip-protocol.ts'
import { ipv6Extensions } from './ipv6-extensions.ts'

/** Bytes without the check value. */
const MIN_SIZE = 12

/** IP authentication header (RFC 4302): what it protects follows in the clear. */
export function authentication(d: Dissection): void {
  const { bytes, at } = d
  if (!d.opens(AH)) {
    d.payload(at)
    return
  }
  const captured = d.end - at
  const size = captured < MIN_SIZE ? MIN_SIZE : (bytes[at + 1]! + 2) << 2
  if (size < MIN_SIZE || captured < size) {
    d.statHi |= HI_L3_HEADER_SHORT | HI_STOPPED
    return
  }
  if (!d.nest()) {
    d.payload(at)
    return
  }
  d.at = at + size
  if (d.packets.family[d.row] === 6) ipv6Extensions(d, bytes[at]!)
  else ipProtocol(d, bytes[at]!)
}
