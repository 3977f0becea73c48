import { HI_L4_HEADER_SHORT } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { PIM } from './encapsulations.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'

/** Version 2, type 1. */
const REGISTER = 0x21

/** PIM (RFC 7761 4.9): a register message holds a multicast packet behind eight bytes; all others are signalling. */
export function pim(d: Dissection): void {
  const { bytes, at } = d
  if (d.end - at < 4) {
    d.statHi |= HI_L4_HEADER_SHORT
    return
  }
  if (bytes[at] !== REGISTER || !d.opens(PIM) || !d.nest()) return
  if (d.end - at < 9) {
    d.keepOuter(HI_L4_HEADER_SHORT)
    return
  }
  d.at = at + 8
  const version = bytes[at + 8]! >> 4
  if (version === 4) ipv4(d)
  else if (version === 6) ipv6(d)
  else d.keepOuter(0)
}
