import { word } from '../header-chains.ts'
import { HI_HEADER_OVERRUN, HI_L2_SNAPPED, HI_STOPPED, HI_VLAN0, LO_VLAN } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { etherType } from './ether-type.ts'

const VLAN = word('vlan')

/** More tags than any network stacks; behind the last the frame stays unread. */
const MAX_TAGS = 32

/** IEEE 802.1Q tags, `type` being the tag protocol identifier of the first; stacked tags are taken one after the other. */
export function vlan(d: Dissection, type: number): void {
  const { bytes, row, packets } = d
  let next = type
  let tags = 0
  while (isTag(next)) {
    const { at } = d
    if (d.end - at < 4) {
      d.cutFrame(next, HI_L2_SNAPPED)
      return
    }
    if (tags === MAX_TAGS) {
      d.statHi |= HI_HEADER_OVERRUN | HI_STOPPED
      d.layerTwo(next, at)
      return
    }
    const tci = (bytes[at]! << 8) | bytes[at + 1]!
    // frames in frames may each have tags
    const kept = packets.vlanCount[row]!
    if (kept < 3) {
      packets.vlanTci[3 * row + kept] = tci
      packets.vlanCount[row] = kept + 1
    }
    const vid = tci & 0xfff
    packets.vlan[row] = vid
    if (vid === 0) d.statHi |= HI_VLAN0
    d.statLo |= LO_VLAN
    d.step(VLAN)
    const inner = (bytes[at + 2]! << 8) | bytes[at + 3]!
    d.headers?.vlanTag(next, tci, inner)
    next = inner
    d.at = at + 4
    tags++
  }
  etherType(d, next)
}

/** Whether an ethertype is a tag protocol identifier. */
export function isTag(type: number): boolean {
  return type === 0x8100 || type === 0x88a8 || type === 0x9100 || type === 0x9200
}
