import { word } from '../header-chains.ts'
import {
  LO_ARP,
  LO_LLDP,
  LO_MPLS_MULTICAST,
  LO_MPLS_UNICAST,
  LO_PPP,
  LO_PPPOE_DISCOVERY,
  LO_PPPOE_SESSION,
  LO_RARP,
} from '../status-bits.ts'
import { backboneFrame } from './backbone-frame.ts'
import type { Dissection } from './dissection.ts'
import { eTag } from './e-tag.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { llcFrame } from './llc.ts'
import { mpls } from './mpls.ts'
import { nsh } from './nsh.ts'
import { pppoeSession } from './pppoe.ts'
import { vlan } from './vlan.ts'
import { vnTag } from './vn-tag.ts'

export const ETHERTYPE_IPV4 = 0x0800
export const ETHERTYPE_IPV6 = 0x86dd

/** The largest value of the field that is a length, and the smallest that is an ethertype (IEEE 802.3 3.2.6). */
export const MAX_LENGTH = 1500
export const MIN_ETHERTYPE = 0x0600

/** What follows an ethertype, or the length in its place; `at` is the byte behind it. */
export function etherType(d: Dissection, type: number): void {
  switch (type) {
    case ETHERTYPE_IPV4:
      ipv4(d)
      break
    case ETHERTYPE_IPV6:
      ipv6(d)
      break
    case 0x8100:
    case 0x88a8:
    case 0x9100:
    case 0x9200:
      vlan(d, type)
      break
    case 0x8847:
    case 0x8848:
      mpls(d, type)
      break
    case 0x8864:
      pppoeSession(d)
      break
    case 0x88e7:
      backboneFrame(d)
      break
    case 0x8926:
      vnTag(d)
      break
    case 0x893f:
      eTag(d)
      break
    case 0x894f:
      nsh(d)
      break
    default:
      if (type <= MAX_LENGTH) {
        llcFrame(d, type)
        return
      }
      namedFrame(d, type)
      return
  }
}

/** What has no layer of its own, or is left closed: word of the header chain, status bits. */
const FRAMES = new Map<number, { name: number; bits: number }>()
for (const [type, name, bits] of [
  [0x0806, 'arp', LO_ARP],
  [0x8035, 'rarp', LO_RARP],
  [0x88cc, 'lldp', LO_LLDP],
  [0x8847, 'mpls', LO_MPLS_UNICAST],
  [0x8848, 'mpls', LO_MPLS_MULTICAST],
  [0x8863, 'pppoed', LO_PPPOE_DISCOVERY],
  [0x8864, 'pppoes', LO_PPPOE_SESSION],
  [0x010b, 'stp', 0],
  [0x2000, 'cdp', 0],
  [0x2003, 'vtp', 0],
  [0x2004, 'dtp', 0],
  [0x0104, 'pagp', 0],
  [0x0111, 'udld', 0],
  [0x6004, 'lat', 0],
  [0x8137, 'ipx', 0],
  [0x809b, 'ddp', 0],
  [0x80f3, 'aarp', 0],
  [0x8809, 'slow', 0],
  [0x888e, 'eapol', 0],
  [0x88f7, 'ptp', 0],
  [0x8902, 'cfm', 0],
  [0x872d, 'wlccp', 0],
  [0x880b, 'ppp', LO_PPP],
  [0x88e5, 'macsec', 0],
  [0x88e7, 'pbb', 0],
  [0x8926, 'vntag', 0],
  [0x893f, 'etag', 0],
  [0x894f, 'nsh', 0],
  [0x890d, 'wlan', 0],
  [0x9000, 'loop', 0],
] as const) {
  FRAMES.set(type, { name: word(name), bits })
}

/** Whether frames of this ethertype are known by name. */
export function isNamed(type: number): boolean {
  return FRAMES.has(type)
}

/** A frame whose ethertype ends the dissection; SNAP protocol numbers are looked up here too. */
export function namedFrame(d: Dissection, type: number): void {
  const frame = FRAMES.get(type)
  if (frame === undefined) d.stepUnknown(type, true)
  else {
    d.step(frame.name)
    d.statLo |= frame.bits
  }
  d.layerTwo(type, d.at)
}
