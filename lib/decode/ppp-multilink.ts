import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED, HI_STOPPED } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { pppProtocol } from './ppp.ts'

const MULTILINK = word('mlppp')

const PROTOCOL_MULTILINK = 0x003d
/** In the first byte: the fragment begins and ends a packet, and six bits that are zero. */
const WHOLE = 0xc0

/**
 * PPP multilink (RFC 1990 3) with sequence numbers of 24 bits, which hold unless the sides agree on 12: four bytes.
 * Packets that are cut into fragments are not put together.
 */
export function pppMultilink(d: Dissection): void {
  const { bytes, at } = d
  d.step(MULTILINK)
  if (d.end - at < 4) {
    d.cutFrame(PROTOCOL_MULTILINK, HI_L2_SNAPPED)
    return
  }
  if (bytes[at] !== WHOLE || !d.nest()) {
    d.statHi |= HI_STOPPED
    d.layerTwo(PROTOCOL_MULTILINK, at)
    return
  }
  d.at = at + 4
  pppProtocol(d)
}
