import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED, LO_NO_ETH } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { wlan } from './wlan.ts'

const RADIOTAP = word('radiotap')
const PRISM = word('prism')

/** Radiotap's present bits: a time of 8 bytes, flags; and whether another word of bits follows. */
const HAS_TSFT = 1 << 0
const HAS_FLAGS = 1 << 1
const HAS_MORE = 1 << 31
/** Radiotap's flags: a checksum ends the frame; the header is filled up to four bytes. */
const FLAG_FCS = 0x10
const FLAG_PADDED = 0x20
const MAX_PRESENT_WORDS = 32

const PRISM_SIZE = 144
/** Begins an AVS header, which came after Prism's under the same link type; the version is in the last digit. */
const AVS_MAGIC = 0x80211000

/** LINKTYPE_IEEE802_11_RADIOTAP: fields in little-endian order (https://www.radiotap.org). */
export function radiotap(d: Dissection): void {
  const { bytes, at } = d
  d.step(RADIOTAP)
  const size = d.end - at < 8 ? 0 : bytes[at + 2]! | (bytes[at + 3]! << 8)
  if (size < 8 || d.end - at < size) {
    cut(d)
    return
  }
  const flags = radiotapFlags(d, at + size)
  d.at = at + size
  if ((flags & FLAG_FCS) !== 0) dropChecksum(d)
  wlan(d, (flags & FLAG_PADDED) !== 0)
}

/** The flags field, which comes first but for a time aligned to 8 bytes; 0 without one. */
function radiotapFlags({ bytes, at }: Dissection, stop: number): number {
  const word = (position: number): number =>
    bytes[position]! |
    (bytes[position + 1]! << 8) |
    (bytes[position + 2]! << 16) |
    (bytes[position + 3]! << 24)
  const present = word(at + 4)
  let field = at + 8
  for (let words = 1, last = present; (last & HAS_MORE) !== 0; words++, field += 4) {
    if (words === MAX_PRESENT_WORDS || field + 4 > stop) return 0
    last = word(field)
  }
  if ((present & HAS_TSFT) !== 0) field = at + ((field - at + 7) & ~7) + 8
  return (present & HAS_FLAGS) !== 0 && field < stop ? bytes[field]! : 0
}

/** LINKTYPE_IEEE802_11_PRISM: a header of 144 bytes, or an AVS header. */
export function prism(d: Dissection): void {
  const { bytes, at } = d
  const magic = d.end - at < 8 ? 0 : (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8)
  if (magic === (AVS_MAGIC | 0)) {
    avs(d)
    return
  }
  d.step(PRISM)
  if (d.end - at < PRISM_SIZE) {
    cut(d)
    return
  }
  d.at = at + PRISM_SIZE
  wlan(d)
}

/** LINKTYPE_IEEE802_11_AVS: version and length of the header in network byte order. */
export function avs(d: Dissection): void {
  const { bytes, at } = d
  d.step(PRISM)
  const size = d.end - at < 8 ? 0 : (bytes[at + 6]! << 8) | bytes[at + 7]!
  if (size < 8 || d.end - at < size) {
    cut(d)
    return
  }
  d.at = at + size
  wlan(d)
}

function dropChecksum(d: Dissection): void {
  d.wireEnd = Math.max(d.at, d.wireEnd - 4)
  if (d.end > d.wireEnd) d.end = d.wireEnd
}

function cut(d: Dissection): void {
  d.statLo |= LO_NO_ETH
  d.cutFrame(0, HI_L2_SNAPPED)
}
