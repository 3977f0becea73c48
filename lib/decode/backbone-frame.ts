import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { PBB } from './encapsulations.ts'
import { namedFrame } from './ether-type.ts'
import { ethernet } from './ethernet.ts'

const PBB_WORD = word('pbb')

const ETHERTYPE_PBB = 0x88e7
/** Service tag without its ethertype; the customer's addresses and ethertype. */
const TAG = 4
const ETHERNET = 14

/** Provider backbone bridging (IEEE 802.1Q 9.7): the tag of a service, then the customer's whole Ethernet frame. */
export function backboneFrame(d: Dissection): void {
  if (!d.opens(PBB) || !d.nest()) {
    namedFrame(d, ETHERTYPE_PBB)
    return
  }
  d.step(PBB_WORD)
  if (d.end - d.at < TAG + ETHERNET) {
    d.cutFrame(ETHERTYPE_PBB, HI_L2_SNAPPED)
    return
  }
  d.at += TAG
  ethernet(d)
}
