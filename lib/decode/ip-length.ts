import { HI_L3_SNAPPED, HI_LENGTH_MISMATCH } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'

/** Lets the packet end where its IP length says, which leaves out padding; `odd` if that length cannot be true. */
export function boundIp(d: Dissection, ipEnd: number, odd: boolean): void {
  if (ipEnd > d.wireEnd || odd) d.statHi |= HI_LENGTH_MISMATCH
  else d.padding += d.wireEnd - ipEnd
  if (ipEnd > d.end) d.statHi |= HI_L3_SNAPPED
  else d.end = ipEnd
  d.wireEnd = ipEnd
}

/** The IP length is 0, as segmentation offload leaves it: the packet is all that is there. */
export function unboundIp(d: Dissection): void {
  d.statHi |= HI_LENGTH_MISMATCH
  if (d.end < d.wireEnd) d.statHi |= HI_L3_SNAPPED
}
