import { word } from '../header-chains.ts'
import { LO_L2TP, LO_PPP } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { l2tpv3Udp } from './l2tpv3.ts'
import { pppHdlc } from './ppp.ts'

const L2TP = word('l2tp')

const FLAG_CONTROL = 0x8000
const FLAG_LENGTH = 0x4000
const FLAG_SEQUENCE = 0x0800
const FLAG_OFFSET = 0x0200
const RESERVED = 0x34f0

/** L2TP over UDP at `at`, version 2 or 3; control messages are plain UDP. */
export function l2tp(d: Dissection, at: number): boolean {
  if (d.end - at < 8) return false
  const flags = (d.bytes[at]! << 8) | d.bytes[at + 1]!
  if ((flags & FLAG_CONTROL) !== 0) return false
  const version = flags & 15
  if (version === 2) return l2tpv2(d, at, flags)
  return version === 3 && l2tpv3Udp(d, at)
}

/** A data message (RFC 2661 3.1), which holds a PPP frame without its flags and checksum. */
function l2tpv2(d: Dissection, at: number, flags: number): boolean {
  const { bytes } = d
  let { wireEnd } = d
  let next = at + 2
  if ((flags & RESERVED) !== 0) return false
  if ((flags & FLAG_LENGTH) !== 0) {
    wireEnd = at + ((bytes[next]! << 8) | bytes[next + 1]!)
    if (wireEnd > d.wireEnd) return false
    next += 2
  }
  // session 0 is for control messages
  const session = (bytes[next + 2]! << 8) | bytes[next + 3]!
  if (session === 0) return false
  const tunnel = (bytes[next]! << 8) | bytes[next + 1]!
  next += 4
  if ((flags & FLAG_SEQUENCE) !== 0) next += 4
  const stop = Math.min(d.end, wireEnd)
  if ((flags & FLAG_OFFSET) !== 0) {
    if (next + 2 > stop) return false
    next += 2 + ((bytes[next]! << 8) | bytes[next + 1]!)
  }
  if (!isPpp(bytes, next, stop) || !d.enterTunnel(L2TP, LO_L2TP | LO_PPP, next, session)) return false
  d.headers?.l2tp(flags, { l2tpTID: tunnel, l2tpSID: session })
  d.wireEnd = wireEnd
  d.end = stop
  pppHdlc(d)
  return true
}

/** Whether a PPP protocol stands at `at`: the last of its bytes is odd, the one before it even (RFC 1661 2). */
function isPpp(bytes: Uint8Array, at: number, stop: number): boolean {
  const from = at + 2 <= stop && bytes[at] === 0xff && bytes[at + 1] === 3 ? at + 2 : at
  if (from + 2 > stop || bytes[from] === 0xff) return false
  return (bytes[from]! & 1) === 1 || (bytes[from + 1]! & 1) === 1
}
