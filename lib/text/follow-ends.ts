import type { Batch } from '../batch.ts'
import type { FlowColumns } from '../flow-columns.ts'
import { ipText, ipv6Text, macText, paddedIPv4 } from '../ip-text.ts'
import type { PacketColumns } from '../packet-columns.ts'
import { hasMac, hasPorts } from '../packet-facts.ts'
import type { FlowRecord } from '../records.ts'

/** One end of a conversation; only what is known of it. */
export interface Endpoint {
  ip?: string
  mac?: string
  port?: number
  /** With zeros in front of all numbers, as file names have it. */
  padded: string
}

/** Who speaks with whom: of each direction what its first packet says; `ends[0]` is who sends in direction A. */
export interface Ends {
  ends: readonly [Endpoint, Endpoint]
  vlans: readonly number[]
  ethType: number
  /** Undefined: no IP, or nobody told. */
  proto: number | undefined
}

const NAMES: Readonly<Record<number, string>> = {
  1: 'ICMP',
  2: 'IGMP',
  6: 'TCP',
  17: 'UDP',
  47: 'GRE',
  50: 'ESP',
  58: 'ICMPv6',
  89: 'OSPF',
  132: 'SCTP',
  136: 'UDPLITE',
}

/** What packets and flows have in common. */
type Columns = Pick<
  PacketColumns,
  'family' | 'addr' | 'srcPort' | 'dstPort' | 'l4Proto' | 'ethType' | 'vlanTci' | 'vlanCount'
> & { mac: Uint32Array }

/** What a packet says of its ends, as those of direction A; undefined where its row does not know them. */
export function endsOfRow({ packets, tags }: Batch, row: number): Ends | undefined {
  if (packets === undefined || (packets.family[row] === 0 && !hasMac(packets, row))) return undefined
  return endsOf(packets, row, tags?.dir[row] === 1, hasMac(packets, row) ? 3 * row : -1)
}

/** The same by a flow that has ended. */
export function endsOfFlow(flows: FlowColumns, row: number): Ends {
  return endsOf(flows, row, flows.dir[row] === 1, flows.macCount[row] === 0 ? -1 : 9 * row)
}

/** `macAt` −1: there are no MACs. */
function endsOf(columns: Columns, row: number, isB: boolean, macAt: number): Ends {
  const family = columns.family[row]!
  const end = (which: 'src' | 'dst'): Endpoint => {
    const mac = macAt < 0 ? {} : { mac: macText(columns.mac, macAt, which) }
    if (family === 0) return { ...mac, padded: mac.mac ?? '' }
    const at = 8 * row + (which === 'src' ? 0 : 4)
    const words = columns.addr.subarray(at, at + 4)
    const port = hasPorts(columns, row) ? columns[`${which}Port`][row]! : undefined
    const address =
      family === 6 ? ipv6Text(words[0]!, words[1]!, words[2]!, words[3]!) : paddedIPv4(words[0]!)
    return {
      ...mac,
      ip: ipText(family, columns.addr, at),
      ...(port === undefined ? {} : { port }),
      padded: `${address}.${String(port ?? 0).padStart(5, '0')}`,
    }
  }
  const tci = columns.vlanTci.subarray(3 * row, 3 * row + Math.min(3, columns.vlanCount[row]!))
  return {
    ends: [end(isB ? 'dst' : 'src'), end(isB ? 'src' : 'dst')],
    vlans: Array.from(tci, value => value & 0xfff),
    ethType: columns.ethType[row]!,
    proto: family === 0 ? undefined : columns.l4Proto[row]!,
  }
}

/** The same by a flow's record. */
export function endsOfRecord(flow: Partial<FlowRecord>): Ends {
  const end = (ip?: string, port?: number, mac?: string): Endpoint => ({
    ...(ip === undefined ? {} : { ip }),
    ...(mac === undefined ? {} : { mac }),
    ...(port === undefined ? {} : { port }),
    padded: ip ?? mac ?? '',
  })
  const src = end(flow.srcIP, flow.srcPort, flow.srcMac?.[0])
  const dst = end(flow.dstIP, flow.dstPort, flow.dstMac?.[0])
  return {
    ends: flow.dir === 'B' ? [dst, src] : [src, dst],
    vlans: flow.ethVlanID ?? [],
    ethType: Number(flow.ethType ?? 0),
    proto: flow.srcIP === undefined ? undefined : flow.l4Proto,
  }
}

/** `10.0.0.1:80`, `[2001:db8::1]:80`, without a port the address alone, without an address the MAC; `?`: not known. */
export function endText({ ip, port, mac }: Endpoint): string {
  if (ip === undefined) return mac ?? '?'
  if (port === undefined) return ip
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

/** `TCP`, by its number where it has no name here; of frames without IP the ethertype. */
export function protoText({ proto, ethType }: Ends): string {
  if (proto !== undefined) return NAMES[proto] ?? `protocol ${proto}`
  return ethType === 0 ? '' : `0x${ethType.toString(16).padStart(4, '0')}`
}
