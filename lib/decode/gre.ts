import { HI_L4_HEADER_SHORT } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { GRE, PPP } from './encapsulations.ts'
import { erspan, erspan3 } from './erspan.ts'
import { etherType, MIN_ETHERTYPE, namedFrame } from './ether-type.ts'
import { ethernet } from './ethernet.ts'
import { pppHdlc } from './ppp.ts'
import { wccp } from './wccp.ts'

const CHECKSUM = 0x8000
const ROUTING = 0x4000
const KEY = 0x2000
const SEQUENCE = 0x1000
const ACKNOWLEDGMENT = 0x0080
const VERSION = 0x0007

const PROTOCOL_PPP = 0x880b
/** Transparent Ethernet bridging: whole frames, also those of NVGRE (RFC 7637). */
const PROTOCOL_BRIDGING = 0x6558
const PROTOCOL_ERSPAN = 0x88be
const PROTOCOL_ERSPAN3 = 0x22eb
const PROTOCOL_WCCP = 0x883e

/**
 * Generic routing encapsulation (RFC 2784, RFC 2890; source routes of RFC 1701 are skipped) and its version 1 for PPTP
 * (RFC 2637 4.1). Acknowledgments of version 1 and answers to a keep-alive, of protocol 0, have nothing behind the header.
 */
export function gre(d: Dissection): void {
  if (!d.opens(GRE) || !d.nest()) return
  const { bytes, at } = d
  if (d.end - at < 4) {
    d.keepOuter(HI_L4_HEADER_SHORT)
    return
  }
  const flags = (bytes[at]! << 8) | bytes[at + 1]!
  const protocol = (bytes[at + 2]! << 8) | bytes[at + 3]!
  const version = flags & VERSION
  if (version > 1 || (version === 1 && protocol !== PROTOCOL_PPP)) {
    d.keepOuter(0)
    return
  }
  const size = version === 1 ? enhancedSize(flags) : plainSize(d, flags)
  if (d.end - at < size) {
    d.keepOuter(HI_L4_HEADER_SHORT)
    return
  }
  d.headers?.gre((flags << 16) | protocol, d.packets, d.row)
  d.at = at + size
  // the upper half of version 1's key is the length of what follows
  if (version === 1) d.narrow(d.at + ((bytes[at + 4]! << 8) | bytes[at + 5]!))
  if (d.at < d.wireEnd || (version === 0 && protocol !== 0)) carried(d, protocol, (flags & SEQUENCE) !== 0)
}

function enhancedSize(flags: number): number {
  return 8 + ((flags & SEQUENCE) === 0 ? 0 : 4) + ((flags & ACKNOWLEDGMENT) === 0 ? 0 : 4)
}

/** Bytes of the header, more than are captured if it is cut. */
function plainSize({ bytes, at, end }: Dissection, flags: number): number {
  let size = (flags & (CHECKSUM | ROUTING)) === 0 ? 4 : 8
  if ((flags & KEY) !== 0) size += 4
  if ((flags & SEQUENCE) !== 0) size += 4
  if ((flags & ROUTING) === 0) return size
  // source route entries: address family, offset, length; the last has length 0
  for (let length = -1; length !== 0; size += 4 + length) {
    if (end - at < size + 4) return size + 4
    length = bytes[at + size + 3]!
  }
  return size
}

function carried(d: Dissection, protocol: number, sequence: boolean): void {
  switch (protocol) {
    case PROTOCOL_PPP:
      if (d.opens(PPP)) pppHdlc(d)
      else namedFrame(d, protocol)
      break
    case PROTOCOL_BRIDGING:
      ethernet(d)
      break
    case PROTOCOL_ERSPAN:
      erspan(d, sequence)
      break
    case PROTOCOL_ERSPAN3:
      erspan3(d)
      break
    case PROTOCOL_WCCP:
      wccp(d)
      break
    default:
      if (protocol >= MIN_ETHERTYPE) etherType(d, protocol)
      else namedFrame(d, protocol)
  }
}
