import { bytesOf, putBytes, putSlice } from '../ascii.ts'
import { type Batch, FlowLine, RawLine, type SideItem } from '../batch.ts'
import type { IpLabels } from '../labels/ip-labels.ts'
import { Output } from '../output.ts'
import { PAYLOAD_IN_LINE } from '../packet-facts.ts'
import { IPv6Texts } from '../put-address.ts'
import { ChunkLine } from './chunk-line.ts'
import { type CommunityIdOf, FlowLineWriter, payloadMembers } from './flow-line.ts'
import { FrameLine } from './frame-line.ts'
import { FLOW_PAYLOAD_NAMES } from './member-names.ts'
import {
  fileOffsetOf,
  PacketLine,
  type PayloadForm,
  putPayload,
  putPldStat,
  putReference,
  putTags,
} from './packet-line.ts'
import { extraMembers, type LinePlan, payloadInLine, planFor, replaceMembers } from './spliced-line.ts'

export interface RecordEncoderOptions {
  /** Whether packets are written (default true), frames (of batches that are not decoded), and chunks. */
  packets?: boolean
  frames?: boolean
  chunks?: boolean
  /** How payloads are written that are not in lines already; by reference where they can be. Default `base64`. */
  payload?: PayloadForm
  /** Gives flow records their Community ID. */
  communityId?: CommunityIdOf
  /** Gives flow records what is known of their addresses. */
  labels?: IpLabels
}

/** Header members of a row, ASCII with a comma in front of each; empty for most. */
function membersOf(headers: Batch['headers'], row: number): string {
  const members = headers?.get(row)
  return members === undefined ? '' : extraMembers({ ...members })
}

const END = bytesOf('}\n')
const LINE_FEED = 0x0a
const CLOSE_BRACE = 0x7d
/** Room for the members that the flow and payload stages add. */
const ADDED = 512
const PLD_MEMBER = Buffer.from('"pld')
const PAYLOAD_MEMBER = Buffer.from('"payload"')

/**
 * Turns batches into NDJSON: each row with what its columns say, side items in front of their row. Rows that came as
 * lines are written as they came, with what was added to them.
 */
export class RecordEncoder {
  readonly #packets: boolean
  readonly #frames: boolean
  readonly #chunks: boolean
  readonly #payload: PayloadForm
  readonly #output = new Output()
  readonly #packetLine: PacketLine
  readonly #frameLine: FrameLine
  readonly #chunkLine: ChunkLine
  readonly #flowLine: FlowLineWriter
  /** Of the batch at hand: what to do with its lines, and the chunk that comes next. */
  #plan: LinePlan | undefined
  #nextChunk = 0

  constructor(options: RecordEncoderOptions = {}) {
    const {
      packets = true,
      frames = false,
      chunks = false,
      payload = 'base64',
      communityId,
      labels,
    } = options
    const addresses = new IPv6Texts()
    this.#packets = packets
    this.#frames = frames
    this.#chunks = chunks
    this.#payload = payload
    this.#packetLine = new PacketLine(addresses)
    this.#frameLine = new FrameLine(payload !== 'none')
    this.#chunkLine = new ChunkLine(addresses, payload !== 'none')
    this.#flowLine = new FlowLineWriter(addresses, communityId, labels)
  }

  /** The batch's records as buffers of about 256 KiB, each of whole lines. The batch is not released. */
  encode(batch: Batch): Buffer[] {
    const { side, sideAt, rows } = batch
    this.#plan = batch.lines === undefined || batch.chunkRows ? undefined : planFor(batch)
    this.#nextChunk = 0
    let from = 0
    for (let i = 0; i < side.length; i++) {
      const at = Math.min(sideAt[i]!, rows)
      if (at > from) from = this.#putRows(batch, from, at)
      this.#putSide(batch, side[i]!)
    }
    this.#putRows(batch, from, rows)
    return this.#output.take()
  }

