import type { PacketColumns } from '../columns.ts'
import { PldError } from '../errors.ts'
import { PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP, PROTO_UDP } from '../packet-facts.ts'

/** Which packets' payload is taken. */
export interface SelectionOptions {
  /** Frames without IP (default false), and their ethertypes (none listed: all). */
  l2?: boolean
  ethertypes?: readonly number[]
  /** TCP (default true), UDP (true), SCTP (false; not supported yet), ICMP and ICMPv6 (false). */
  tcp?: boolean
  udp?: boolean
  sctp?: boolean
  icmp?: boolean
  /** Ports of which source or destination has to be one (none listed: all). */
  tcpPorts?: readonly number[]
  udpPorts?: readonly number[]
  sctpPorts?: readonly number[]
}

/** How a selected packet's payload is put into a stream. */
export const NOT_SELECTED = 0
export const BY_SEQUENCE = 1
export const BY_ARRIVAL = 2

/** Tells whether a packet is selected. All packets of a flow get the same answer. */
export class Selection {
  readonly #l2: boolean
  readonly #tcp: boolean
  readonly #udp: boolean
  readonly #icmp: boolean
  readonly #ethertypes: Uint8Array | undefined
  readonly #tcpPorts: Uint8Array | undefined
  readonly #udpPorts: Uint8Array | undefined

  /** Throws ERR_USAGE for options that cannot be met. */
  constructor(options: SelectionOptions = {}) {
    if (options.sctp) throw new PldError('ERR_USAGE', 'SCTP payload is not supported yet')
    this.#l2 = options.l2 ?? false
    this.#tcp = options.tcp ?? true
    this.#udp = options.udp ?? true
    this.#icmp = options.icmp ?? false
    this.#ethertypes = marks('ethertypes', options.ethertypes)
    this.#tcpPorts = marks('tcpPorts', options.tcpPorts)
    this.#udpPorts = marks('udpPorts', options.udpPorts)
    marks('sctpPorts', options.sctpPorts)
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
        return NOT_SELECTED
    }
  }
}

function hasPort(ports: Uint8Array | undefined, { srcPort, dstPort }: PacketColumns, row: number): boolean {
  return ports === undefined || ports[srcPort[row]!] === 1 || ports[dstPort[row]!] === 1
}

function isMarked(listed: Uint8Array | undefined, number: number): boolean {
  return listed === undefined || listed[number] === 1
}

/** A list as a table with a 1 for each number in it; undefined for the empty list, which means all. */
function marks(name: string, numbers: readonly number[] = []): Uint8Array | undefined {
  const table = new Uint8Array(0x1_0000)
  for (const number of numbers) {
    if (!Number.isInteger(number) || number < 0 || number > 0xffff) {
      throw new PldError('ERR_USAGE', `${name}: ${number} is no number from 0 to 65535`)
    }
    table[number] = 1
  }
  return numbers.length === 0 ? undefined : table
}
