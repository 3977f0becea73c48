import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED, HI_STOPPED, LO_NO_ETH } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { llc } from './llc.ts'

const WLAN = word('802.11')

const TYPE_DATA = 2
/** Of a data frame's subtype: it carries no data; it has a QoS control field. */
const SUBTYPE_NULL = 4
const SUBTYPE_QOS = 8

const TO_DS = 0x01
const FROM_DS = 0x02
const MORE_FRAGMENTS = 0x04
const PROTECTED = 0x40
/** In QoS data: an HT control field follows (IEEE 802.11 9.2.4.1.10). */
const ORDER = 0x80
const AMSDU_PRESENT = 0x80

/** More parts of an A-MSDU than fit into the longest frame there is (IEEE 802.11 9.4: 11,454 bytes). */
const MAX_PARTS = 512

/** Address fields by the DS bits: the destination's and the source's distance from the frame's start. */
const DESTINATION = [4, 16, 4, 16]
const SOURCE = [10, 10, 16, 24]

/**
 * IEEE 802.11: data frames in the clear are opened down to their LLC packet, or packets where several share a frame.
 * Fragments are not put together. `padded`: the header is filled up to a multiple of four bytes.
 */
export function wlan(d: Dissection, padded = false): void {
  const { bytes, at } = d
  d.step(WLAN)
  d.statLo |= LO_NO_ETH
  if (d.end - at < 10) {
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  const control = bytes[at]!
  const flags = bytes[at + 1]!
  const subtype = control >> 4
  if ((control & 3) !== 0 || ((control >> 2) & 3) !== TYPE_DATA) {
    // management frames have the same three addresses; control frames end earlier
    if (d.end - at >= 24) copyMac(d, at + 4, at + 10)
    d.layerTwo(0, Math.min(at + 24, d.end))
    return
  }
  const ds = flags & (TO_DS | FROM_DS)
  const qos = (subtype & SUBTYPE_QOS) !== 0
  const qosAt = at + (ds === 3 ? 30 : 24)
  let body = qosAt + (qos ? ((flags & ORDER) === 0 ? 2 : 6) : 0)
  if (padded) body += -(body - at) & 3
  if (d.end < body) {
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  copyMac(d, at + DESTINATION[ds]!, at + SOURCE[ds]!)
  const isPart = (flags & MORE_FRAGMENTS) !== 0 || (bytes[at + 22]! & 15) !== 0
  d.at = body
  if ((subtype & SUBTYPE_NULL) !== 0) d.layerTwo(0, body)
  else if ((flags & PROTECTED) !== 0 || isPart) {
    d.statHi |= HI_STOPPED
    d.layerTwo(0, body)
  } else if (qos && (bytes[qosAt]! & AMSDU_PRESENT) !== 0) aggregate(d)
  else llc(d)
}

/** An A-MSDU: parts with addresses and a length of their own, filled up to four bytes (IEEE 802.11 9.3.2.2). */
function aggregate(d: Dissection): void {
  const { bytes, at: start, end, wireEnd, chain, statLo, statHi, enclosure, headers } = d
  const around = headers?.known
  let at = start
  for (let part = 0; part < MAX_PARTS; part++) {
    if (end - at < 14) {
      // a frame whose rest is too short for another part is all filling
      if (part === 0) d.cutFrame(0, HI_L2_SNAPPED)
      return
    }
    if (part > 0) {
      d.split()
      d.packets.clearLink(d.row)
      d.chain = chain
      d.statLo = statLo
      d.statHi = statHi
      d.enclosure = enclosure
      if (headers !== undefined) headers.known = around
    }
    const length = (bytes[at + 12]! << 8) | bytes[at + 13]!
    copyMac(d, at, at + 6)
    d.at = at + 14
    d.wireEnd = Math.min(wireEnd, d.at + length)
    d.end = Math.min(end, d.wireEnd)
    at += 14 + length
    at += -(at - start) & 3
    llc(d)
  }
}

/** Takes six bytes each as destination and source. */
function copyMac({ bytes, row, packets: { mac } }: Dissection, to: number, from: number): void {
  const cell = 3 * row
  mac[cell] = (bytes[to]! << 24) | (bytes[to + 1]! << 16) | (bytes[to + 2]! << 8) | bytes[to + 3]!
  mac[cell + 1] = (bytes[to + 4]! << 24) | (bytes[to + 5]! << 16) | (bytes[from]! << 8) | bytes[from + 1]!
  mac[cell + 2] =
    (bytes[from + 2]! << 24) | (bytes[from + 3]! << 16) | (bytes[from + 4]! << 8) | bytes[from + 5]!
}
