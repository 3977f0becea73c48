import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED, HI_PPP_UNREADABLE, LO_PPP } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { mpls } from './mpls.ts'
import { pppMultilink } from './ppp-multilink.ts'

const PPP = word('ppp')

/** Address (all stations) and control field (unnumbered information). */
const FRAMING = 0xff03

/** What has no layer of its own: word of the header chain. */
const PROTOCOLS = new Map<number, number>()
for (const [protocol, name] of [
  [0x0023, 'osi'],
  [0x002b, 'ipx'],
  [0x0207, 'cdp'],
  [0x8021, 'ipcp'],
  [0x8057, 'ipv6cp'],
  [0x80fd, 'ccp'],
  [0x8281, 'mplscp'],
  [0xc021, 'lcp'],
  [0xc023, 'pap'],
  [0xc025, 'lqr'],
  [0xc223, 'chap'],
  [0xc227, 'eap'],
] as const) {
  PROTOCOLS.set(protocol, word(name))
}

/**
 * Numbers of packets that only their peer can read: robust header compression, compressed TCP/IP headers (both ways),
 * encryption, IP header compression, compression on one link and on the bundle.
 */
const UNREADABLE = new Set([
  0x0003, 0x0005, 0x002d, 0x002f, 0x0053, 0x0055, 0x0061, 0x0063, 0x0065, 0x0067, 0x0069, 0x00fb, 0x00fd,
])

/** PPP in HDLC-like framing (RFC 1662): address and control field, which both sides may have agreed to leave out. */
export function pppHdlc(d: Dissection): void {
  const { bytes, at } = d
  if (d.end - at >= 2 && bytes[at] === 0xff && bytes[at + 1] === 0x03) {
    d.headers?.pppFraming(FRAMING)
    d.at = at + 2
  }
  ppp(d)
}

/** PPP (RFC 1661 2), entered at its protocol field. */
export function ppp(d: Dissection): void {
  d.statLo |= LO_PPP
  pppInPppoe(d)
}

/** The same without the status bit, which Tranalyzer keeps for PPP that is not in PPPoE. */
export function pppInPppoe(d: Dissection): void {
  d.step(PPP)
  d.headers?.pppHeader()
  pppProtocol(d)
}

/** What the protocol field at `at` says; compressed it has only the second byte (RFC 1661 6.5). */
export function pppProtocol(d: Dissection): void {
  const { bytes, at } = d
  const captured = d.end - at
  // only the last byte of a number is odd
  const size = captured > 0 && (bytes[at]! & 1) === 1 ? 1 : 2
  if (captured < size) {
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  const protocol = size === 1 ? bytes[at]! : (bytes[at]! << 8) | bytes[at + 1]!
  d.headers?.pppProtocol(protocol)
  d.at = at + size
  switch (protocol) {
    case 0x0021:
      ipv4(d)
      break
    case 0x0057:
      ipv6(d)
      break
    case 0x003d:
      pppMultilink(d)
      break
    case 0x0281:
      mpls(d, 0x8847)
      break
    case 0x0283:
      mpls(d, 0x8848)
      break
    default:
      named(d, protocol)
  }
}

function named(d: Dissection, protocol: number): void {
  const name = PROTOCOLS.get(protocol)
  if (name === undefined) d.stepUnknown(protocol, true)
  else d.step(name)
  if (UNREADABLE.has(protocol)) d.statHi |= HI_PPP_UNREADABLE
  d.layerTwo(protocol, d.at)
}
