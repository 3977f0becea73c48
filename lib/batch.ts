import { BatchMemory, type BatchPool, type Columns, type ColumnsType } from './batch-pool.ts'
import type { ChunkColumns } from './chunk-columns.ts'
import { type FlowTagColumns, FrameColumns, type LineColumns } from './columns.ts'
import { PldError } from './errors.ts'
import type { FlowColumns } from './flow-columns.ts'
import type { HeaderMembers } from './header-columns.ts'
import type { PacketColumns } from './packet-columns.ts'
import type { CaptureRecord, FlowPayload, PldRecord } from './records.ts'

/** A line of NDJSON that nobody here knows, to be passed on as it came; without its line end. */
export class RawLine {
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

/** A flow record that came as NDJSON: what stages need of it, and its line, to which their own members are added. */
export class FlowLine {
  readonly flowInd: number
  /** 0 for A, 1 for B. */
  readonly dir: number
  readonly line: Uint8Array
  payload: FlowPayload | undefined

  constructor(flowInd: number, dir: number, line: Uint8Array) {
    this.flowInd = flowInd
    this.dir = dir
    this.line = line
  }
}

/** What stands between the rows: a record, an unknown line, a flow that came as a line, or a row of `Batch.flows`. */
export type SideItem = PldRecord | RawLine | FlowLine | number

/** The columns that stages add; a batch is born with `frames` or, when read from NDJSON, with more. */
export interface BatchParts {
  rows: number
  slab: Buffer
  /** The captures of the run so far; `captures[captureNo]` is that of all rows of this batch. */
  captures: readonly CaptureRecord[]
  captureNo: number
  /** pktNo − filePktNo for all rows of this batch. */
  pktNoBase: number
  /** Position in the capture file of the slab's first byte; −1 where the slab is no plain copy of the file. */
  fileOffset: number
  frames: FrameColumns
  packets: PacketColumns | undefined
  tags: FlowTagColumns | undefined
  /** pldStat of each packet; filled by the payload stage. */
  pldStat: Uint8Array | undefined
  chunks: ChunkColumns | undefined
  /**
   * The rows are no packets but say of each chunk which packet brought it: chunks that came as records, or that were held
   * back, whose packets went by in an earlier batch.
   */
  chunkRows: boolean
  lines: LineColumns | undefined
  flows: FlowColumns | undefined
  /** Link and tunnel headers of packets, by row, and of flows, by row of `flows`; only where they were asked for. */
  headers: ReadonlyMap<number, HeaderMembers> | undefined
  flowHeaders: ReadonlyMap<number, HeaderMembers> | undefined
  /** Payload of the flow in each row of `flows`. */
  flowPayload: (FlowPayload | undefined)[]
  /** Rows that a filter left (1) or took out (0); undefined: all stand. */
  keep: Uint8Array | undefined
  /** Members that a user's stage added to rows. */
  extras: Map<number, Record<string, unknown>> | undefined
  /** Side records, and for each the row before which it stands (`rows`: behind the last). Never descending. */
  side: SideItem[]
  sideAt: number[]
}

/**
 * An ordered piece of a stream of records: packet rows as columns over one slab of bytes, and other records between
 * them. A stage never changes the batch it got: it passes on one derived from it (`derive()`), so that two consumers
 * of one stream do not see each other's work.
 *
 * Ownership moves with the push. A batch that nobody releases is left to the garbage collector; in streets built with
 * `recycle`, the last stage calls `release()`, and a stage that keeps a batch or hands it to two consumers `retain()`s
 * it first.
 */
export class Batch implements BatchParts {
  readonly rows: number
  readonly slab: Buffer
  readonly captures: readonly CaptureRecord[]
  readonly captureNo: number
  readonly pktNoBase: number
  readonly fileOffset: number
  readonly frames: FrameColumns
  readonly packets: PacketColumns | undefined
  readonly tags: FlowTagColumns | undefined
  readonly pldStat: Uint8Array | undefined
  readonly chunks: ChunkColumns | undefined
  readonly chunkRows: boolean
  readonly lines: LineColumns | undefined
  readonly flows: FlowColumns | undefined
  readonly headers: ReadonlyMap<number, HeaderMembers> | undefined
  readonly flowHeaders: ReadonlyMap<number, HeaderMembers> | undefined
  readonly flowPayload: (FlowPayload | undefined)[]
  readonly keep: Uint8Array | undefined
  readonly extras: Map<number, Record<string, unknown>> | undefined
  readonly side: SideItem[]
  readonly sideAt: number[]
  readonly #memory: BatchMemory
  #released = false

