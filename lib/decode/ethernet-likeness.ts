import type { Dissection } from './dissection.ts'
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, isNamed, MAX_LENGTH } from './ether-type.ts'
import { isTag } from './vlan.ts'

const HEADER = 14
/** Service access points of 802.2 that are in use: spanning tree, SNAP, IS-IS. */
const SAPS = new Set([0x42, 0xaa, 0xfe])

/**
 * How much the bytes at `at` look like an Ethernet frame: 2, its ethertype is known, and an IP packet has the version
 * that its ethertype says; 1, its field is a length that fits, with 802.2 behind; 0, neither, or its sender's address
 * is one of a group, which no sender has (IEEE 802 8.2).
 */
export function likenessToEthernet({ bytes, end, wireEnd }: Dissection, at: number): 0 | 1 | 2 {
  const data = at + HEADER
  if (end - data < 2 || (bytes[at + 6]! & 1) === 1) return 0
  const field = (bytes[at + 12]! << 8) | bytes[at + 13]!
  if (field <= MAX_LENGTH) {
    const fits = field >= 3 && data + field <= wireEnd
    return fits && bytes[data] === bytes[data + 1] && SAPS.has(bytes[data]!) ? 1 : 0
  }
  if (field === ETHERTYPE_IPV4) return bytes[data]! >> 4 === 4 ? 2 : 0
  if (field === ETHERTYPE_IPV6) return bytes[data]! >> 4 === 6 ? 2 : 0
  return isTag(field) || isNamed(field) ? 2 : 0
}
