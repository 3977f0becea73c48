import { type Endpoints, ETHERTYPE, ethernet, ipv4, ipv6, ipv6Frag } from './build-packets.ts'

/** The part of a datagram from one offset to another (bytes). */
export type Piece = [from: number, to: number]

export interface FragmentHeader extends Endpoints {
  /** Protocol of the datagram, which is the fragment header's next header in IPv6. */
  proto: number
  id?: number
}

/** Pieces of at most `size` bytes, a multiple of 8, that make up `length` bytes. */
export function cutEvery(length: number, size: number): Piece[] {
  const pieces: Piece[] = []
  for (let at = 0; at < length; at += size) pieces.push([at, Math.min(length, at + size)])
  return pieces
}

/** A fragment as an IP packet; more are to come unless the piece ends with the datagram, or `more` says it. */
export function fragment(
  h: FragmentHeader,
  datagram: Uint8Array,
  [from, to]: Piece,
  more = to < datagram.length,
): Buffer {
  const { src, dst, proto, id = 1 } = h
  const data = datagram.subarray(from, to)
  if (src.includes(':')) {
    return ipv6({ src, dst, next: 44 }, ipv6Frag({ next: proto, offset: from / 8, more, id }, data))
  }
  return ipv4({ src, dst, proto, id, flags: more ? 1 : 0, offset: from / 8 }, data)
}

/** As `fragment()`, in an Ethernet frame. */
export function fragmentFrame(h: FragmentHeader, datagram: Uint8Array, piece: Piece, more?: boolean): Buffer {
  const type = h.src.includes(':') ? ETHERTYPE.ipv6 : ETHERTYPE.ipv4
  return ethernet({ type }, fragment(h, datagram, piece, more))
}
