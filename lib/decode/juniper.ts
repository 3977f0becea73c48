import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED, HI_STOPPED, LO_NO_ETH } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'

const JUNIPER = word('juniper')

/** The letters MGC, which every header begins with. */
const MAGIC = 0x4d4743
/** Flags behind them: extensions follow, with their length in two bytes; the frame's own link header is missing. */
const HAS_EXTENSIONS = 0x80
const NO_LINK = 0x02

/** LINKTYPE_JUNIPER_*: a header of the router's, then a frame of the kind that the link type names. */
export function juniper(d: Dissection, inside: (d: Dissection) => void): void {
  const { bytes, at } = d
  d.step(JUNIPER)
  const captured = d.end - at
  const flags = captured < 6 ? 0 : bytes[at + 3]!
  const size = (flags & HAS_EXTENSIONS) === 0 ? 4 : 6 + ((bytes[at + 4]! << 8) | bytes[at + 5]!)
  if (captured < 6 || captured < size) {
    d.statLo |= LO_NO_ETH
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  const magic = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
  d.at = at + size
  if (magic === MAGIC && (flags & NO_LINK) === 0) inside(d)
  else {
    d.statLo |= LO_NO_ETH
    d.statHi |= HI_STOPPED
    d.layerTwo(0, magic === MAGIC ? d.at : at)
  }
}
