import { chainText } from '../header-chains.ts'
import {
  PROTO_TCP,
  TCP_CHECKSUM_BAD,
  TCP_CHECKSUM_OK,
  TCP_CHECKSUM_PART,
  TCP_TSVAL,
} from '../packet-facts.ts'
import { HI_L4_HEADER_SHORT } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'

const URG = 0x20

/** Option kinds (RFC 9293 3.2): end of the list, and the one that only fills. */
const OPTION_END = 0
const OPTION_NOP = 1
/** Timestamps (RFC 7323 3.2), ten bytes. */
const OPTION_TIMESTAMPS = 8

/** TCP (RFC 9293 3.1). */
export function tcp(d: Dissection): void {
  const { bytes, at, row, packets } = d
  if (d.end - at < 20) {
    d.statHi |= HI_L4_HEADER_SHORT
    return
  }
  packets.srcPort[row] = (bytes[at]! << 8) | bytes[at + 1]!
  packets.dstPort[row] = (bytes[at + 2]! << 8) | bytes[at + 3]!
  packets.tcpSeq[row] =
    (bytes[at + 4]! << 24) | (bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!
  packets.tcpAck[row] =
    (bytes[at + 8]! << 24) | (bytes[at + 9]! << 16) | (bytes[at + 10]! << 8) | bytes[at + 11]!
  const flags = bytes[at + 13]!
  packets.tcpFlags[row] = ((bytes[at + 12]! & 15) << 8) | flags
  packets.tcpWin[row] = (bytes[at + 14]! << 8) | bytes[at + 15]!
  if ((flags & URG) !== 0) packets.tcpUrg[row] = (bytes[at + 18]! << 8) | bytes[at + 19]!

  const size = (bytes[at + 12]! >> 4) << 2
  if (size < 20 || at + size > d.wireEnd) {
    // where the payload begins is anyone's guess: no header byte may pass for payload
    if (!d.fragment || size < 20) d.statHi |= HI_L4_HEADER_SHORT
    return
  }
  if (at + size > d.end) d.statHi |= HI_L4_HEADER_SHORT
  if (d.timestamps && size > 20) timestamps(d, Math.min(at + size, d.end))
  if (d.checksums) packets.tcpExtra[row]! |= checksum(d)
  d.payload(at + size)
}

/** Looks for the timestamps option between the fixed header and `to`. */
function timestamps({ bytes, at, row, packets }: Dissection, to: number): void {
  for (let option = at + 20; option < to; ) {
    const kind = bytes[option]!
    if (kind === OPTION_END) return
    if (kind === OPTION_NOP) {
      option++
      continue
    }
    const size = option + 1 < to ? bytes[option + 1]! : 0
    if (size < 2 || option + size > to) return
    if (kind === OPTION_TIMESTAMPS && size === 10) {
      packets.tcpTsVal[row] =
        (bytes[option + 2]! << 24) |
        (bytes[option + 3]! << 16) |
        (bytes[option + 4]! << 8) |
        bytes[option + 5]!
      packets.tcpExtra[row]! |= TCP_TSVAL
      return
    }
    option += size
  }
}

/**
 * The TCP_CHECKSUM bit of the segment (RFC 9293 3.1, RFC 8200 8.1). Where offload left the IP length at 0, it left the
 * checksum to the network card as well.
 */
function checksum(d: Dissection): number {
  const { bytes, at, end, wireEnd, row, packets } = d
  if (d.fragment || d.lengthFree || end < wireEnd) return TCP_CHECKSUM_PART
  const length = end - at
  let sum = PROTO_TCP + (length >>> 16) + (length & 0xffff)
  const { addr } = packets
  const words = packets.family[row] === 4 ? 1 : 4
  for (let word = 8 * row; word < 8 * row + 8; word += 4) {
    for (let i = word; i < word + words; i++) sum += (addr[i]! >>> 16) + (addr[i]! & 0xffff)
  }
  const even = at + (length & ~1)
  for (let i = at; i < even; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!
  if (even < end) sum += bytes[even]! << 8
  // a sum of 16-bit words modulo 2^16 - 1, which has two zeros
  if (sum % 0xffff === 0) return TCP_CHECKSUM_OK
  // the sum is over the last destination, which a routing header can hold (RFC 8200 8.1)
  const routed = words === 4 && chainText(d.chain).includes('ipv6.routing')
  return routed ? TCP_CHECKSUM_PART : TCP_CHECKSUM_BAD
}
