/**
 * What Tranalyzer's basicFlow can tell of a packet's link and tunnel headers: its optional columns, by their names. They
 * are members of packet and flow records, and columns of text, where they are asked for.
 */

/** A tag of IEEE 802.1Q: protocol identifier, priority, drop eligibility, number. */
export interface VlanHeader {
  tpid: string
  pcp: number
  dei: number
  vid: number
}

/** An entry of a label stack (RFC 3032 2.1): label, traffic class, bottom of stack, time to live. */
export interface MplsHeader {
  label: number
  tos: number
  s: number
  ttl: number
}

/** Header facts of a packet, or of a flow's first packet. What it does not have is left out. */
export interface HeaderMembers {
  vlanHdr?: string[]
  vlanTPID_PCP_DEI_VID?: VlanHeader[]
  mplsLabels?: number[]
  mplsLabelsHex?: string[]
  mplsHdrsHex?: string[]
  mplsLabel_ToS_S_TTL?: MplsHeader[]
  pppHdr?: string
  l2tpHdr?: string
  l2tpTID?: number
  l2tpSID?: number
  l2tpCCSID?: number
  l2tpSrcIP?: string
  l2tpDstIP?: string
  greHdr?: string
  greSrcIP?: string
  greDstIP?: string
  trdoDstIP?: string
  trdoDstPort?: number
  trdo6SrcFlgs?: string
  trdo6SrcSrvIP4?: string
  trdo6SrcCPIP4?: string
  trdo6SrcCPPort?: number
  trdo6DstFlgs?: string
  trdo6DstSrvIP4?: string
  trdo6DstCPIP4?: string
  trdo6DstCPPort?: number
}

/** How a value is written. */
type Kind = 'list' | 'ip' | 'number' | 'hex'

/** Types of columns in Tranalyzer's letters, how such values are written, and what stands where there is none. */
const TYPES = {
  'H32:R': ['list', ''],
  'U32:R': ['list', ''],
  'H16_U8_U8_U16:R': ['list', ''],
  'U32_U8_U8_U8:R': ['list', ''],
  IPX: ['ip', '0.0.0.0'],
  U16: ['number', '0'],
  U32: ['number', '0'],
  H8: ['hex', '0x00'],
  H16: ['hex', '0x0000'],
  H32: ['hex', '0x00000000'],
} as const satisfies Record<string, readonly [Kind, string]>

export interface HeaderColumn {
  name: keyof HeaderMembers
  /** What asks for it: one of `HEADER_NAMES`. */
  group: string
  type: keyof typeof TYPES
  kind: Kind
  description: string
}

const column = (
  group: string,
  name: keyof HeaderMembers,
  type: keyof typeof TYPES,
  description: string,
): HeaderColumn => ({ name, group, type, kind: TYPES[type][0], description })

/** All of them, in basicFlow's order. */
export const HEADER_COLUMNS: readonly HeaderColumn[] = [
  column('vlan-hex', 'vlanHdr', 'H32:R', 'VLAN tags with the ethertype behind each'),
  column(
    'vlan',
    'vlanTPID_PCP_DEI_VID',
    'H16_U8_U8_U16:R',
    'VLAN tags: protocol identifier, priority, drop eligible, number',
  ),
  column('mpls-labels', 'mplsLabels', 'U32:R', 'MPLS labels'),
  column('mpls-labels-hex', 'mplsLabelsHex', 'H32:R', 'MPLS labels'),
  column('mpls-hex', 'mplsHdrsHex', 'H32:R', 'entries of the MPLS label stack'),
  column(
    'mpls',
    'mplsLabel_ToS_S_TTL',
    'U32_U8_U8_U8:R',
    'MPLS: label, traffic class, bottom of stack, time to live',
  ),
  column('ppp', 'pppHdr', 'H32', 'PPP: address, control, protocol'),
  column('l2tp', 'l2tpHdr', 'H16', 'L2TP: flags and version'),
  column('l2tp', 'l2tpTID', 'U16', 'tunnel of L2TPv2'),
  column('l2tp', 'l2tpSID', 'U16', 'session of L2TPv2'),
  column('l2tp', 'l2tpCCSID', 'U32', 'session of L2TPv3'),
  column('l2tp', 'l2tpSrcIP', 'IPX', 'source IP address around L2TP'),
  column('l2tp', 'l2tpDstIP', 'IPX', 'destination IP address around L2TP'),
  column('gre', 'greHdr', 'H32', 'GRE: flags, version, protocol'),
  column('gre', 'greSrcIP', 'IPX', 'source IP address around GRE'),
  column('gre', 'greDstIP', 'IPX', 'destination IP address around GRE'),
  column('teredo', 'trdoDstIP', 'IPX', 'Teredo: address in the origin indication'),
  column('teredo', 'trdoDstPort', 'U16', 'Teredo: port in the origin indication'),
  column('teredo', 'trdo6SrcFlgs', 'H8', 'Teredo source address: flags'),
  column('teredo', 'trdo6SrcSrvIP4', 'IPX', 'Teredo source address: server'),
  column('teredo', 'trdo6SrcCPIP4', 'IPX', "Teredo source address: client's public address"),
  column('teredo', 'trdo6SrcCPPort', 'U16', "Teredo source address: client's public port"),
  column('teredo', 'trdo6DstFlgs', 'H8', 'Teredo destination address: flags'),
  column('teredo', 'trdo6DstSrvIP4', 'IPX', 'Teredo destination address: server'),
  column('teredo', 'trdo6DstCPIP4', 'IPX', "Teredo destination address: client's public address"),
  column('teredo', 'trdo6DstCPPort', 'U16', "Teredo destination address: client's public port"),
]

/** Names of header members, in their order. */
export const HEADER_FIELDS: readonly (keyof HeaderMembers)[] = HEADER_COLUMNS.map(({ name }) => name)

/** What can be asked for. */
export const HEADER_NAMES: readonly string[] = ['all', ...new Set(HEADER_COLUMNS.map(({ group }) => group))]

/** What `all` stands for: of VLAN and MPLS headers, which can be shown in several ways, their fields. */
const ALL = ['vlan', 'mpls', 'ppp', 'l2tp', 'gre', 'teredo']

/** The columns that a list of names asks for, in their order. */
export function headerColumns(names: readonly string[]): HeaderColumn[] {
  const groups = new Set(names.flatMap(name => (name === 'all' ? ALL : [name])))
  return HEADER_COLUMNS.filter(({ group }) => groups.has(group))
}

/** A value as Tranalyzer writes it: the parts of a list with `;`, the fields of a header with `_` between them. */
export function headerText(
  { name, type }: HeaderColumn,
  members: { readonly [Name in keyof HeaderMembers]?: unknown } | undefined,
): string {
  const value = members?.[name] ?? undefined
  if (value === undefined) return TYPES[type][1]
  if (!Array.isArray(value)) return String(value)
  return value
    .map(part => (typeof part === 'object' && part !== null ? Object.values(part).join('_') : part))
    .join(';')
}