  #putRows(batch: Batch, from: number, to: number): number {
    const { keep, packets, chunks } = batch
    const frames = this.#frames && packets === undefined
    const lines = this.#packets && packets !== undefined && !batch.chunkRows
    if (!frames && !lines && !(this.#chunks && chunks !== undefined)) return to
    const plan = this.#plan
    for (let row = from; row < to; row++) {
      if (keep !== undefined && keep[row] === 0) continue
      if (frames) this.#putFrame(batch, row)
      else if (lines) {
        if (plan !== undefined && batch.lines!.len[row] !== 0) this.#putLine(batch, row, plan)
        else this.#putPacket(batch, row)
      }
      if (this.#chunks && chunks !== undefined) this.#putChunks(batch, row)
    }
    return to
  }

  #putFrame(batch: Batch, row: number): void {
    const output = this.#output
    output.need(this.#frameLine.room(batch, row))
    output.at = this.#frameLine.put(output.bytes, output.at, batch, row)
  }

  #putPacket(batch: Batch, row: number): void {
    const output = this.#output
    const extras = batch.extras?.get(row)
    let added = extras === undefined ? '' : extraMembers(extras)
    const inLine = batch.packets!.payOff[row] === PAYLOAD_IN_LINE
    if (inLine && this.#payload !== 'none') added += payloadInLine(batch, row)
    const headers = membersOf(batch.headers, row)
    output.need(this.#packetLine.room(batch, row) + headers.length + 3 * added.length)
    let at = this.#packetLine.putHead(output.bytes, output.at, batch, row, headers)
    if (added !== '') at += output.bytes.write(added, at)
    if (!inLine && this.#payload !== 'none') at = this.#putPayload(at, batch, row)
    output.at = putBytes(output.bytes, at, END)
  }

  #putPayload(at: number, batch: Batch, row: number): number {
    const { bytes } = this.#output
    const { payOff, payLen } = batch.packets!
    const length = payLen[row]!
    if (length === 0) return at
    const offset = this.#payload === 'ref' ? fileOffsetOf(batch, row) : -1
    if (offset >= 0) return putReference(bytes, at, offset, length)
    return putPayload(bytes, at, batch.slab, payOff[row]!, length)
  }

  /** A packet as the line it came in. */
  #putLine(batch: Batch, row: number, plan: LinePlan): void {
    const { slab, lines } = batch
    const from = lines!.off[row]!
    const to = from + lines!.len[row]!
    const splice = lines!.splice[row]!
    const output = this.#output
    if (plan.drop !== undefined || batch.extras?.has(row)) {
      this.#putReplaced(batch, row, plan)
      return
    }
    output.need(to - from + ADDED)
    output.at = putSlice(output.bytes, output.at, slab, from, splice)
    this.#putAdded(batch, row, plan)
    const at = putSlice(output.bytes, output.at, slab, splice, to)
    output.bytes[at] = LINE_FEED
    output.at = at + 1
  }

  #putAdded({ tags, pldStat, frames }: Batch, row: number, { newTags, newStat }: LinePlan): void {
    const output = this.#output
    if (newTags) output.at = putTags(output.bytes, output.at, tags!, frames, row)
    if (newStat) output.at = putPldStat(output.bytes, output.at, pldStat![row]!)
  }

  /** A line whose old members have to go before new ones of the same names come. */
  #putReplaced(batch: Batch, row: number, plan: LinePlan): void {
    const { slab, lines } = batch
    const output = this.#output
    const extras = batch.extras?.get(row) ?? {}
    const text = extraMembers(extras)
    output.need(ADDED + 3 * text.length)
    const start = output.at
    this.#putAdded(batch, row, plan)
    output.at += output.bytes.write(text, output.at)
    const added = Buffer.from(output.bytes.subarray(start, output.at))
    output.at = start
    const drop = { has: (name: string): boolean => plan.drop?.has(name) || Object.hasOwn(extras, name) }
    const from = lines!.off[row]!
    this.#putWhole(replaceMembers(slab, from, from + lines!.len[row]!, drop, added))
  }

