import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED, LO_NO_ETH } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { etherType } from './ether-type.ts'

export const ETH = word('eth')

/** Ethernet II and IEEE 802.3: destination, source, then an ethertype or a length. */
export function ethernet(d: Dissection): void {
  const { bytes, at } = d
  d.step(ETH)
  if (d.end - at < 12) {
    if (d.keepOuter(HI_L2_SNAPPED)) return
    d.statLo |= LO_NO_ETH
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  copyAddresses(d)
  if (d.end - at < 14) {
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  d.at = at + 14
  etherType(d, (bytes[at + 12]! << 8) | bytes[at + 13]!)
}

/** Takes the 12 bytes at `at` as both MAC addresses. */
export function copyAddresses({ bytes, at, row, packets: { mac } }: Dissection): void {
  const to = 3 * row
  mac[to] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  mac[to + 1] = (bytes[at + 4]! << 24) | (bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!
  mac[to + 2] = (bytes[at + 8]! << 24) | (bytes[at + 9]! << 16) | (bytes[at + 10]! << 8) | bytes[at + 11]!
}
