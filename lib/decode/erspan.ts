import { word } from '../header-chains.ts'
import { HI_L4_HEADER_SHORT, LO_ERSPAN } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { ethernet } from './ethernet.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'

const ERSPAN = word('erspan')

const TYPE_II_SIZE = 8
const TYPE_III_SIZE = 12
const SUBHEADER_SIZE = 8
/** Frame type of an IP packet that has no link header. */
const FRAME_IP = 2

/** Mirrored frames (draft-foschiano-erspan 4.1, 4.2): type II follows a GRE sequence number; type I has no header. */
export function erspan(d: Dissection, sequence: boolean): void {
  begin(d)
  if (sequence) {
    if (d.end - d.at < TYPE_II_SIZE) {
      d.keepOuter(HI_L4_HEADER_SHORT)
      return
    }
    d.at += TYPE_II_SIZE
  }
  ethernet(d)
}

/** Type III (draft-foschiano-erspan 4.3): its last bit announces a subheader of the platform. */
export function erspan3(d: Dissection): void {
  const { bytes, at } = d
  begin(d)
  const captured = d.end - at
  const size =
    captured >= TYPE_III_SIZE && (bytes[at + 11]! & 1) === 1 ? TYPE_III_SIZE + SUBHEADER_SIZE : TYPE_III_SIZE
  if (captured < size) {
    d.keepOuter(HI_L4_HEADER_SHORT)
    return
  }
  d.at = at + size
  if (((bytes[at + 10]! >> 2) & 31) !== FRAME_IP) ethernet(d)
  else if (captured > size && bytes[d.at]! >> 4 === 6) ipv6(d)
  else ipv4(d)
}

function begin(d: Dissection): void {
  d.step(ERSPAN)
  d.statLo |= LO_ERSPAN
}
