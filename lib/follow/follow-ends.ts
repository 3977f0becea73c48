import type { Batch } from '../batch.ts'
import type { FlowColumns } from '../flow-columns.ts'
import { ipText, ipv6Text, macText, paddedIPv4 } from '../ip-text.ts'
import type { PacketColumns } from '../packet-columns.ts'
import { hasMac, hasPorts } from '../packet-facts.ts'
import type { FlowPayload, FlowRecord, StreamPayload } from '../records.ts'

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

/** The same by a flow's record, which may have come from outside: what cannot be counts as left out. */
export function endsOfRecord(flow: { readonly [Name in keyof FlowRecord]?: unknown }): Ends {
  const end = (side: 'src' | 'dst'): Endpoint => {
    const [ip, port, macs] = [flow[`${side}IP`], flow[`${side}Port`], flow[`${side}Mac`]]
    const mac: unknown = Array.isArray(macs) ? macs[0] : undefined
    return {
      ...(isText(ip) ? { ip } : {}),
      ...(isText(mac) ? { mac } : {}),
      ...(isUint(port, 0xffff) ? { port } : {}),
      padded: isText(ip) ? ip : isText(mac) ? mac : '',
    }
  }
  const { ethVlanID, ethType, l4Proto } = flow
  return {
    ends: flow.dir === 'B' ? [end('dst'), end('src')] : [end('src'), end('dst')],
    vlans: Array.isArray(ethVlanID) ? ethVlanID.filter(vid => isUint(vid, 0xfff)) : [],
    ethType: isText(ethType) && /^0x[\da-f]{1,4}$/i.test(ethType) ? Number(ethType) : 0,
    proto: isText(flow.srcIP) && isUint(l4Proto, 0xff) ? l4Proto : undefined,
  }
}

/** What a flow's record says of the length of its payload; of one from outside, what can be. */
export function lengthsOfRecord(flow: Readonly<Record<string, unknown>>): Partial<FlowPayload> {
  const { pldLen, pldFiles } = flow
  return {
    ...(isUint(pldLen, Number.MAX_SAFE_INTEGER) ? { pldLen } : {}),
    ...(Array.isArray(pldFiles) ? { pldFiles: pldFiles.filter(isStream) } : {}),
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isUint = (value: unknown, max: number): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max
const isStream = (file: Partial<StreamPayload> | null): boolean =>
  isUint(file?.sctpStream, 0xffff) && isUint(file?.pldLen, Number.MAX_SAFE_INTEGER)

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