  /** The chunks that the packet at `row` brought. */
  #putChunks(batch: Batch, row: number): void {
    const chunks = batch.chunks!
    const output = this.#output
    for (; this.#nextChunk < chunks.count && chunks.row[this.#nextChunk]! <= row; this.#nextChunk++) {
      if (chunks.row[this.#nextChunk] !== row || this.#putChunkLine(batch, row, this.#nextChunk)) continue
      output.need(this.#chunkLine.room(batch, this.#nextChunk))
      output.at = this.#chunkLine.put(output.bytes, output.at, batch, this.#nextChunk)
    }
  }

  /** Writes a chunk as the line it came in, if it came in one and is still the same. */
  #putChunkLine(batch: Batch, row: number, index: number): boolean {
    const { lines, packets, chunks, slab, chunkRows } = batch
    if (lines === undefined || !chunkRows || lines.len[row] === 0) return false
    if (chunks!.off[index] !== packets!.payOff[row] || chunks!.len[index] !== packets!.payLen[row])
      return false
    this.#putWhole(slab.subarray(lines.off[row]!, lines.off[row]! + lines.len[row]!))
    return true
  }

  #putSide(batch: Batch, item: SideItem): void {
    if (typeof item === 'number') this.#putFlow(batch, item)
    else if (item instanceof RawLine) this.#putWhole(item.bytes)
    else if (item instanceof FlowLine) this.#putFlowLine(item)
    else this.#putWhole(Buffer.from(JSON.stringify(item)))
  }

  #putFlow(batch: Batch, row: number): void {
    const flows = batch.flows!
    const output = this.#output
    const payload = batch.flowPayload[row]
    const members = membersOf(batch.flowHeaders, row) + (payload === undefined ? '' : payloadMembers(payload))
    output.need(this.#flowLine.room(batch, row) + 3 * members.length)
    let at = this.#flowLine.putHead(output.bytes, output.at, batch, row)
    if (members !== '') at += output.bytes.write(members, at)
    output.at = putBytes(output.bytes, at, END)
    this.#chunkLine.forget(flows.flowInd[row]!, flows.dir[row]!)
  }

  #putFlowLine({ line, payload, flowInd, dir }: FlowLine): void {
    this.#chunkLine.forget(flowInd, dir)
    if (payload === undefined) {
      this.#putWhole(line)
      return
    }
    const bytes = Buffer.from(line.buffer, line.byteOffset, line.length)
    const added = bytesOf(payloadMembers(payload))
    // most lines have no such member yet, and then their end is where the new ones go
    const has = bytes.includes(PLD_MEMBER) || bytes.includes('\\u')
    if (!has && !bytes.includes(PAYLOAD_MEMBER)) {
      this.#putAppended(bytes, added)
      return
    }
    const drop = { has: (name: string): boolean => has && FLOW_PAYLOAD_NAMES.includes(name) }
    this.#putWhole(replaceMembers(bytes, 0, bytes.length, drop, added))
  }

  /** A line with members in front of the brace that closes it. */
  #putAppended(line: Buffer, added: Uint8Array): void {
    const output = this.#output
    output.need(line.length + added.length + 1)
    const splice = line.lastIndexOf(CLOSE_BRACE)
    let at = putSlice(output.bytes, output.at, line, 0, splice)
    at = putSlice(output.bytes, putBytes(output.bytes, at, added), line, splice, line.length)
    output.bytes[at] = LINE_FEED
    output.at = at + 1
  }

  /** A whole line that is ready. */
  #putWhole(line: Uint8Array): void {
    const output = this.#output
    output.need(line.length + 1)
    const at = putBytes(output.bytes, output.at, line)
    output.bytes[at] = LINE_FEED
    output.at = at + 1
  }
}
