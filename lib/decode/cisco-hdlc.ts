import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED, LO_NO_ETH } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { etherType, MIN_ETHERTYPE, namedFrame } from './ether-type.ts'

const CHDLC = word('chdlc')

/** Serial line address resolution, which has an ethertype's number that means something else on Ethernet. */
const SLARP = 0x8035

/** LINKTYPE_C_HDLC: address, control, and an ethertype (RFC 1547 4.3.1). */
export function ciscoHdlc(d: Dissection): void {
  const { bytes, at } = d
  d.step(CHDLC)
  d.statLo |= LO_NO_ETH
  if (d.end - at < 4) {
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  const type = (bytes[at + 2]! << 8) | bytes[at + 3]!
  d.at = at + 4
  if (type === SLARP) {
    d.stepUnknown(type, true)
    d.layerTwo(type, d.at)
  } else if (type < MIN_ETHERTYPE) namedFrame(d, type)
  else etherType(d, type)
}
