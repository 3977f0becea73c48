import type { Batch } from '../batch.ts'
import type { FlowTagColumns } from '../columns.ts'
import { PldError } from '../errors.ts'
import type { IpLabels } from '../labels/ip-labels.ts'
import type { PacketColumns } from '../packet-columns.ts'
import { hasPorts, PAYLOAD_IN_LINE, PROTO_ICMP, PROTO_ICMPV6 } from '../packet-facts.ts'
import { packetRecord } from '../packet-view.ts'
import { type Column, headerLine, RowPutter } from './column.ts'
import { NO_LABEL } from './label-texts.ts'
import { PACKET_COLUMNS, type PacketCell } from './packet-file-columns.ts'
import type { RowOutput } from './row-output.ts'
import { RowTexts } from './row-texts.ts'

const PROTO_OSPF = 89

/** The rows of a packet file. */
export class PacketRows {
  readonly columns: readonly Column<PacketCell>[]
  readonly header: string
  readonly #putter: RowPutter<PacketCell>
  readonly #texts: RowTexts

  constructor(labels?: IpLabels, columns: readonly Column<PacketCell>[] = PACKET_COLUMNS) {
    this.columns = columns
    this.header = headerLine(columns)
    this.#putter = new RowPutter(columns)
    this.#texts = new RowTexts(labels)
  }

  /** Throws ERR_NOT_TAGGED for packets that no flow stage has seen. */
  check({ rows, packets, tags, chunkRows, frames }: Batch): void {
    if (rows === 0 || chunkRows || packets === undefined || tags !== undefined) return
    throw new PldError('ERR_NOT_TAGGED', 'these packets came without their flow', { pktNo: frames.pktNo[0]! })
  }

  /**
   * Puts a row for each packet of the batch that has a flow. Throws ERR_NOT_TAGGED, and ERR_REFERENCE for payloads that
   * were not fetched.
   */
  put(batch: Batch, output: RowOutput): void {
    this.check(batch)
    const { rows, keep, packets, tags, chunkRows } = batch
    if (chunkRows || packets === undefined || tags === undefined) return
    const cell = cellFor(batch, packets, tags, this.#texts)
    const { labels } = this.#texts
    const { family, addr, payOff, payLen } = packets
    for (let row = 0; row < rows; row++) {
      if ((keep !== undefined && keep[row] === 0) || tags.flowInd[row] === 0) continue
      cell.row = row
      cell.headers = batch.headers?.get(row)
      cell.srcLabel = family[row] === 0 ? NO_LABEL : labels.find(family[row]!, addr, 8 * row)
      cell.dstLabel = family[row] === 0 ? NO_LABEL : labels.find(family[row]!, addr, 8 * row + 4)
      if (payOff[row] === PAYLOAD_IN_LINE) takeFromLine(batch, row, cell)
      else {
        cell.bytes = batch.slab
        cell.from = payOff[row]!
        cell.to = cell.from + payLen[row]!
      }
      cell.from = Math.min(cell.to, cell.from + ownHeader(packets, row))
      output.need(this.#putter.room(cell))
      output.at = this.#putter.put(output.bytes, output.at, cell)
    }
  }
}

function cellFor(batch: Batch, packets: PacketColumns, tags: FlowTagColumns, texts: RowTexts): PacketCell {
  const { frames, pldStat, slab } = batch
  const noRow = {
    row: 0,
    headers: undefined,
    srcLabel: NO_LABEL,
    dstLabel: NO_LABEL,
    bytes: slab,
    from: 0,
    to: 0,
  }
  return { texts, batch, frames, packets, tags, pldStat, ...noRow }
}

/** A payload that was left in the packet's line. */
function takeFromLine(batch: Batch, row: number, cell: PacketCell): void {
  const { payload = '', atOffset, pktNo } = packetRecord(batch, row)
  if (atOffset !== undefined) {
    throw new PldError('ERR_REFERENCE', 'the payload is given by reference and was not fetched', { pktNo })
  }
  cell.bytes = Buffer.from(payload, 'base64')
  cell.from = 0
  cell.to = cell.bytes.length
}

/**
 * Bytes that l7Content leaves out in front, as in the original: the protocol's own header, where the payload is all that
 * stands behind the IP header. In IPv4 every header counts as one of 8 bytes but OSPF's, in IPv6 there is only OSPF's.
 */
function ownHeader(packets: PacketColumns, row: number): number {
  const family = packets.family[row]!
  const proto = packets.l4Proto[row]!
  if (family === 0 || hasPorts(packets, row) || proto === PROTO_ICMP || proto === PROTO_ICMPV6) return 0
  if (proto === PROTO_OSPF) return family === 4 ? 24 : 16
  return family === 4 ? 8 : 0
}
