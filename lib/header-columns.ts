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

/** How a value is written: a list of anything, an address, a number, or a mask of so many hexadecimal digits. */
type Kind = 'list' | 'ip' | 'number' | 2 | 4 | 8

export interface HeaderColumn {
  name: keyof HeaderMembers
  /** What asks for it: one of `HEADER_NAMES`. */
  group: string
  kind: Kind
}

const column = (group: string, name: keyof HeaderMembers, kind: Kind): HeaderColumn => ({ name, group, kind })

/** All of them, in basicFlow's order. */
export const HEADER_COLUMNS: readonly HeaderColumn[] = [
  column('vlan-hex', 'vlanHdr', 'list'),
  column('vlan', 'vlanTPID_PCP_DEI_VID', 'list'),
  column('mpls-labels', 'mplsLabels', 'list'),
  column('mpls-labels-hex', 'mplsLabelsHex', 'list'),
  column('mpls-hex', 'mplsHdrsHex', 'list'),
  column('mpls', 'mplsLabel_ToS_S_TTL', 'list'),
  column('ppp', 'pppHdr', 8),
  column('l2tp', 'l2tpHdr', 4),
  column('l2tp', 'l2tpTID', 'number'),
  column('l2tp', 'l2tpSID', 'number'),
  column('l2tp', 'l2tpCCSID', 'number'),
  column('l2tp', 'l2tpSrcIP', 'ip'),
  column('l2tp', 'l2tpDstIP', 'ip'),
  column('gre', 'greHdr', 8),
  column('gre', 'greSrcIP', 'ip'),
  column('gre', 'greDstIP', 'ip'),
  column('teredo', 'trdoDstIP', 'ip'),
  column('teredo', 'trdoDstPort', 'number'),
  column('teredo', 'trdo6SrcFlgs', 2),
  column('teredo', 'trdo6SrcSrvIP4', 'ip'),
  column('teredo', 'trdo6SrcCPIP4', 'ip'),
  column('teredo', 'trdo6SrcCPPort', 'number'),
  column('teredo', 'trdo6DstFlgs', 2),
  column('teredo', 'trdo6DstSrvIP4', 'ip'),
  column('teredo', 'trdo6DstCPIP4', 'ip'),
  column('teredo', 'trdo6DstCPPort', 'number'),
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
export function headerText({ name, kind }: HeaderColumn, members: HeaderMembers | undefined): string {
  const value = members?.[name]
  if (value === undefined) return NOTHING[kind]
  if (!Array.isArray(value)) return String(value)
  return value.map(part => (typeof part === 'object' ? Object.values(part).join('_') : part)).join(';')
}

/** What stands where a packet does not have the header. */
const NOTHING: Readonly<Record<Kind, string>> = {
  list: '',
  ip: '0.0.0.0',
  number: '0',
  2: '0x00',
  4: '0x0000',
  8: '0x00000000',
}
