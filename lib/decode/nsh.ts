import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { NSH } from './encapsulations.ts'
import { namedFrame } from './ether-type.ts'
import { ethernet } from './ethernet.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { mpls } from './mpls.ts'

const NSH_WORD = word('nsh')

export const ETHERTYPE_NSH = 0x894f
const ETHERTYPE_MPLS = 0x8847
/** Base and service path header. */
const MIN_SIZE = 8

/** Network service header (RFC 8300): says its own length, and what is behind it by numbers of its own. */
export function nsh(d: Dissection): void {
  if (!d.opens(NSH) || !d.nest()) {
    namedFrame(d, ETHERTYPE_NSH)
    return
  }
  const { bytes, at } = d
  d.step(NSH_WORD)
  const captured = d.end - at
  const size = captured < MIN_SIZE ? MIN_SIZE : (bytes[at + 1]! & 63) << 2
  if (captured < size) {
    d.cutFrame(ETHERTYPE_NSH, HI_L2_SNAPPED)
    return
  }
  if (bytes[at]! >> 6 !== 0 || size < MIN_SIZE) {
    d.layerTwo(ETHERTYPE_NSH, at)
    return
  }
  d.at = at + size
  switch (bytes[at + 3]!) {
    case 1:
      ipv4(d)
      break
    case 2:
      ipv6(d)
      break
    case 3:
      ethernet(d)
      break
    case 4:
      nsh(d)
      break
    case 5:
      mpls(d, ETHERTYPE_MPLS)
      break
    default:
      d.stepUnknown(bytes[at + 3]!, false)
      d.layerTwo(ETHERTYPE_NSH, d.at)
  }
}
