import { word } from '../header-chains.ts'
import { LO_CAPWAP } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { ethernet } from './ethernet.ts'
import { wlan } from './wlan.ts'

const CAPWAP = word('capwap')

/** Bits of the header's first word: the frame is not 802.3; part of a fragmented one; optional fields; keep-alive. */
const NATIVE = 0x100
const FRAGMENT = 0x80
const WIRELESS_INFO = 0x20
const RADIO_MAC = 0x10
const KEEP_ALIVE = 0x08
const RESERVED = 0x07

/** A data packet of CAPWAP (RFC 5415 4.3) at `at`: version 0, not in DTLS, whole. Keep-alives are plain UDP. */
export function capwap(d: Dissection, at: number): boolean {
  const { bytes } = d
  if (d.end - at < 8 || bytes[at] !== 0) return false
  const flags = ((bytes[at + 1]! & 7) << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  const size = (bytes[at + 1]! >> 3) << 2
  if (at + size > d.end || (flags & (FRAGMENT | KEEP_ALIVE | RESERVED)) !== 0) return false
  if (size !== sizeOfFields(d, at, flags)) return false
  if (!d.enterTunnel(CAPWAP, LO_CAPWAP, at + size)) return false
  if ((flags & NATIVE) === 0) ethernet(d)
  else wlan(d)
  return true
}

/** Bytes that the header has by its flags, each optional field being filled up to whole words of four bytes. */
function sizeOfFields({ bytes, end }: Dissection, at: number, flags: number): number {
  let size = 8
  for (const field of [RADIO_MAC, WIRELESS_INFO]) {
    if ((flags & field) === 0) continue
    if (at + size >= end) return -1
    size += (1 + bytes[at + size]! + 3) & ~3
  }
  return size
}
