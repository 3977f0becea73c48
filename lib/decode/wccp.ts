import { word } from '../header-chains.ts'
import { HI_L4_HEADER_SHORT, LO_WCCP } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { WCCP } from './encapsulations.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'

const WCCP_WORD = word('wccp')

const REDIRECT_HEADER = 4
/** First byte of an IPv4 header of the least length; in a redirect header these bits are zero. */
const IPV4_FIRST = 0x45

/**
 * Packets that a router redirects to a cache (draft-wilson-wrec-wccp-v2 4.12): version 2 puts four bytes in front,
 * version 1 nothing.
 */
export function wccp(d: Dissection): void {
  const { bytes, at } = d
  d.step(WCCP_WORD)
  d.statLo |= LO_WCCP
  if (!d.opens(WCCP)) return
  if (d.end - at <= REDIRECT_HEADER) {
    d.keepOuter(HI_L4_HEADER_SHORT)
    return
  }
  // a longer IPv4 header has more of the bits that are zero in a redirect header
  if (bytes[at]! >> 4 === 4 && bytes[at]! >= IPV4_FIRST) {
    ipv4(d)
    return
  }
  d.at = at + REDIRECT_HEADER
  const version = bytes[d.at]! >> 4
  if (version === 4) ipv4(d)
  else if (version === 6) ipv6(d)
  else d.keepOuter(0)
}
