import { Batch, FlowLine, type SideItem } from '../batch.ts'
import { PldError } from '../errors.ts'
import type { CaptureRecord } from '../records.ts'
import { Stage, type StageCore } from '../stage.ts'
import { PLD_DUMPED, PLD_MATCH } from '../status-bits.ts'
import type { StreamEnd } from '../stream-end.ts'
import { ChunkList } from './chunk-list.ts'
import { Datagrams } from './datagrams.ts'
import { selectionOf } from './endpoint-selection.ts'
import { GapList, MAX_GAPS } from './gap-list.ts'
import { MissingBytes } from './missing-bytes.ts'
import { SideList } from './payload-notes.ts'
import { PayloadTally } from './payload-tally.ts'
import { SctpFlows } from './sctp-flows.ts'
import {
  ACKNOWLEDGES,
  BY_SEQUENCE,
  BY_TSN,
  NOT_SELECTED,
  type Selection,
  type SelectionOptions,
} from './selection.ts'
import { closeStream, emptyStream, isTold, missingTail } from './stream-close.ts'
import { StreamTable } from './stream-table.ts'
import { bytes, type TcpOptions, TcpPayload } from './tcp-payload.ts'

export interface PayloadOptions extends SelectionOptions, TcpOptions {
  /**
   * Bytes at this offset of a stream or behind it are left out (default 0: none are). It counts from ISN + 1 or from
   * the first byte seen, and what `startOffset` leaves out does not count.
   */
  maxBytes?: number
  /**
   * Bytes left out at the start of each TCP and SCTP stream, and of each datagram and other payload that has no numbers
   * (default 0). Offsets and lengths count from the first byte that is not left out.
   */
  startOffset?: number
  /**
   * Most gaps of a flow direction that are told one by one, in its record and as records (default 65,536; 0: all); of the
   * others a note tells how many there are, and how many bytes they lack.
   */
  maxGaps?: number
}

const ACK = 0x10
/** The acknowledgement of a RST means nothing to us. */
const ACK_OR_RST = 0x14

/** Records in one of the batches that tell of the flows still open at the end. */
const END_RECORDS = 4096

/**
 * Takes batches of tagged packets and adds what of their payload belongs where in its stream: `chunks`, each packet's
 * `pldStat`, and, as a flow ends, its gaps and the payload fields of its record. Batches that have chunks already pass
 * untouched. Throws ERR_NOT_TAGGED for packets without a flow, ERR_USAGE for options that cannot be met.
 */
export class PayloadChunker extends Stage<Batch> {
  constructor(options: PayloadOptions = {}) {
    super(new PayloadStage(options))
  }
}

/** The stage without a stream around it. */
export class PayloadStage implements StageCore<Batch> {
  readonly #selection: Selection
  readonly #table = new StreamTable()
  readonly #chunks = new ChunkList()
  readonly #side = new SideList()
  readonly #tally = new PayloadTally()
  readonly #tcp: TcpPayload
  readonly #datagrams: Datagrams
  readonly #sctp: SctpFlows
  readonly #maxGaps: number
  readonly #missing = new MissingBytes(this.#side, this.#tally)
  /** The conversation of the last packet, which most often is that of the next. */
  #lastFlow = 0
  #lastPair = -1
  #captures: readonly CaptureRecord[] = []
  #captureNo = 0
  /** Chunks came, so that another process has counted, and said so in a summary that went by. */
  #passes = false

