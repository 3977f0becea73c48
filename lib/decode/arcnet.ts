import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED, HI_STOPPED, LO_NO_ETH } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'

const ARCNET = word('arcnet')

/** Protocols (RFC 1051 2, RFC 1201 2.1). */
const IPV4_1051 = 0xf0
const IPV4_1201 = 0xd4
const IPV6_1201 = 0xc4

/** LINKTYPE_ARCNET_LINUX: source, destination, two bytes of the card's, protocol; by RFC 1201 also flag and sequence. */
export function arcnet(d: Dissection): void {
  const { bytes, at } = d
  d.step(ARCNET)
  d.statLo |= LO_NO_ETH
  if (d.end - at < 5) {
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  const protocol = bytes[at + 4]!
  d.at = at + 5
  if (protocol === IPV4_1051) ipv4(d)
  else if (protocol === IPV4_1201 || protocol === IPV6_1201) packet1201(d, protocol)
  else {
    d.stepUnknown(protocol, true)
    d.layerTwo(protocol, d.at)
  }
}

/** What has a flag of 0 is whole (RFC 1201 2.2); parts of a packet are not put together. */
function packet1201(d: Dissection, protocol: number): void {
  const { bytes, at } = d
  if (d.end - at < 3) d.cutFrame(protocol, HI_L2_SNAPPED)
  else if (bytes[at] !== 0) {
    d.statHi |= HI_STOPPED
    d.layerTwo(protocol, at)
  } else {
    d.at = at + 3
    if (protocol === IPV4_1201) ipv4(d)
    else ipv6(d)
  }
}
