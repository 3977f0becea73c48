import type { PacketColumns } from './packet-columns.ts'
import { LO_NO_ETH } from './status-bits.ts'

/** IP protocol numbers (IANA) of which more than one stage knows something. */
export const PROTO_ICMP = 1
export const PROTO_TCP = 6
export const PROTO_UDP = 17
export const PROTO_ICMPV6 = 58
export const PROTO_SCTP = 132
export const PROTO_UDPLITE = 136

/** `PacketColumns.tcpExtra`: a TSval was read; and what the checksum turned out to be, of which one is set if it was looked at. */
export const TCP_TSVAL = 1 << 0
export const TCP_CHECKSUM_OK = 1 << 1
export const TCP_CHECKSUM_BAD = 1 << 2
/** Not the whole segment was captured, so that nobody can tell. */
export const TCP_CHECKSUM_PART = 1 << 3
export const TCP_CHECKSUM = TCP_CHECKSUM_OK | TCP_CHECKSUM_BAD | TCP_CHECKSUM_PART

/** What the checksum bits are called in records. */
export function checksumText(tcpExtra: number): 'ok' | 'bad' | 'part' {
  if ((tcpExtra & TCP_CHECKSUM_OK) !== 0) return 'ok'
  return (tcpExtra & TCP_CHECKSUM_BAD) !== 0 ? 'bad' : 'part'
}

/** Says in `payOff` that the payload was left in the row's line and is not in the slab. */
export const PAYLOAD_IN_LINE = 0xffff_ffff

/** Whether the packet's protocol has ports. */
export function hasPorts(
  { family, l4Proto }: Pick<PacketColumns, 'family' | 'l4Proto'>,
  row: number,
): boolean {
  if (family[row] === 0) return false
  const proto = l4Proto[row]
  return proto === PROTO_TCP || proto === PROTO_UDP || proto === PROTO_SCTP || proto === PROTO_UDPLITE
}

/** Whether the packet has MAC addresses to show: an Ethernet header, or what stands in its place in Linux cooked captures. */
export function hasMac({ statLo, mac }: PacketColumns, row: number): boolean {
  return (statLo[row]! & LO_NO_ETH) === 0 || (mac[3 * row]! | mac[3 * row + 1]! | mac[3 * row + 2]!) !== 0
}
