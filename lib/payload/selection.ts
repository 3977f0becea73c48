import { PldError } from '../errors.ts'
import type { PacketColumns } from '../packet-columns.ts'
import { PROTO_ICMP, PROTO_ICMPV6, PROTO_SCTP, PROTO_TCP, PROTO_UDP } from '../packet-facts.ts'
import { marks } from './marks.ts'

/** Which packets' payload is taken. */
export interface SelectionOptions {
  /** Frames without IP (default false), and their ethertypes (none listed: all). */
  l2?: boolean
  ethertypes?: readonly number[]
  /** TCP (default true), UDP (true), SCTP (false), ICMP and ICMPv6 (false). */
  tcp?: boolean
  udp?: boolean
  sctp?: boolean
  icmp?: boolean
  /** Numbers of other IP protocols, whose payload is what follows the IP header (none listed: none of them). */
  protos?: readonly number[]
  /** Ports of which source or destination has to be one (none listed: all). */
  tcpPorts?: readonly number[]
  udpPorts?: readonly number[]
  sctpPorts?: readonly number[]
  /**
   * Ports of any protocol that has them, and addresses and networks (`10.0.0.0/8`, `2001:db8::1`). One of each list that
   * is given has to fit: the source's or the destination's, or the one that the name says. These are the sender and the
   * receiver of a direction, so that the source of A is the destination of B.
   */
  ports?: readonly number[]
  srcPorts?: readonly number[]
  dstPorts?: readonly number[]
  hosts?: readonly string[]
  srcHosts?: readonly string[]
  dstHosts?: readonly string[]
}

/** How a selected packet's payload is put into a stream. */
export const NOT_SELECTED = 0
/** Not selected, but of the other side of a TCP stream that is: what it acknowledges tells of that. */
export const ACKNOWLEDGES = 1
export const BY_SEQUENCE = 2
export const BY_ARRIVAL = 3
export const BY_TSN = 4

/** Protocols that are not selected by their number. */
const WITH_OPTION = [
  [PROTO_TCP, 'tcp'],
  [PROTO_UDP, 'udp'],
  [PROTO_SCTP, 'sctp'],
  [PROTO_ICMP, 'icmp'],
  [PROTO_ICMPV6, 'icmp'],
] as const

/** Tells whether a packet is selected. All packets of a flow direction get the same answer. */
export class Selection {
  readonly #l2: boolean
  readonly #tcp: boolean
  readonly #udp: boolean
  readonly #sctp: boolean
  readonly #icmp: boolean
  readonly #ethertypes: Uint8Array | undefined
  readonly #tcpPorts: Uint8Array | undefined
  readonly #udpPorts: Uint8Array | undefined
  readonly #sctpPorts: Uint8Array | undefined
  readonly #protos: Uint8Array | undefined

  /** Throws ERR_USAGE for options that cannot be met. */
  constructor(options: SelectionOptions = {}) {
    this.#l2 = options.l2 ?? false
    this.#tcp = options.tcp ?? true
    this.#udp = options.udp ?? true
    this.#sctp = options.sctp ?? false
    this.#icmp = options.icmp ?? false
    this.#ethertypes = marks('ethertypes', options.ethertypes)
    this.#tcpPorts = marks('tcpPorts', options.tcpPorts)
    this.#udpPorts = marks('udpPorts', options.udpPorts)
    this.#sctpPorts = marks('sctpPorts', options.sctpPorts)
    this.#protos = marks('protos', options.protos, 0xff)
    for (const [proto, name] of WITH_OPTION) {
      if (this.#protos?.[proto] !== 1) continue
      throw new PldError('ERR_USAGE', `protos: ${proto} has an option of its own, ${name}`)
    }
  }

  /** `NOT_SELECTED`, or how the packet's payload is placed. */
  kind(packets: PacketColumns, row: number): number {
    const family = packets.family[row]!
    if (family === 0)
      return this.#l2 && isMarked(this.#ethertypes, packets.ethType[row]!) ? BY_ARRIVAL : NOT_SELECTED
    switch (packets.l4Proto[row]!) {
      case PROTO_TCP:
        return this.#tcp && hasPort(this.#tcpPorts, packets, row) ? BY_SEQUENCE : NOT_SELECTED
      case PROTO_UDP:
        return this.#udp && hasPort(this.#udpPorts, packets, row) ? BY_ARRIVAL : NOT_SELECTED
      case PROTO_ICMP:
        return this.#icmp && family === 4 ? BY_ARRIVAL : NOT_SELECTED
      case PROTO_ICMPV6:
        return this.#icmp && family === 6 ? BY_ARRIVAL : NOT_SELECTED
      default:
        return this.#other(packets, row)
    }
  }

  /** As `kind()`, for what most captures have little of. */
  #other(packets: PacketColumns, row: number): number {
    const proto = packets.l4Proto[row]!
    if (proto === PROTO_SCTP) {
      return this.#sctp && hasPort(this.#sctpPorts, packets, row) ? BY_TSN : NOT_SELECTED
    }
    return this.#protos?.[proto] === 1 ? BY_ARRIVAL : NOT_SELECTED
  }
}

function hasPort(ports: Uint8Array | undefined, { srcPort, dstPort }: PacketColumns, row: number): boolean {
  return ports === undefined || ports[srcPort[row]!] === 1 || ports[dstPort[row]!] === 1
}

function isMarked(listed: Uint8Array | undefined, number: number): boolean {
  return listed === undefined || listed[number] === 1
}