  private constructor(parts: BatchParts, memory: BatchMemory) {
    this.rows = parts.rows
    this.slab = parts.slab
    this.captures = parts.captures
    this.captureNo = parts.captureNo
    this.pktNoBase = parts.pktNoBase
    this.fileOffset = parts.fileOffset
    this.frames = parts.frames
    this.packets = parts.packets
    this.tags = parts.tags
    this.pldStat = parts.pldStat
    this.chunks = parts.chunks
    this.chunkRows = parts.chunkRows
    this.lines = parts.lines
    this.flows = parts.flows
    this.headers = parts.headers
    this.flowHeaders = parts.flowHeaders
    this.flowPayload = parts.flowPayload
    this.keep = parts.keep
    this.extras = parts.extras
    this.side = parts.side
    this.sideAt = parts.sideAt
    this.#memory = memory
  }

  /** A batch over a slab; without a pool the slab is never used again. */
  static create(parts: Partial<BatchParts>, pool?: BatchPool): Batch {
    const all = { ...NOTHING, side: [], sideAt: [], flowPayload: [], ...parts }
    return new Batch(all, new BatchMemory(all.slab, pool))
  }

  /** The same batch with other parts; it shares this one's memory and takes over its ownership. */
  derive(parts: Partial<BatchParts>): Batch {
    return new Batch({ ...(this as BatchParts), ...parts }, this.#memory)
  }

  /** Keeps the memory from being used again until one more `release()`. Returns the batch. */
  retain(): this {
    this.#memory.refs++
    return this
  }

  /** Gives the memory back; to be called by the last stage, once for itself and once for each `retain()`. */
  release(): void {
    const memory = this.#memory
    if (memory.pool === undefined || !memory.pool.recycles || memory.refs === 0) return
    if (--memory.refs > 0) return
    this.#released = true
    memory.pool.give(memory.slab, memory.exposed)
    for (const columns of memory.lent) memory.pool.giveColumns(columns)
    memory.lent.length = 0
  }

  /**
   * Columns to be filled for a batch that will be derived from this one. They may have room for more rows, and hold old
   * values: every row that counts has to be written.
   */
  newColumns<Group extends Columns>(type: ColumnsType<Group>, rows = this.rows): Group {
    const { pool, lent } = this.#memory
    if (pool === undefined || !pool.recycles) return new type(rows)
    const columns = pool.takeColumns(type, rows)
    lent.push(columns)
    return columns
  }

  /** A slab for a batch that will be derived from this one. It is never used again, and left to the garbage collector. */
  newSlab(bytes: number): Buffer {
    return this.#memory.pool?.allocate(bytes) ?? Buffer.allocUnsafeSlow(bytes)
  }

  /** Whether the memory may hold other data by now. */
  get released(): boolean {
    return this.#released || this.#memory.refs === 0
  }

  /** To be called before a view or a piece of the slab is handed to code that may keep it. Throws after release. */
  expose(): void {
    if (this.released)
      throw new PldError('ERR_BATCH_RELEASED', 'this batch was released; copy what is to be kept')
    this.#memory.exposed = true
  }

  /** The record of the capture that all rows came from; undefined in a batch of side records alone. */
  get capture(): CaptureRecord | undefined {
    return this.captures[this.captureNo]
  }
}

const NO_BYTES = Buffer.alloc(0)
const NOTHING: Omit<BatchParts, 'side' | 'sideAt' | 'flowPayload'> = {
  rows: 0,
  slab: NO_BYTES,
  captures: [],
  captureNo: 0,
  pktNoBase: 0,
  fileOffset: -1,
  frames: new FrameColumns(0),
  packets: undefined,
  tags: undefined,
  pldStat: undefined,
  chunks: undefined,
  chunkRows: false,
  lines: undefined,
  flows: undefined,
  headers: undefined,
  flowHeaders: undefined,
  keep: undefined,
  extras: undefined,
}
