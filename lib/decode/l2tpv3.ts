import { word } from '../header-chains.ts'
import { LO_L2TP, LO_PPP } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { L2TP } from './encapsulations.ts'
import { ethernet } from './ethernet.ts'
import { ethernetIpEndAt, innerIp, ipEndAt, longNumber } from './inner-packet.ts'
import { pppHdlc } from './ppp.ts'

const L2TP_WORD = word('l2tp')

/** Longest cookie and the sublayer that may follow any cookie (bytes); all lengths are multiples of 4. */
const MAX_UNKNOWN = 8 + 4
/** What Ethernet fills up to 60 bytes may be behind the packet in it. */
const MIN_FRAME = 60

const NOTHING = 0
const IP = 1
const PPP = 2
const ETHERNET = 3

/** A data message of L2TPv3 over UDP (RFC 3931 4.1.2.1) at `at`, eight bytes of which are captured at least. */
export function l2tpv3Udp(d: Dissection, at: number): boolean {
  const { bytes } = d
  if (((bytes[at]! & 0x7f) | (bytes[at + 1]! & 0xf0) | bytes[at + 2]! | bytes[at + 3]!) !== 0) return false
  const inner = session(d, at + 4)
  if (inner < 0) return false
  const kind = kindAt(d, inner)
  const bits = kind === PPP ? LO_L2TP | LO_PPP : LO_L2TP
  if (!d.enterTunnel(L2TP_WORD, bits, inner, longNumber(d, at + 4))) return false
  d.headers?.l2tp((bytes[at]! << 8) | bytes[at + 1]!, { l2tpCCSID: longNumber(d, at + 4) >>> 0 })
  open(d, kind)
  return true
}

/** L2TPv3 over IP (RFC 3931 4.1.1): what is not a data message that can be read is the packet's payload. */
export function l2tpv3Ip(d: Dissection): void {
  const inner = d.opens(L2TP) && !d.fragment ? session(d, d.at) : -1
  if (inner < 0 || !d.nest()) {
    d.payload(d.at)
    return
  }
  const kind = kindAt(d, inner)
  d.packets.tunnelId[d.row] = longNumber(d, d.at)
  d.headers?.l2tpOverIp(longNumber(d, d.at), d.packets, d.row)
  if (kind === PPP) d.statLo |= LO_PPP
  d.at = inner
  open(d, kind)
}

/**
 * Where the frame begins behind the session number at `at`, 0 being for control messages; −1: not found. How long the
 * cookie is, whether a sublayer follows and of which kind the frames are was agreed on elsewhere: taken is the first
 * place from which on an IP packet fills the message to its end.
 */
function session(d: Dissection, at: number): number {
  if (d.end - at < 4 || longNumber(d, at) === 0) return -1
  const first = at + 4
  for (let inner = first; inner <= first + MAX_UNKNOWN; inner += 4) {
    if (kindAt(d, inner) !== NOTHING) return inner
  }
  return -1
}

function kindAt(d: Dissection, at: number): number {
  const { bytes, wireEnd } = d
  if (at >= d.end) return NOTHING
  if (ipEndAt(d, at) === wireEnd) return IP
  if (bytes[at] === 0xff && ipEndAt(d, at + 4) === wireEnd) {
    const next = bytes[at + 4]! >> 4 === 4 ? 0x21 : 0x57
    if (bytes[at + 1] === 3 && bytes[at + 2] === 0 && bytes[at + 3] === next) return PPP
  }
  const packetEnd = ethernetIpEndAt(d, at)
  if (packetEnd === wireEnd || (packetEnd >= 0 && wireEnd - at <= MIN_FRAME)) return ETHERNET
  return NOTHING
}

function open(d: Dissection, kind: number): void {
  if (kind === IP) innerIp(d)
  else if (kind === PPP) pppHdlc(d)
  else ethernet(d)
}
