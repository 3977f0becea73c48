import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED, LO_NO_ETH } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { copyAddresses } from './ethernet.ts'
import { llc } from './llc.ts'

const FDDI = word('fddi')
const TOKEN_RING = word('tr')
const ATM = word('atm')

/** Frame control of FDDI: an LLC frame, whatever its priority. */
const FDDI_LLC = 0x50
/** Frame control of a token ring: 01 in the upper two bits is an LLC frame. */
const RING_LLC = 0x40
/** In the first byte of a token ring's source address: routing information follows. */
const ROUTED = 0x80
/** What SunATM says of an LLC frame. */
const SUNATM_LLC = 2

/** LINKTYPE_FDDI: frame control, destination, source. */
export function fddi(d: Dissection): void {
  const { bytes, at } = d
  if (!has(d, FDDI, 13)) return
  d.at = at + 1
  copyAddresses(d)
  d.at = at + 13
  if ((bytes[at]! & 0xf0) === FDDI_LLC) llc(d)
  else d.layerTwo(0, d.at)
}

/** LINKTYPE_IEEE802_5: access control, frame control, destination, source, routing information (IEEE 802.5 3.3). */
export function tokenRing(d: Dissection): void {
  const { bytes, at } = d
  if (!has(d, TOKEN_RING, 14)) return
  d.at = at + 2
  copyAddresses(d)
  d.at = at + 14
  if ((bytes[at + 8]! & ROUTED) !== 0) {
    const size = d.end > d.at ? bytes[d.at]! & 31 : 0
    if (size < 2 || d.end - d.at < size) {
      d.cutFrame(0, HI_L2_SNAPPED)
      return
    }
    d.at += size
  }
  if ((bytes[at + 1]! & 0xc0) === RING_LLC) llc(d)
  else d.layerTwo(0, d.at)
}

/** LINKTYPE_ATM_RFC1483: an LLC frame (RFC 2684 5). */
export function atmLlc(d: Dissection): void {
  d.statLo |= LO_NO_ETH
  if (has(d, ATM, 3)) llc(d)
}

/** LINKTYPE_SUNATM: what the frame is, virtual path and channel, then the frame. */
export function sunAtm(d: Dissection): void {
  const { bytes, at } = d
  d.statLo |= LO_NO_ETH
  if (!has(d, ATM, 4)) return
  d.at = at + 4
  if ((bytes[at]! & 15) === SUNATM_LLC) llc(d)
  else d.layerTwo(0, d.at)
}

function has(d: Dissection, name: number, size: number): boolean {
  d.step(name)
  if (d.end - d.at >= size) return true
  d.statLo |= LO_NO_ETH
  d.cutFrame(0, HI_L2_SNAPPED)
  return false
}
