import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, etherType } from './ether-type.ts'

const PPP = word('ppp')

const PROTOCOL_IPV4 = 0x0021
const PROTOCOL_IPV6 = 0x0057

/** PPP in HDLC-like framing (RFC 1662): address and control, which the peers may have agreed to leave out. */
export function pppHdlc(d: Dissection): void {
  const { bytes, at } = d
  if (d.end - at >= 2 && bytes[at] === 0xff && bytes[at + 1] === 3) d.at = at + 2
  ppp(d)
}

/** PPP (RFC 1661) from its protocol field on, of one byte where it was compressed. */
export function ppp(d: Dissection): void {
  const { bytes, at } = d
  d.step(PPP)
  const size = d.end > at && (bytes[at]! & 1) === 1 ? 1 : 2
  if (d.end - at < size) {
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  const protocol = size === 1 ? bytes[at]! : (bytes[at]! << 8) | bytes[at + 1]!
  d.at = at + size
  switch (protocol) {
    case PROTOCOL_IPV4:
      etherType(d, ETHERTYPE_IPV4)
      break
    case PROTOCOL_IPV6:
      etherType(d, ETHERTYPE_IPV6)
      break
    default:
      d.stepUnknown(protocol, true)
      d.layerTwo(0, d.at)
  }
}
