import { putBytes, putDuration, putHex, putHex64, putInt, putTime } from '../ascii.ts'
import type { Batch } from '../batch.ts'
import type { FlowColumns } from '../flow-columns.ts'
import { chainDepth } from '../header-chains.ts'
import type { HeaderMembers } from '../header-columns.ts'
import { putMac } from '../put-address.ts'
import type { FlowPayload } from '../records.ts'
import type { Column } from './column.ts'
import type { LabelText } from './label-texts.ts'
import { labelOf } from './record-labels.ts'
import type { RowTexts } from './row-texts.ts'

/** The flow that a row is made from. */
export interface FlowCell {
  readonly texts: RowTexts
  batch: Batch
  flows: FlowColumns
  row: number
  payload: FlowPayload | undefined
  /** Link and tunnel headers of its first packet. */
  headers: HeaderMembers | undefined
  /** Labels of its addresses. */
  srcLabel: LabelText
  dstLabel: LabelText
}

/** The members of a flow record that came as a line. */
export type FlowMembers = Readonly<Record<string, unknown>>

/** A column of the flow file. Flows come as columns, for `put()`, or as records, of which it shows the member of its name. */
export interface FlowColumn extends Column<FlowCell> {
  /** What it shows of records that lack the member; default: nothing. */
  missing?: string
  /** Of values that are lists: each value once. */
  unique?: true
  /** What it shows of a record, where that is not just the member. */
  textOf?(members: FlowMembers): string
  /** For a member that records lack as a rule, and that can be worked out from others. */
  fromRecord?(members: FlowMembers, texts: RowTexts): string | undefined
}

const SEMICOLON = 0x3b
const MINUS = 0x2d

/**
 * The columns of a flow file in their order. A further column is a further entry here: its name is that of the flow
 * record's member.
 */
export const FLOW_COLUMNS: readonly FlowColumn[] = [
  {
    name: 'dir',
    type: 'C',
    description: 'direction of the flow: A or B',
    put(out, at, { flows, row }) {
      out[at] = 0x41 + flows.dir[row]!
      return at + 1
    },
  },
  {
    name: 'flowInd',
    type: 'U64',
    description: 'number of the flow, the same for both directions',
    put: (out, at, { flows, row }) => putInt(out, at, flows.flowInd[row]!),
  },
  {
    name: 'flowStat',
    type: 'H64',
    description: 'status bits of all its packets',
    put: (out, at, { flows, row }) =>
      putHex64(out, putPrefix(out, at), flows.statHi[row]!, flows.statLo[row]!),
  },
  {
    name: 'timeFirst',
    type: 'TS',
    description: 'time of its first packet',
    put: (out, at, { flows, row }) =>
      putTime(out, at, flows.firstSec[row]!, flows.firstNsec[row]!, flows.digits[row]!),
  },
  {
    name: 'timeLast',
    type: 'TS',
    description: 'time of its last packet',
    put: (out, at, { flows, row }) =>
      putTime(out, at, flows.lastSec[row]!, flows.lastNsec[row]!, flows.digits[row]!),
  },
  {
    name: 'duration',
    type: 'U64.U32',
    description: 'from its first to its last packet (seconds)',
    put: (out, at, { flows, row }) =>
      putDuration(
        out,
        at,
        flows.lastSec[row]!,
        flows.lastNsec[row]!,
        flows.firstSec[row]!,
        flows.firstNsec[row]!,
        flows.digits[row]!,
      ),
  },
  {
    name: 'numHdrDesc',
    type: 'U8',
    description: 'number of different header chains',
    put: (out, at, { flows, row }) => putInt(out, at, flows.chainCount[row]!),
  },
  {
    name: 'numHdrs',
    type: 'U16:R',
    description: 'headers in each of the first four chains',
    put(out, at, { flows, row }) {
      let to = at
      for (let i = 0; i < chainsOf(flows, row); i++) {
        if (i > 0) out[to++] = SEMICOLON
        to = putInt(out, to, chainDepth(flows.chain[4 * row + i]!))
      }
      return to
    },
  },
  {
    name: 'hdrDesc',
    type: 'SC:R',
    description: 'the first four header chains',
    put(out, at, { flows, row, texts }) {
      let to = at
      for (let i = 0; i < chainsOf(flows, row); i++) {
        if (i > 0) out[to++] = SEMICOLON
        to = putBytes(out, to, texts.chain(flows.chain[4 * row + i]!))
      }
      return to
    },
    room({ flows, row, texts }) {
      let room = 0
      for (let i = 0; i < chainsOf(flows, row); i++) room += texts.chain(flows.chain[4 * row + i]!).length + 1
      return room
    },
  },
  {
    name: 'srcMac',
    type: 'MAC:R',
    description: 'the first three source MAC addresses',
    unique: true,
    put: (out, at, { flows, row }) => putMacs(out, at, flows, row, 'src'),
  },
  {
    name: 'dstMac',
    type: 'MAC:R',
    description: 'the first three destination MAC addresses',
    unique: true,
    put: (out, at, { flows, row }) => putMacs(out, at, flows, row, 'dst'),
  },
  {
    name: 'ethType',
    type: 'H16',
    description: 'ethertype of the innermost network header',
    put: (out, at, { flows, row }) => putHex(out, putPrefix(out, at), flows.ethType[row]!, 4),
  },
  {
    name: 'ethVlanID',
    type: 'U16:R',
    description: 'VLAN numbers of its first packet, outermost first',
    put(out, at, { flows, row }) {
      let to = at
      for (let i = 0; i < Math.min(flows.vlanCount[row]!, 3); i++) {
        if (i > 0) out[to++] = SEMICOLON
        to = putInt(out, to, flows.vlanTci[3 * row + i]! & 0xfff)
      }
      return to
    },
  },
  ...endpoint('src', 'source'),
  ...endpoint('dst', 'destination'),
  {
    name: 'l4Proto',
    type: 'U8',
    description: 'number of the IP protocol',
    missing: '0',
    put: (out, at, { flows, row }) => putInt(out, at, flows.l4Proto[row]!),
  },
  {
    name: 'pldStat',
    type: 'H8',
    description: 'status bits of its payload',
    put: (out, at, { payload }) => (payload === undefined ? at : putMask(out, at, payload.pldStat)),
  },
]

