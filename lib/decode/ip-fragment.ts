import {
  HI_FRAGMENT,
  HI_FRAGMENT_ERROR,
  HI_FRAGMENT_NO_FIRST,
  HI_FRAGMENT_PENDING,
  HI_STOPPED,
} from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { Fragment } from './fragment.ts'
import { COMPLETE, WAITING } from './fragments.ts'
import { ipProtocol, protocolWord } from './ip-protocol.ts'
import { ipv6Extensions } from './ipv6-extensions.ts'
import type { PendingDatagram } from './pending-datagram.ts'

/** In the IPv4 header's field of flags and offset. */
export const MORE_FRAGMENTS = 0x2000

/** Greatest total length of an IPv4 packet, and payload length of an IPv6 packet (bytes). */
const MAX_LENGTH = 0xffff

const fragment = new Fragment()
/** Code units of the key: family, addresses, protocol, identification, VLAN, enclosure. */
const KEY_ROOM = 1 + 16 + 1 + 2 + 1 + 2
const units = new Array<number>(KEY_ROOM).fill(0)

/** The data of an IPv4 fragment at `at` (RFC 791 3.2); `field` is its flags and offset, `header` its header's size. */
export function ipv4Fragment(d: Dissection, proto: number, field: number, id: number, header: number): void {
  fragment.isIPv6 = false
  fragment.offset = (field & 0x1fff) << 3
  fragment.isLast = (field & MORE_FRAGMENTS) === 0
  fragment.limit = MAX_LENGTH - header
  const datagram = take(d, proto, id)
  if (datagram !== undefined) ipProtocol(d, proto)
  else if (d.fragment) first(d, proto, ipProtocol)
  else {
    later(d, proto)
    protocolWord(d, proto)
  }
}

/** The data of an IPv6 fragment at `at`, behind its header (RFC 8200 4.5); `before`: bytes of the headers before that. */
export function ipv6Fragment(d: Dissection, next: number, field: number, before: number): void {
  const { bytes, at } = d
  d.statHi |= HI_FRAGMENT
  fragment.isIPv6 = true
  fragment.offset = field & 0xfff8
  fragment.isLast = (field & 1) === 0
  fragment.limit = MAX_LENGTH - before
  const id = (bytes[at - 4]! << 24) | (bytes[at - 3]! << 16) | (bytes[at - 2]! << 8) | bytes[at - 1]!
  const datagram = take(d, next, id)
  if (datagram !== undefined) ipv6Extensions(d, datagram.next)
  else if (d.fragment) first(d, next, ipv6Extensions)
  else later(d, next)
}

/**
 * Files the fragment. If it completes its datagram, turns to this and returns it. Else `d.fragment` says whether what
 * there is of the first fragment is to be read.
 */
function take(d: Dissection, next: number, id: number): PendingDatagram | undefined {
  const { fragments } = d
  // fragments of a part of a packet, or of packets in packets without end
  if (d.fragment || !d.nest()) {
    d.fragment = false
    fragments.datagram = undefined
    return undefined
  }
  fragment.key = keyOf(d, fragment.isIPv6 ? 0 : next, id)
  fragment.bytes = d.bytes
  fragment.from = d.at
  fragment.to = d.end
  fragment.wireTo = d.wireEnd
  fragment.sec = d.frames.sec[d.frame]!
  fragment.nsec = d.frames.nsec[d.frame]!
  fragment.pktNo = d.frames.pktNo[d.frame]!
  fragment.capture = d.capture
  fragments.log.frame = d.frame
  const result = fragments.take(fragment)
  const { datagram } = fragments
  if (fragments.error) d.statHi |= HI_FRAGMENT_ERROR
  if (datagram !== undefined && fragment.offset === 0 && !datagram.begun) {
    datagram.begun = true
    datagram.next = next
  }
  if (datagram === undefined || result !== COMPLETE) {
    if (result === WAITING) d.statHi |= HI_FRAGMENT_PENDING
    d.fragment = fragment.offset === 0
    return undefined
  }
  const at = d.annex.reserve(datagram.buffer.total)
  fragments.fetch(datagram, d.annex.bytes, at)
  d.turnTo(at, d.annex.length)
  return datagram
}

/** Reads what the first fragment holds of its datagram's headers, and keeps it for the fragments to come. */
function first(d: Dissection, next: number, layer: (d: Dissection, next: number) => void): void {
  const { row, packets, fragments } = d
  const { datagram } = fragments
  layer(d, next)
  // they speak for the whole segment, which is yet to come: a FIN would end the stream ahead of its data
  packets.tcpFlags[row] = 0
  if (datagram === undefined) return
  datagram.l4Proto = packets.l4Proto[row]!
  datagram.srcPort = packets.srcPort[row]!
  datagram.dstPort = packets.dstPort[row]!
}

/** A fragment that holds no headers belongs to the flow of its datagram's first. */
function later(d: Dissection, next: number): void {
  const { row, packets, fragments } = d
  const { datagram } = fragments
  d.statHi |= HI_STOPPED
  packets.l4Proto[row] = next
  if (datagram === undefined || !datagram.begun) {
    d.statHi |= HI_FRAGMENT_NO_FIRST
    return
  }
  packets.l4Proto[row] = datagram.l4Proto
  packets.srcPort[row] = datagram.srcPort
  packets.dstPort[row] = datagram.dstPort
}

/**
 * Addresses, protocol (RFC 791 3.2; none in IPv6, RFC 8200 4.5) and identification; and what they are said within, the
 * VLAN and the packets around this one.
 */
function keyOf({ packets, row, enclosure }: Dissection, proto: number, id: number): string {
  const { addr, family } = packets
  let length = 0
  units[length++] = family[row]!
  const words = family[row] === 4 ? 1 : 4
  for (let word = 8 * row; word < 8 * row + 8; word += 4) {
    for (let at = word; at < word + words; at++) {
      units[length++] = addr[at]! >>> 16
      units[length++] = addr[at]! & 0xffff
    }
  }
  units[length++] = proto
  units[length++] = id >>> 16
  units[length++] = id & 0xffff
  units[length++] = packets.vlan[row]!
  units[length++] = enclosure >>> 16
  units[length++] = enclosure & 0xffff
  units.fill(0, length)
  return String.fromCharCode.apply(null, units)
}
