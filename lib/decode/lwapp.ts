import { word } from '../header-chains.ts'
import { LO_CAPWAP } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { wlan } from './wlan.ts'

const LWAPP = word('lwapp')

const HEADER = 6
/** In the first byte: version; a control message; part of a fragmented one. */
const VERSION = 0xc0
const CONTROL = 0x04
const FRAGMENT = 0x02

/** A data packet of LWAPP (RFC 5412 3.3.1) at `at`: version 0, whole, its length that of the 802.11 frame in it. */
export function lwapp(d: Dissection, at: number): boolean {
  const { bytes } = d
  if (d.end - at < HEADER || (bytes[at]! & (VERSION | CONTROL | FRAGMENT)) !== 0) return false
  const length = (bytes[at + 2]! << 8) | bytes[at + 3]!
  if (at + HEADER + length !== d.wireEnd) return false
  if (!d.enterTunnel(LWAPP, LO_CAPWAP, at + HEADER)) return false
  wlan(d)
  return true
}
