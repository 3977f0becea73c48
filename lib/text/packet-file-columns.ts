import { putBytes, putDuration, putHex, putHex64, putInt, putTime } from '../ascii.ts'
import type { Batch } from '../batch.ts'
import type { FlowTagColumns } from '../columns.ts'
import { chainDepth } from '../header-chains.ts'
import type { HeaderMembers } from '../header-columns.ts'
import type { PacketColumns } from '../packet-columns.ts'
import { hasMac, hasPorts } from '../packet-facts.ts'
import { putMac } from '../put-address.ts'
import type { Column } from './column.ts'
import { putContent } from './escape.ts'
import { putPrefix } from './flow-file-columns.ts'
import type { LabelText } from './label-texts.ts'
import type { RowTexts } from './row-texts.ts'

/** The packet that a row is made from. */
export interface PacketCell {
  readonly texts: RowTexts
  batch: Batch
  frames: Batch['frames']
  packets: PacketColumns
  tags: FlowTagColumns
  /** Undefined before the payload stage. */
  pldStat: Uint8Array | undefined
  row: number
  /** Its link and tunnel headers. */
  headers: HeaderMembers | undefined
  /** Labels of its addresses. */
  srcLabel: LabelText
  dstLabel: LabelText
  /** The captured payload: bytes from `from` up to `to`. */
  bytes: Uint8Array
  from: number
  to: number
}

const SEMICOLON = 0x3b

/** The columns of a packet file in their order. Facts that a packet lacks are empty. A further column is a further entry here. */
export const PACKET_COLUMNS: readonly Column<PacketCell>[] = [
  {
    name: 'pktNo',
    type: 'U64',
    description: 'number of the packet in the capture',
    put: (out, at, { frames, row }) => putInt(out, at, frames.pktNo[row]!),
  },
  {
    name: 'flowInd',
    type: 'U64',
    description: 'number of its flow',
    put: (out, at, { tags, row }) => putInt(out, at, tags.flowInd[row]!),
  },
  {
    name: 'flowStat',
    type: 'H64',
    description: "its flow's status bits up to and with this packet",
    put: (out, at, { tags, row }) => putHex64(out, putPrefix(out, at), tags.statHi[row]!, tags.statLo[row]!),
  },
  {
    name: 'time',
    type: 'TS',
    description: 'time of capture',
    put: (out, at, { frames, row }) =>
      putTime(out, at, frames.sec[row]!, frames.nsec[row]!, frames.digits[row]!),
  },
  {
    name: 'pktIAT',
    type: 'U64.U32',
    description: 'since the packet before it in its direction (seconds)',
    put: (out, at, cell) =>
      putSince(out, at, cell, cell.tags.prevSec[cell.row]!, cell.tags.prevNsec[cell.row]!),
  },
  {
    name: 'pktTrip',
    type: 'U64.U32',
    description: 'since the last packet of the other direction (seconds)',
    put: (out, at, cell) =>
      putSince(out, at, cell, cell.tags.oppSec[cell.row]!, cell.tags.oppNsec[cell.row]!),
  },
  {
    name: 'flowDuration',
    type: 'U64.U32',
    description: 'since the first packet of its direction (seconds)',
    put: (out, at, cell) =>
      putSince(out, at, cell, cell.tags.firstSec[cell.row]!, cell.tags.firstNsec[cell.row]!),
  },
  {
    name: 'numHdrs',
    type: 'U16',
    description: 'number of headers',
    put: (out, at, { packets, row }) => putInt(out, at, chainDepth(packets.chain[row]!)),
  },
  {
    name: 'hdrDesc',
    type: 'SC',
    description: 'chain of headers',
    put: (out, at, { packets, row, texts }) => putBytes(out, at, texts.chain(packets.chain[row]!)),
    room: ({ packets, row, texts }) => texts.chain(packets.chain[row]!).length,
  },
  {
    name: 'ethVlanID',
    type: 'U16:R',
    description: 'VLAN numbers, outermost first',
    put(out, at, { packets, row }) {
      const count = Math.min(packets.vlanCount[row]!, 3)
      let to = at
      for (let i = 0; i < count; i++) {
        if (i > 0) out[to++] = SEMICOLON
        to = putInt(out, to, packets.vlanTci[3 * row + i]! & 0xfff)
      }
      return to
    },
  },
  {
    name: 'srcMac',
    type: 'MAC',
    description: 'source MAC address',
    put: (out, at, { packets, row }) =>
      hasMac(packets, row) ? putMac(out, at, packets.mac, 3 * row, 'src') : at,
  },
  {
    name: 'dstMac',
    type: 'MAC',
    description: 'destination MAC address',
    put: (out, at, { packets, row }) =>
      hasMac(packets, row) ? putMac(out, at, packets.mac, 3 * row, 'dst') : at,
  },
  {
    name: 'ethType',
    type: 'H16',
    description: 'ethertype of the innermost network header',
    put: (out, at, { packets, row }) => putHex(out, putPrefix(out, at), packets.ethType[row]!, 4),
  },
  ...endpoint('src', 'source'),
  ...endpoint('dst', 'destination'),
  {
    name: 'l4Proto',
    type: 'U8',
    description: 'number of the IP protocol',
    put: (out, at, { packets, row }) =>
      packets.family[row] === 0 ? at : putInt(out, at, packets.l4Proto[row]!),
  },
  {
    name: 'pldStat',
    type: 'H8',
    description: 'status bits of its payload',
    put: (out, at, { pldStat, row }) =>
      pldStat === undefined ? at : putHex(out, putPrefix(out, at), pldStat[row]!, 2),
  },
  {
    name: 'l7Content',
    type: 'SC',
    description: 'its captured payload as text',
    put: (out, at, { bytes, from, to }) => putContent(out, at, bytes, from, to),
    room: ({ from, to }) => 2 * (to - from),
  },
]

function endpoint(side: 'src' | 'dst', what: string): Column<PacketCell>[] {
  const from = side === 'src' ? 0 : 4
  const [label, port] =
    side === 'src' ? (['srcLabel', 'srcPort'] as const) : (['dstLabel', 'dstPort'] as const)
  return [
    {
      name: `${side}IP`,
      type: 'IPX',
      description: `${what} IP address`,
      put(out, at, { packets, row, texts }) {
        const family = packets.family[row]!
        return family === 0 ? at : texts.putIP(out, at, family, packets.addr, 8 * row + from)
      },
    },
    {
      name: `${side}IPCC`,
      type: 'SC',
      description: `country of the ${what} IP address`,
      put: (out, at, cell) => putBytes(out, at, cell[label].cc),
      room: cell => cell[label].cc.length,
    },
    {
      name: `${side}IPOrg`,
      type: 'SC',
      description: `organisation of the ${what} IP address`,
      put: (out, at, cell) => putBytes(out, at, cell[label].org),
      room: cell => cell[label].org.length,
    },
    {
      name: port,
      type: 'U16',
      description: `${what} port`,
      put: (out, at, { packets, row }) =>
        hasPorts(packets, row) ? putInt(out, at, packets[port][row]!) : at,
    },
  ]
}

/** The time from another one until the packet's. */
function putSince(out: Buffer, at: number, { frames, row }: PacketCell, sec: number, nsec: number): number {
  return putDuration(out, at, frames.sec[row]!, frames.nsec[row]!, sec, nsec, frames.digits[row]!)
}