  constructor(options: PayloadOptions = {}) {
    const maxBytes = bytes('maxBytes', options.maxBytes ?? 0)
    const startOffset = bytes('startOffset', options.startOffset ?? 0)
    this.#maxGaps = bytes('maxGaps', options.maxGaps ?? MAX_GAPS) || Number.POSITIVE_INFINITY
    this.#selection = selectionOf(options)
    this.#tcp = new TcpPayload(
      options,
      maxBytes,
      this.#maxGaps,
      startOffset,
      this.#table,
      this.#chunks,
      this.#side,
      this.#tally,
    )
    this.#datagrams = new Datagrams(this.#tcp.placement, this.#tally, startOffset)
    this.#sctp = new SctpFlows(
      this.#chunks,
      this.#side,
      this.#tally,
      this.#tcp.placement.limit,
      startOffset,
      this.#maxGaps,
    )
  }

  take(batch: Batch): Batch[] {
    if (batch.capture !== undefined) {
      this.#captures = batch.captures
      this.#captureNo = batch.captureNo
    }
    if (batch.chunks !== undefined) this.#passes = true
    if (batch.chunks !== undefined || (this.#passes && batch.rows === 0)) return [batch]
    if (batch.rows > 0 && (batch.packets === undefined || batch.tags === undefined)) {
      throw new PldError('ERR_NOT_TAGGED', 'packets came without their flow; tag them with flowtag first')
    }
    const pldStat = new Uint8Array(batch.rows)
    const flowPayload = batch.flowPayload.slice()
    this.#chunks.begin(batch)
    this.#side.begin(batch)
    this.#sctp.begin(batch.capture)
    this.#tcp.begin(batch)
    let row = 0
    batch.side.forEach((item, i) => {
      const at = batch.sideAt[i]!
      this.#rows(batch, row, at, pldStat)
      row = at
      this.#side.add(this.#sideItem(batch, item, at, flowPayload), at)
    })
    this.#rows(batch, row, batch.rows, pldStat)
    this.#tcp.finish(this.#chunks.sort())
    const { side, sideAt } = this.#side
    const late = this.#sctp.late(batch, this.#captures)
    return [...late, batch.derive({ pldStat, chunks: this.#chunks.columns, flowPayload, side, sideAt })]
  }

  /** Tells of the flows whose record never came, then of what was counted. */
  *end(): Generator<Batch> {
    const captureId = this.#captures[this.#captureNo]?.captureId ?? ''
    const tally = this.#tally
    const notes = this.#tcp.end()
    this.#side.begin(this.#sideBatch())
    this.#sctp.begin(this.#captures[this.#captureNo])
    for (const pair of this.#table) {
      for (const dir of [0, 1]) {
        const index = this.#table.index(pair, dir)
        if (this.#table.segment(pair).stat[index] === 0) continue
        tally.flowsWithoutRecord++
        this.#close(captureId, pair, dir, 0)
      }
      if (this.#side.side.length < END_RECORDS) continue
      yield* this.#sctp.late(this.#sideBatch(), this.#captures)
      yield this.#sideBatch()
      this.#side.begin(this.#sideBatch())
    }
    if (tally.flowsWithoutRecord > 0) {
      const message = `${tally.flowsWithoutRecord} flow directions ended without a flow record`
      this.#side.add({ type: 'note', level: 'warning', code: 'no-flow-record', message }, 0)
    }
    for (const note of notes) this.#side.add(note, 0)
    if (!this.#passes || tally.packets > 0) this.#side.add(tally.summary(), 0)
    yield* this.#sctp.late(this.#sideBatch(), this.#captures)
    yield this.#sideBatch()
  }

  /** Works off the packets from row `from` up to `to`. */
  #rows(batch: Batch, from: number, to: number, pldStat: Uint8Array): void {
    if (from === to) return
    const { keep, frames } = batch
    const packets = batch.packets!
    const { flowInd, dir } = batch.tags!
    const { payLen } = packets
    const tally = this.#tally
    const table = this.#table
    const tcp = this.#tcp.streams
    for (let row = from; row < to; row++) {
      if (keep !== undefined && keep[row] === 0) {
        this.#filtered(batch, row)
        continue
      }
      tally.packets++
      const flow = flowInd[row]!
      const kind = flow === 0 ? NOT_SELECTED : this.#selection.kind(packets, row)
      if (kind <= ACKNOWLEDGES) {
        if (kind === ACKNOWLEDGES) this.#acknowledge(batch, row)
        tally.notSelectedBytes += payLen[row]!
        continue
      }
      tally.payloadBytes += payLen[row]!
      if (flow !== this.#lastFlow) {
        this.#lastFlow = flow
        this.#lastPair = table.open(flow)
      }
      const pair = this.#lastPair
      const segment = table.segment(pair)
      const index = table.index(pair, dir[row]!)
      const slot = 2 * pair + dir[row]!
      let stat = PLD_MATCH
      if (kind === BY_SEQUENCE) stat |= tcp.take(frames, packets, row, segment, index, slot)
      else if (kind === BY_TSN) stat |= this.#sctp.take(batch, row, slot)
      else stat |= this.#datagrams.take(frames, packets, row, segment, index, slot)
      segment.stat[index]! |= stat
      pldStat[row] = stat
    }
  }

  /** The other side of a stream is not selected: what it acknowledges is all that counts of it. */
  #acknowledge({ packets, tags }: Batch, row: number): void {
    const table = this.#table
    const pair = table.find(tags!.flowInd[row]!)
    const dir = tags!.dir[row]!
    if (pair < 0 || (packets!.tcpFlags[row]! & ACK_OR_RST) !== ACK) return
    const index = table.index(pair, dir)
    this.#tcp.streams.bounds.acknowledge(table.segment(pair), index, 2 * pair + dir, packets!.tcpAck[row]!)
  }

  /** A row that a filter took out behind the flow stage: its bytes were captured, which is what their gap says. */
  #filtered({ frames, packets, tags }: Batch, row: number): void {
    const table = this.#table
    const pair = table.find(tags!.flowInd[row]!)
    if (pair < 0 || this.#selection.kind(packets!, row) !== BY_SEQUENCE) return
    const dir = tags!.dir[row]!
    this.#tcp.streams.filter(
      frames,
      packets!,
      row,
      table.segment(pair),
      table.index(pair, dir),
      2 * pair + dir,
    )
  }

  /** Completes the record of a flow that has ended; all other items stay as they are. */
  #sideItem(batch: Batch, item: SideItem, at: number, flowPayload: Batch['flowPayload']): SideItem {
    if (typeof item === 'number') {
      const flows = batch.flows!
      const captureId = batch.captures[flows.capture[item]!]?.captureId ?? ''
      flowPayload[item] = this.#flowEnd(captureId, flows.flowInd[item]!, flows.dir[item]!, at)
    } else if (item instanceof FlowLine) {
      const { flowInd, dir, line } = item
      if (this.#tally.packets === 0 && isTold(line)) return item
      const copy = new FlowLine(flowInd, dir, line)
      copy.payload = this.#flowEnd(batch.capture?.captureId ?? '', flowInd, dir, at)
      return copy
    }
    return item
  }

  #flowEnd(captureId: string, flowInd: number, dir: number, at: number): StreamEnd {
    const pair = this.#table.find(flowInd)
    if (pair < 0 || this.#table.segment(pair).stat[this.#table.index(pair, dir)] === 0) return emptyStream(0)
    return this.#close(captureId, pair, dir, at)
  }

  /** Ends a stream and tells what it lacks; with the second of a conversation its place becomes free. */
  #close(captureId: string, pair: number, dir: number, at: number): StreamEnd {
    const table = this.#table
    const flowInd = table.flowInd(pair)
    const segment = table.segment(pair)
    const index = table.index(pair, dir)
    const slot = 2 * pair + dir
    const list = new GapList(this.#maxGaps)
    const end =
      this.#sctp.close(slot, segment.stat[index]!, at, list) ??
      closeStream(table, segment, index, slot, this.#tcp.placement.limit, list)
    this.#tally.aggPldStat |= segment.stat[index]!
    if ((segment.stat[index]! & PLD_DUMPED) !== 0) this.#tally.flowsWithPayload++
    const tail = missingTail(segment, index)
    table.irregular.delete(slot)
    segment.clear(index)
    if (segment.stat[index ^ 1] === 0) {
      table.irregular.delete(slot ^ 1)
      table.release(pair)
      this.#lastFlow = 0
    }
    this.#missing.tell(end, list, tail, captureId, flowInd, dir, at)
    return end
  }

  #sideBatch(): Batch {
    const { side, sideAt } = this.#side
    return Batch.create({ captures: this.#captures, captureNo: this.#captureNo, side, sideAt })
  }
}
