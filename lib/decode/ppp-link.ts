import { LO_NO_ETH } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { pppHdlc } from './ppp.ts'
import { pppoeSession } from './pppoe.ts'

/** LINKTYPE_PPP and LINKTYPE_PPP_HDLC: PPP, in HDLC-like framing or bare. */
export function pppLink(d: Dissection): void {
  d.statLo |= LO_NO_ETH
  pppHdlc(d)
}

/** LINKTYPE_PPP_WITH_DIR: a byte that says who sent it, then the same. */
export function pppWithDirection(d: Dissection): void {
  d.statLo |= LO_NO_ETH
  if (d.at < d.end) d.at++
  pppHdlc(d)
}

/** LINKTYPE_PPP_PPPD: who sent it stands in the place of the address. */
export function pppOfDaemon(d: Dissection): void {
  const { bytes, at } = d
  d.statLo |= LO_NO_ETH
  if (d.end - at >= 2 && bytes[at]! <= 1 && bytes[at + 1] === 0x03) d.at = at + 2
  pppHdlc(d)
}

/** LINKTYPE_PPP_ETHER: PPPoE of a session without the Ethernet header. */
export function pppoeLink(d: Dissection): void {
  d.statLo |= LO_NO_ETH
  pppoeSession(d)
}
