import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED, LO_NO_ETH } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { etherType, MIN_ETHERTYPE, namedFrame } from './ether-type.ts'
import { copyAddresses } from './ethernet.ts'
import { llc } from './llc.ts'

const SLL = word('sll')

/** Stands for an 802.2 frame in the place of an ethertype. */
const PROTOCOL_LLC = 4

/** LINKTYPE_LINUX_SLL: 16 bytes. Its first 12 are shown as if they were MAC addresses, as Tranalyzer does. */
export function linuxCooked(d: Dissection): void {
  const { bytes, at } = d
  d.step(SLL)
  if (d.end - at < 16) {
    d.statLo |= LO_NO_ETH
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  copyAddresses(d)
  d.at = at + 16
  cookedProtocol(d, (bytes[at + 14]! << 8) | bytes[at + 15]!)
}

/** LINKTYPE_LINUX_SLL2: 20 bytes. The address is the sender's; there is none of the receiver. */
export function linuxCooked2(d: Dissection): void {
  const { bytes, at, row } = d
  const { mac } = d.packets
  d.step(SLL)
  if (d.end - at < 20) {
    d.statLo |= LO_NO_ETH
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  if (bytes[at + 11] === 6) {
    mac[3 * row + 1] = (bytes[at + 12]! << 8) | bytes[at + 13]!
    mac[3 * row + 2] =
      (bytes[at + 14]! << 24) | (bytes[at + 15]! << 16) | (bytes[at + 16]! << 8) | bytes[at + 17]!
  } else d.statLo |= LO_NO_ETH
  d.at = at + 20
  cookedProtocol(d, (bytes[at]! << 8) | bytes[at + 1]!)
}

function cookedProtocol(d: Dissection, protocol: number): void {
  if (protocol === PROTOCOL_LLC) {
    llc(d)
    return
  }
  if (protocol < MIN_ETHERTYPE) {
    namedFrame(d, protocol)
    return
  }
  etherType(d, protocol)
}
