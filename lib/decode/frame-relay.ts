import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED, LO_NO_ETH } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { etherType } from './ether-type.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { snap } from './llc.ts'

const FR = word('fr')

/** Longest address (Q.922); its last byte has the lowest bit set. */
const MAX_ADDRESS = 4
const UNNUMBERED = 0x03

/** Network layer protocol identifiers (RFC 2427 3). */
const NLPID_SNAP = 0x80
const NLPID_IPV4 = 0xcc
const NLPID_IPV6 = 0x8e

/** LINKTYPE_FRELAY: a Q.922 address, then what RFC 2427 puts behind it, or an ethertype as Cisco does. */
export function frameRelay(d: Dissection): void {
  const { bytes, at } = d
  d.step(FR)
  d.statLo |= LO_NO_ETH
  let next = at
  while (next < d.end && next - at < MAX_ADDRESS && (bytes[next]! & 1) === 0) next++
  next++
  if (d.end - next < 2) {
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  if (bytes[next] !== UNNUMBERED) {
    d.at = next + 2
    etherType(d, (bytes[next]! << 8) | bytes[next + 1]!)
    return
  }
  next++
  // a byte of filling may bring what follows to an even place
  if (bytes[next] === 0 && next + 1 < d.end) next++
  const nlpid = bytes[next]!
  d.at = next + 1
  if (nlpid === NLPID_IPV4) ipv4(d)
  else if (nlpid === NLPID_IPV6) ipv6(d)
  else if (nlpid === NLPID_SNAP) snap(d)
  else {
    d.stepUnknown(nlpid, true)
    d.layerTwo(nlpid, d.at)
  }
}