function endpoint(side: 'src' | 'dst', what: string): FlowColumn[] {
  const from = side === 'src' ? 0 : 4
  const [label, port] =
    side === 'src' ? (['srcLabel', 'srcPort'] as const) : (['dstLabel', 'dstPort'] as const)
  return [
    {
      name: `${side}IP`,
      type: 'IPX',
      description: `${what} IP address`,
      missing: '-',
      put(out, at, { flows, row, texts }) {
        const family = flows.family[row]!
        if (family !== 0) return texts.putIP(out, at, family, flows.addr, 8 * row + from)
        out[at] = MINUS
        return at + 1
      },
    },
    {
      name: `${side}IPCC`,
      type: 'SC',
      description: `country of the ${what} IP address`,
      missing: '-',
      put: (out, at, cell) => putBytes(out, at, cell[label].cc),
      room: cell => cell[label].cc.length,
      fromRecord: (members, texts) => labelOf(members[`${side}IP`], texts.ipLabels)?.cc,
    },
    {
      name: `${side}IPOrg`,
      type: 'S',
      description: `organisation of the ${what} IP address`,
      missing: '"-"',
      put: (out, at, cell) => putBytes(out, at, cell[label].quotedOrg),
      room: cell => cell[label].quotedOrg.length,
      fromRecord: (members, texts) => labelOf(members[`${side}IP`], texts.ipLabels)?.org,
    },
    {
      name: port,
      type: 'U16',
      description: `${what} port`,
      missing: '0',
      put: (out, at, { flows, row }) => putInt(out, at, flows[port][row]!),
    },
  ]
}

/** `0x`. */
export function putPrefix(out: Buffer, at: number): number {
  out[at] = 0x30
  out[at + 1] = 0x78
  return at + 2
}

/** A mask that is text already. */
function putMask(out: Buffer, at: number, mask: string): number {
  for (let i = 0; i < mask.length; i++) out[at + i] = mask.charCodeAt(i)
  return at + mask.length
}

function chainsOf({ chainCount }: FlowColumns, row: number): number {
  return Math.min(chainCount[row]!, 4)
}

/** Each address once, though flows keep pairs of them. */
function putMacs(
  out: Buffer,
  at: number,
  { mac, macCount }: FlowColumns,
  row: number,
  which: 'src' | 'dst',
): number {
  const first = 9 * row
  const count = macCount[row]!
  if (count === 0) return at
  let to = putMac(out, at, mac, first, which)
  for (let from = first + 3; from < first + 3 * Math.min(count, 3); from += 3) {
    if (isRepeated(mac, first, from, which === 'dst')) continue
    out[to++] = SEMICOLON
    to = putMac(out, to, mac, from, which)
  }
  return to
}

function isRepeated(mac: Uint32Array, first: number, at: number, isDst: boolean): boolean {
  const word = isDst ? 0 : 2
  const mask = isDst ? 0xffff_0000 : 0xffff
  for (let before = first; before < at; before += 3) {
    if (mac[before + word] === mac[at + word] && ((mac[before + 1]! ^ mac[at + 1]!) & mask) === 0) return true
  }
  return false
}
