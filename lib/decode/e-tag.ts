import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { VNTAG } from './encapsulations.ts'
import { etherType, namedFrame } from './ether-type.ts'

const ETAG = word('etag')

const ETHERTYPE_ETAG = 0x893f

/** E-Tag of a port extender (IEEE 802.1BR 7.5): six bytes of port numbers, then the frame's own ethertype. */
export function eTag(d: Dissection): void {
  if (!d.opens(VNTAG) || !d.nest()) {
    namedFrame(d, ETHERTYPE_ETAG)
    return
  }
  const { bytes, at } = d
  d.step(ETAG)
  if (d.end - at < 8) {
    d.cutFrame(ETHERTYPE_ETAG, HI_L2_SNAPPED)
    return
  }
  d.at = at + 8
  etherType(d, (bytes[at + 6]! << 8) | bytes[at + 7]!)
}
