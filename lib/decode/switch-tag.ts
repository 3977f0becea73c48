import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { etherType } from './ether-type.ts'
import { copyAddresses, ETH, ethernet } from './ethernet.ts'

const DSA = word('dsa')
const BRCM = word('brcm')

/** LINKTYPE_DSA_TAG_DSA and _EDSA: Marvell's tag of 4 bytes, or 8 with an ethertype of its own, behind the addresses. */
export function marvellTag(d: Dissection, size: 4 | 8): void {
  tagged(d, DSA, size)
}

/** LINKTYPE_DSA_TAG_BRCM: Broadcom's tag of 4 bytes behind the addresses. */
export function broadcomTag(d: Dissection): void {
  tagged(d, BRCM, 4)
}

/** LINKTYPE_DSA_TAG_BRCM_PREPEND: the same in front of the frame. */
export function broadcomPrefix(d: Dissection): void {
  d.step(BRCM)
  if (d.end - d.at < 4) {
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  d.at += 4
  ethernet(d)
}

function tagged(d: Dissection, name: number, size: number): void {
  const { bytes, at } = d
  d.step(ETH)
  d.step(name)
  if (d.end - at < 14 + size) {
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  copyAddresses(d)
  d.at = at + 14 + size
  etherType(d, (bytes[at + 12 + size]! << 8) | bytes[at + 13 + size]!)
}
