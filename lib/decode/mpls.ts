import { word } from '../header-chains.ts'
import {
  HI_HEADER_OVERRUN,
  HI_L2_SNAPPED,
  HI_STOPPED,
  LO_MPLS_MULTICAST,
  LO_MPLS_UNICAST,
} from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { MPLS } from './encapsulations.ts'
import { namedFrame } from './ether-type.ts'
import { longNumber } from './inner-packet.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { pseudowire } from './pseudowire.ts'

const MPLS_WORD = word('mpls')

const UNICAST = 0x8847
const MULTICAST = 0x8848

/** More labels than any network stacks; below the last the frame stays unread. */
const MAX_LABELS = 32
/** Labels that say what is below them (RFC 3032 2.1). */
const IPV4_EXPLICIT_NULL = 0
const IPV6_EXPLICIT_NULL = 2

/** MPLS label stack (RFC 3032), `type` being the ethertype; the labels do not say what they carry. */
export function mpls(d: Dissection, type: number): void {
  if (!d.opens(MPLS) || !d.nest()) {
    namedFrame(d, type)
    return
  }
  const { bytes } = d
  d.statLo |= type === MULTICAST ? LO_MPLS_MULTICAST : LO_MPLS_UNICAST
  d.headers?.labelStack()
  for (let labels = 0; labels < MAX_LABELS; labels++) {
    const { at } = d
    if (d.end - at < 4) {
      d.cutFrame(type, HI_L2_SNAPPED)
      return
    }
    d.step(MPLS_WORD)
    d.headers?.label(longNumber(d, at))
    d.at = at + 4
    // bottom of the stack
    if ((bytes[at + 2]! & 1) === 1) {
      belowLabels(d, type, (bytes[at]! << 12) | (bytes[at + 1]! << 4) | (bytes[at + 2]! >> 4))
      return
    }
  }
  d.statHi |= HI_HEADER_OVERRUN | HI_STOPPED
  d.layerTwo(type, d.at)
}

/** MPLS in IP (RFC 4023 3); `chain` lacks the protocol's word, which the labels add themselves. */
export function mplsInIp(d: Dissection, chain: number): void {
  if (!d.opens(MPLS)) return
  d.chain = chain
  mpls(d, UNICAST)
}

function belowLabels(d: Dissection, type: number, label: number): void {
  if (d.end - d.at < 1) d.cutFrame(type, HI_L2_SNAPPED)
  else if (label === IPV4_EXPLICIT_NULL) ipv4(d)
  else if (label === IPV6_EXPLICIT_NULL) ipv6(d)
  else pseudowire(d, type)
}
