import { word } from '../header-chains.ts'
import { HI_HEADER_OVERRUN, HI_L3_HEADER_SHORT, HI_STOPPED } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { ipv6Fragment } from './ip-fragment.ts'
import { ipProtocol } from './ip-protocol.ts'

export const HOP_BY_HOP = 0
const ROUTING = 43
const FRAGMENT = 44
const DESTINATION = 60
const MOBILITY = 135
const HIP = 139
const SHIM6 = 140

const HOP_BY_HOP_WORD = word('ipv6.hopopts')
const ROUTING_WORD = word('ipv6.routing')
const FRAGMENT_WORD = word('ipv6.fraghdr')
const DESTINATION_WORD = word('ipv6.dstopts')
const MOBILITY_WORD = word('mipv6')
const HIP_WORD = word('hip')
const SHIM6_WORD = word('shim6')

/** More headers than any packet needs; behind the last the packet stays unread. */
const MAX_EXTENSIONS = 32
/** Jumbo payload option, and the option of one byte that only fills (RFC 2675 2, RFC 8200 4.2). */
const OPTION_JUMBO = 0xc2
const OPTION_PAD1 = 0

/** Walks the extension headers (RFC 8200 4; RFC 6275, 7401, 5533) from `at` to the protocol behind the last. */
export function ipv6Extensions(d: Dissection, first: number): void {
  const { bytes, at: start } = d
  let kind = first
  for (let seen = 0; seen < MAX_EXTENSIONS; seen++) {
    const name = extensionWord(kind)
    if (name < 0) {
      ipProtocol(d, kind)
      return
    }
    const { at } = d
    if (d.end - at < 8) {
      stop(d, kind, HI_L3_HEADER_SHORT)
      return
    }
    d.step(name)
    const next = bytes[at]!
    const size = kind === FRAGMENT ? 8 : (bytes[at + 1]! + 1) << 3
    if (d.end - at < size) {
      stop(d, kind, HI_L3_HEADER_SHORT)
      return
    }
    d.at = at + size
    if (kind === FRAGMENT) {
      const field = (bytes[at + 2]! << 8) | bytes[at + 3]!
      // offset 0 without more to come is a whole packet (RFC 6946)
      if ((field & 0xfff9) !== 0) {
        ipv6Fragment(d, next, field, at - start)
        return
      }
    }
    kind = next
  }
  stop(d, kind, HI_HEADER_OVERRUN)
}

/** Payload length of a jumbogram from the hop-by-hop header at `at` (bytes behind the IPv6 header); 0: none. */
export function jumboLength({ bytes, at, end }: Dissection): number {
  if (end - at < 8) return 0
  const stopAt = Math.min(end, at + ((bytes[at + 1]! + 1) << 3))
  let option = at + 2
  while (option + 2 <= stopAt) {
    if (bytes[option] === OPTION_PAD1) {
      option++
      continue
    }
    const size = bytes[option + 1]!
    if (bytes[option] === OPTION_JUMBO && size === 4 && option + 6 <= stopAt) {
      const high = (bytes[option + 2]! << 8) | bytes[option + 3]!
      // a length that the plain field could hold is an error (RFC 2675 3)
      return high === 0 ? 0 : high * 0x10000 + ((bytes[option + 4]! << 8) | bytes[option + 5]!)
    }
    option += 2 + size
  }
  return 0
}

function extensionWord(kind: number): number {
  switch (kind) {
    case HOP_BY_HOP:
      return HOP_BY_HOP_WORD
    case ROUTING:
      return ROUTING_WORD
    case FRAGMENT:
      return FRAGMENT_WORD
    case DESTINATION:
      return DESTINATION_WORD
    case MOBILITY:
      return MOBILITY_WORD
    case HIP:
      return HIP_WORD
    case SHIM6:
      return SHIM6_WORD
    default:
      return -1
  }
}

function stop(d: Dissection, proto: number, bits: number): void {
  d.packets.l4Proto[d.row] = proto
  d.statHi |= bits | HI_STOPPED
}
