import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { VNTAG } from './encapsulations.ts'
import { etherType, namedFrame } from './ether-type.ts'

const VNTAG_WORD = word('vntag')

const ETHERTYPE_VNTAG = 0x8926

/** Cisco's VN-Tag, the draft that became 802.1BR: four bytes of virtual interfaces, then the frame's own ethertype. */
export function vnTag(d: Dissection): void {
  if (!d.opens(VNTAG) || !d.nest()) {
    namedFrame(d, ETHERTYPE_VNTAG)
    return
  }
  const { bytes, at } = d
  d.step(VNTAG_WORD)
  if (d.end - at < 6) {
    d.cutFrame(ETHERTYPE_VNTAG, HI_L2_SNAPPED)
    return
  }
  d.at = at + 6
  etherType(d, (bytes[at + 4]! << 8) | bytes[at + 5]!)
}
