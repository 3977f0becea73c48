import { createHash } from 'node:crypto'
import type { FlowColumns } from './flow-columns.ts'
import { PROTO_ICMP, PROTO_ICMPV6, PROTO_SCTP, PROTO_TCP, PROTO_UDP } from './packet-facts.ts'

/** The ends of a flow as Community ID sees them. */
export interface FlowTuple {
  family: number
  l4Proto: number
  /** Source and destination, as big-endian words; IPv4 uses the first of four. */
  src: ArrayLike<number>
  dst: ArrayLike<number>
  /** Ports of TCP, UDP and SCTP; type and code of ICMP; others are not looked at. */
  srcPort: number
  dstPort: number
}

/** Message types that ask and answer each other, by which ICMP gets ports: RFC 792, 950, 1256; RFC 4443, 4861, 6275. */
const ICMP_PAIRS = pairs([0, 8], [9, 10], [13, 14], [15, 16], [17, 18])
const ICMPV6_PAIRS = pairs([128, 129], [130, 131], [133, 134], [135, 136], [139, 140], [144, 145])

/**
 * The Community ID (version 1, github.com/corelight/community-id-spec) of a row of flows, by which other tools know
 * the same conversation; both directions have the same. Undefined for flows without IP.
 */
export function communityId(flows: FlowColumns, row: number, seed = 0): string | undefined {
  const family = flows.family[row]!
  const l4Proto = flows.l4Proto[row]!
  if (family === 0) return undefined
  const src = flows.addr.subarray(8 * row, 8 * row + 4)
  const dst = flows.addr.subarray(8 * row + 4, 8 * row + 8)
  if (l4Proto !== PROTO_ICMP && l4Proto !== PROTO_ICMPV6) {
    const [srcPort, dstPort] = [flows.srcPort[row]!, flows.dstPort[row]!]
    return tupleId({ family, l4Proto, src, dst, srcPort, dstPort }, seed)
  }
  // the message is that of the packet which opened the conversation, and without ports that is always A
  const [srcPort, dstPort] = [flows.icmp[row]! >> 8, flows.icmp[row]! & 0xff]
  const ends = flows.dir[row] === 0 ? { src, dst } : { src: dst, dst: src }
  return tupleId({ family, l4Proto, ...ends, srcPort, dstPort }, seed)
}

/** The Community ID of a flow tuple, `1:` and the SHA-1 hash in base64. */
export function tupleId(tuple: FlowTuple, seed = 0): string {
  const { family, l4Proto, srcPort } = tuple
  let { dstPort } = tuple
  let isOneWay = false
  if (l4Proto === PROTO_ICMP || l4Proto === PROTO_ICMPV6) {
    const answer = (l4Proto === PROTO_ICMP ? ICMP_PAIRS : ICMPV6_PAIRS).get(srcPort)
    isOneWay = answer === undefined
    dstPort = answer ?? dstPort
  }
  const hasPorts =
    l4Proto === PROTO_ICMP ||
    l4Proto === PROTO_TCP ||
    l4Proto === PROTO_UDP ||
    l4Proto === PROTO_ICMPV6 ||
    l4Proto === PROTO_SCTP
  const src = addressBytes(family, tuple.src)
  const dst = addressBytes(family, tuple.dst)
  const order = src.compare(dst) || (hasPorts ? srcPort - dstPort : 0)
  const isSwapped = !isOneWay && order > 0
  const tail = Buffer.alloc(hasPorts ? 6 : 2)
  tail[0] = l4Proto
  if (hasPorts) {
    tail.writeUInt16BE(isSwapped ? dstPort : srcPort, 2)
    tail.writeUInt16BE(isSwapped ? srcPort : dstPort, 4)
  }
  const hash = createHash('sha1').update(Uint8Array.of(seed >> 8, seed))
  hash.update(isSwapped ? dst : src).update(isSwapped ? src : dst)
  return `1:${hash.update(tail).digest('base64')}`
}

function addressBytes(family: number, words: ArrayLike<number>): Buffer {
  const bytes = Buffer.alloc(family === 4 ? 4 : 16)
  for (let i = 0; i < bytes.length / 4; i++) bytes.writeUInt32BE(words[i]!, 4 * i)
  return bytes
}

function pairs(...types: [number, number][]): Map<number, number> {
  return new Map(
    types.flatMap(([one, other]): [number, number][] => [
      [one, other],
      [other, one],
    ]),
  )
}
