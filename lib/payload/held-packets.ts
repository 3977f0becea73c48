import type { Batch } from '../batch.ts'
import { ChunkColumns } from '../chunk-columns.ts'
import { copyColumns, copyRow, FlowTagColumns, FrameColumns } from '../columns.ts'
import { PacketColumns } from '../packet-columns.ts'
import type { CaptureRecord } from '../records.ts'
import type { DataChunk } from './sctp-data.ts'

/** A chunk that waits for others. As its batch ends its bytes are copied, and the facts of its packet. */
export interface HeldChunk extends DataChunk {
  /** The TSN as a number that does not wrap. */
  at: number
  /** Its user data, if its batch is gone; then `off` says nothing. */
  bytes: Uint8Array | undefined
  /** Where the facts of its packet are; −1: its batch is at hand, and `row` says. */
  packet: number
  /** It was given, or is not wanted any more. */
  done: boolean
}

/** A chunk whose batch is gone, and its place in its stream. */
interface Late {
  chunk: HeldChunk
  offset: number
  length: number
}

/**
 * Keeps chunks beyond the batch that brought them, with what is known of their packets, and makes batches of them when
 * their time has come. Facts of packets lie in columns, and a place that is free is used again.
 */
export class HeldPackets {
  #frames = new FrameColumns(0)
  #packets = new PacketColumns(0)
  #tags = new FlowTagColumns(0)
  readonly #captureNo: number[] = []
  /** How many chunks of each packet wait. */
  readonly #uses: number[] = []
  readonly #free: number[] = []
  #fresh: HeldChunk[] = []
  #late: Late[] = []

  /** Takes a chunk of the batch at hand. */
  add(chunk: HeldChunk): void {
    this.#fresh.push(chunk)
  }

  /** Puts a chunk whose batch is gone into the next of `batches()`; `length` of its bytes count. */
  give(chunk: HeldChunk, offset: number, length: number): void {
    this.#late.push({ chunk, offset, length })
  }

  /** Lets go of a chunk that was not given. */
  drop(chunk: HeldChunk): void {
    chunk.done = true
    if (chunk.packet >= 0) this.#leave(chunk.packet)
  }

  /** To be called when a batch was worked off: copies of it what still waits. */
  keep(batch: Batch): void {
    let row = -1
    let packet = -1
    for (const chunk of this.#fresh) {
      if (chunk.done) continue
      if (chunk.row !== row) {
        row = chunk.row
        packet = this.#copy(batch, row)
      }
      this.#uses[packet]!++
      chunk.packet = packet
      chunk.bytes = Uint8Array.prototype.slice.call(batch.slab, chunk.off, chunk.off + chunk.got)
    }
    this.#fresh = []
  }

  /**
   * Batches of what was given since the last call, in that order: rows are chunks (`Batch.chunkRows`). They stand on
   * the memory of `batch`, of whose kind theirs is.
   */
  *batches(batch: Batch, captures: readonly CaptureRecord[]): Generator<Batch> {
    const late = this.#late
    this.#late = []
    for (let from = 0; from < late.length; ) {
      const captureNo = this.#captureNo[late[from]!.chunk.packet]!
      let to = from
      while (to < late.length && this.#captureNo[late[to]!.chunk.packet] === captureNo) to++
      yield this.#carrier(batch, late.slice(from, to)).derive({ captures, captureNo })
      from = to
    }
  }

  #carrier(batch: Batch, late: readonly Late[]): Batch {
    const rows = late.length
    const slab = batch.newSlab(late.reduce((sum, { length }) => sum + length, 0))
    const frames = batch.newColumns(FrameColumns, rows)
    const packets = batch.newColumns(PacketColumns, rows)
    const tags = batch.newColumns(FlowTagColumns, rows)
    const chunks = batch.newColumns(ChunkColumns, rows)
    chunks.count = rows
    chunks.addStreams()
    let off = 0
    late.forEach(({ chunk, offset, length }, row) => {
      copyRow(this.#frames, chunk.packet, frames, row)
      copyRow(this.#packets, chunk.packet, packets, row)
      copyRow(this.#tags, chunk.packet, tags, row)
      this.#leave(chunk.packet)
      slab.set(chunk.bytes!.subarray(0, length), off)
      frames.off[row] = off
      packets.payOff[row] = off
      packets.payLen[row] = length
      chunks.offset[row] = offset
      chunks.row[row] = row
      chunks.off[row] = off
      chunks.len[row] = length
      chunks.stream![row] = chunk.stream
      chunks.ppid![row] = chunk.ppid
      chunks.dataFlags![row] = chunk.flags
      off += length
    })
    const parts = { rows, slab, frames, packets, tags, chunks, chunkRows: true }
    return batch.retain().derive({ ...NOTHING_ELSE, ...parts, side: [], sideAt: [], flowPayload: [] })
  }

  /** Copies the facts of a packet; returns where they are. */
  #copy(batch: Batch, row: number): number {
    const packet = this.#free.pop() ?? this.#uses.length
    if (packet === this.#frames.capacity) this.#grow()
    copyRow(batch.frames, row, this.#frames, packet)
    copyRow(batch.packets!, row, this.#packets, packet)
    copyRow(batch.tags!, row, this.#tags, packet)
    this.#captureNo[packet] = batch.captureNo
    this.#uses[packet] = 0
    return packet
  }

  #leave(packet: number): void {
    if (--this.#uses[packet]! === 0) this.#free.push(packet)
  }

  #grow(): void {
    const capacity = Math.max(64, 2 * this.#frames.capacity)
    this.#frames = copyColumns(this.#frames, capacity)
    this.#packets = copyColumns(this.#packets, capacity)
    this.#tags = copyColumns(this.#tags, capacity)
  }
}

/** What of the batch that memory is taken from does not hold for chunks of others. */
const NOTHING_ELSE = {
  pktNoBase: 0,
  fileOffset: -1,
  pldStat: undefined,
  lines: undefined,
  flows: undefined,
  headers: undefined,
  flowHeaders: undefined,
  keep: undefined,
  extras: undefined,
}
