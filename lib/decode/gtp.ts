import { word } from '../header-chains.ts'
import { LO_GTP } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { innerIp, ipEndAt, ipVersionAt, longNumber } from './inner-packet.ts'

const GTP = word('gtp')

const HEADER = 8
/** Version and kind of protocol: 1, and GTP rather than GTP'. */
const VERSION = 0xf0
const VERSION_1 = 0x30
const SPARE = 8
const FLAG_EXTENSION = 4
/** Extension header, sequence number, N-PDU number. */
const ANY_OPTIONAL = 7
/** The message that carries a user's packet. */
const G_PDU = 0xff

/** A user's packet in GTP-U (3GPP TS 29.281 5.1) at `at`; other messages, GTP-C and GTP' are plain UDP. */
export function gtp(d: Dissection, at: number): boolean {
  const { bytes } = d
  if (d.end - at < HEADER || (bytes[at]! & VERSION) !== VERSION_1 || bytes[at + 1] !== G_PDU) return false
  const messageEnd = at + HEADER + ((bytes[at + 2]! << 8) | bytes[at + 3]!)
  if (messageEnd > d.wireEnd) return false
  const stop = Math.min(d.end, messageEnd)
  const inner = (bytes[at]! & ANY_OPTIONAL) === 0 ? at + HEADER : behindOptional(d, at, stop)
  if (inner < 0 || inner >= stop || ipVersionAt(d, inner) === 0) return false
  // the spare bit is not to be looked at, but then the packet has to be beyond doubt
  if ((bytes[at]! & SPARE) !== 0 && ipEndAt(d, inner) < 0) return false
  if (!d.enterTunnel(GTP, LO_GTP, inner, longNumber(d, at + 4))) return false
  d.wireEnd = messageEnd
  d.end = stop
  innerIp(d)
  return true
}

/** Where the extension headers end (5.2.1), whose length is in units of four bytes; −1: not before `stop`. */
function behindOptional({ bytes }: Dissection, at: number, stop: number): number {
  let next = at + HEADER + 4
  if (next > stop) return -1
  // sequence number, N-PDU number and type are there all three if one of them is, and hold only if their flag is set
  let kind = (bytes[at]! & FLAG_EXTENSION) === 0 ? 0 : bytes[next - 1]!
  while (kind !== 0) {
    const size = next < stop ? bytes[next]! << 2 : 0
    if (size === 0 || next + size > stop) return -1
    next += size
    kind = bytes[next - 1]!
  }
  return next
}
