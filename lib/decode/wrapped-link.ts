import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED, LO_NO_ETH } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { linkLayer } from './link-type.ts'

const PPI = word('ppi')
const PKTAP = word('pktap')

/** LINKTYPE_PPI: version, flags, length and link type in little-endian order, then fields about the reception. */
export function perPacketInformation(d: Dissection): void {
  const { bytes, at } = d
  d.step(PPI)
  const isWhole = d.end - at >= 8
  const size = isWhole ? bytes[at + 2]! | (bytes[at + 3]! << 8) : 0
  goOn(d, size, 8, isWhole ? word32(bytes, at + 4) : 0)
}

/** LINKTYPE_PKTAP of macOS: length, kind of record, link type of what follows, in the host's order, little-endian by now. */
export function packetTap(d: Dissection): void {
  const { bytes, at } = d
  d.step(PKTAP)
  const isWhole = d.end - at >= 12
  goOn(d, isWhole ? word32(bytes, at) : 0, 12, isWhole ? word32(bytes, at + 8) : 0)
}

function goOn(d: Dissection, size: number, least: number, linkType: number): void {
  if (size < least || d.end - d.at < size) {
    d.statLo |= LO_NO_ETH
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  d.at += size
  if (d.nest()) linkLayer(d, linkType)
  else d.layerTwo(0, d.at)
}

function word32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}
