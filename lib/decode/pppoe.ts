import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED, LO_PPPOE_SESSION } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { PPP } from './encapsulations.ts'
import { namedFrame } from './ether-type.ts'
import { pppInPppoe } from './ppp.ts'

const PPPOES = word('pppoes')

const ETHERTYPE_SESSION = 0x8864
/** Version and type, both 1; of the codes a session has only 0 (RFC 2516 6). */
const VERSION_TYPE = 0x11
const SESSION_DATA = 0

/** PPP over Ethernet, session stage (RFC 2516 4): six bytes, the last two the length of the PPP packet. */
export function pppoeSession(d: Dissection): void {
  if (!d.opens(PPP) || !d.nest()) {
    namedFrame(d, ETHERTYPE_SESSION)
    return
  }
  const { bytes, at } = d
  d.step(PPPOES)
  d.statLo |= LO_PPPOE_SESSION
  if (d.end - at < 6) {
    d.cutFrame(ETHERTYPE_SESSION, HI_L2_SNAPPED)
    return
  }
  if (bytes[at] !== VERSION_TYPE || bytes[at + 1] !== SESSION_DATA) {
    d.layerTwo(ETHERTYPE_SESSION, at)
    return
  }
  d.at = at + 6
  d.narrow(d.at + ((bytes[at + 4]! << 8) | bytes[at + 5]!))
  pppInPppoe(d)
}
