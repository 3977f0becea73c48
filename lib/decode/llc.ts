import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, namedFrame } from './ether-type.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'

const LLC = word('llc')

const SAP_IP = 0x06
const SAP_SNAP = 0xaa

/** Words of the service access points; −1 for those that say nothing of what is inside. */
const SAPS = new Map<number, number>([
  [0x00, -1],
  [0x02, -1],
  [SAP_IP, -1],
  [SAP_SNAP, -1],
  [0xff, -1],
  [0x42, word('stp')],
  [0x04, word('sna')],
  [0x08, word('sna')],
  [0xe0, word('ipx')],
  [0xf0, word('netbios')],
  [0xfe, word('osi')],
])

/** The rest of an 802.3 frame, which ends where its length field says; what follows is padding. */
export function llcFrame(d: Dissection, length: number): void {
  d.narrow(d.at + length)
  llc(d)
}

/** IEEE 802.2 logical link control: two service access points and a control field of one or two bytes. */
export function llc(d: Dissection): void {
  const { bytes, at } = d
  d.step(LLC)
  d.llc = true
  if (d.end - at < 3) {
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  const dsap = bytes[at]!
  const ssap = bytes[at + 1]!
  const saps = (dsap << 8) | ssap
  // unnumbered frames (lowest bits 11) have the short control field
  const size = (bytes[at + 2]! & 3) === 3 ? 3 : 4
  if (d.end - at < size) {
    d.cutFrame(saps, HI_L2_SNAPPED)
    return
  }
  d.at = at + size
  if (dsap === SAP_SNAP && ssap === SAP_SNAP) {
    snap(d)
    return
  }
  if (dsap === SAP_IP && ssap === SAP_IP) {
    ipv4(d)
    return
  }
  const name = SAPS.get(dsap)
  if (name === undefined) d.stepUnknown(saps, true)
  else if (name >= 0) d.step(name)
  d.layerTwo(saps, d.at)
}

/** Subnetwork access protocol (RFC 1042): organisation, and a protocol number that is an ethertype where it is 0. */
export function snap(d: Dissection): void {
  const { bytes, at } = d
  if (d.end - at < 5) {
    d.cutFrame((SAP_SNAP << 8) | SAP_SNAP, HI_L2_SNAPPED)
    return
  }
  const organisation = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
  const type = (bytes[at + 3]! << 8) | bytes[at + 4]!
  d.at = at + 5
  // 0x0000f8 is an ethertype too, of protocols that bridges must not translate (IEEE 802.1H)
  if (organisation === 0 || organisation === 0xf8) {
    if (type === ETHERTYPE_IPV4) {
      ipv4(d)
      return
    }
    if (type === ETHERTYPE_IPV6) {
      ipv6(d)
      return
    }
  }
  namedFrame(d, type)
}
