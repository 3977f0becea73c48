import { word } from '../header-chains.ts'
import { LO_VXLAN } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, etherType } from './ether-type.ts'
import { ethernet } from './ethernet.ts'
import { networkNumber } from './inner-packet.ts'

const VXLAN_GPE = word('vxlan_gpe')

const ETHERTYPE_NSH = 0x894f
const ETHERTYPE_MPLS = 0x8847
const HEADER = 8
const RESERVED = 0xc0
const VERSION = 0x30
const FLAG_VNI = 0x08
const FLAG_PROTOCOL = 0x04

const NEXT_ETHERNET = 3

/** VXLAN with a next protocol (draft-ietf-nvo3-vxlan-gpe 3) at `at`; without the flag for it, it is VXLAN as it was. */
export function vxlanGpe(d: Dissection, at: number): boolean {
  const { bytes } = d
  if (d.end - at < HEADER) return false
  const flags = bytes[at]!
  if ((flags & (RESERVED | VERSION)) !== 0 || (bytes[at + 1]! | bytes[at + 2]! | bytes[at + 7]!) !== 0)
    return false
  let next = bytes[at + 3]!
  if ((flags & FLAG_PROTOCOL) === 0) {
    if ((flags & FLAG_VNI) === 0 || next !== 0) return false
    next = NEXT_ETHERNET
  }
  const type = etherTypeOf(next)
  if (type === 0 && next !== NEXT_ETHERNET) return false
  const vni = (flags & FLAG_VNI) === 0 ? 0 : networkNumber(d, at + 4)
  if (!d.enterTunnel(VXLAN_GPE, LO_VXLAN, at + HEADER, vni)) return false
  if (type === 0) ethernet(d)
  else etherType(d, type)
  return true
}

/** 0 for next protocols that have none. */
function etherTypeOf(next: number): number {
  switch (next) {
    case 1:
      return ETHERTYPE_IPV4
    case 2:
      return ETHERTYPE_IPV6
    case 4:
      return ETHERTYPE_NSH
    case 5:
      return ETHERTYPE_MPLS
    default:
      return 0
  }
}
