import { Batch, type BatchParts, type SideItem } from '../batch.ts'
import type { BatchPool } from '../batch-pool.ts'
import { FlowTagColumns, FrameColumns } from '../columns.ts'
import type { HeaderMembers } from '../header-columns.ts'
import { PacketColumns } from '../packet-columns.ts'
import type { CaptureList } from './capture-list.ts'
import type { PayloadReader, Reference } from './payload-reader.ts'
import { ReadLines, type RowKind, RowStore } from './row-store.ts'

/** What a line says of the batch that its row can be part of. */
export interface RowFacts {
  captureNo: number
  pktNoBase: number
  tagged: boolean
  withStat: boolean
  /** Link and tunnel headers that the packet was said to have. */
  headers?: HeaderMembers | undefined
}

/** Most rows of a batch, and most bytes of payload that are fetched for one. */
const MAX_ROWS = 16_384
const MAX_FETCHED = 1 << 22
/** Lines of packets are longer than this; where they are not, batches get smaller. */
const LINE_BYTES = 256

/** Makes the payloads that a batch refers to part of its slab. */
export type Fetch = (references: readonly Reference[], parts: BatchParts, textEnd: number) => Buffer

/** Gathers the rows and side items of one slab of lines, and makes batches of them in which all rows are alike. */
export class BatchBuilder {
  store = new RowStore(64)
  /** Rows so far; the next one is read into the store at this index. */
  rows = 0
  kind: RowKind = 'packet'
  readonly #pool: BatchPool
  readonly #captures: CaptureList
  readonly #payloads: PayloadReader
  readonly #fetch: Fetch
  #slab: Buffer = Buffer.alloc(0)
  #textEnd = 0
  #captureNo = 0
  #pktNoBase = 0
  #tagged = false
  #withStat = false
  #side: SideItem[] = []
  #sideAt: number[] = []
  #headers: Map<number, HeaderMembers> | undefined
  #sure = true
  #fetched = 0
  #batches: Batch[] = []
  #first: Batch | undefined

  constructor(pool: BatchPool, captures: CaptureList, payloads: PayloadReader, fetch: Fetch) {
    this.#pool = pool
    this.#captures = captures
    this.#payloads = payloads
    this.#fetch = fetch
  }

  /** Begins a slab whose first `textEnd` bytes are lines. */
  start(slab: Buffer, textEnd: number): void {
    this.#slab = slab
    this.#textEnd = textEnd
    this.#first = undefined
    const wanted = Math.min(Math.ceil(textEnd / LINE_BYTES), MAX_ROWS)
    if (this.store.capacity < wanted) this.store = new RowStore(wanted)
  }

  /**
   * Takes the row that was read last, from the line between `from` and `to`. A row of another capture, or with other
   * members than those before it, begins a batch. `sure`: the line has none of the members that the flow and payload
   * stages add but those that were read.
   */
  add(
    captureNo: number,
    pktNoBase: number,
    tagged: boolean,
    withStat: boolean,
    sure: boolean,
    from: number,
    to: number,
    headers?: HeaderMembers,
  ): void {
    const alike =
      captureNo === this.#captureNo &&
      pktNoBase === this.#pktNoBase &&
      tagged === this.#tagged &&
      withStat === this.#withStat
    if (this.rows > 0 && !(alike && this.#fetched < MAX_FETCHED)) {
      const row = this.rows
      this.cut()
      this.store.carry(row)
    }
    const { rows } = this
    this.#captureNo = captureNo
    this.#pktNoBase = pktNoBase
    this.#tagged = tagged
    this.#withStat = withStat
    this.store.lines.off[rows] = from
    this.store.lines.len[rows] = to - from
    if (!sure) this.#sure = false
    if (headers !== undefined) {
      this.#headers ??= new Map()
      this.#headers.set(rows, headers)
    }
    const { references } = this.#payloads
    const last = references.length - 1
    if (last >= 0 && references[last]!.row === rows) this.#fetched += references[last]!.length
    this.rows = rows + 1
    if (this.rows === this.store.capacity) this.cut()
  }

  /** Puts an item behind the rows so far. */
  addSide(item: SideItem): void {
    this.#side.push(item)
    this.#sideAt.push(this.rows)
  }

  /** The batches of this slab. */
  finish(): Batch[] {
    this.cut()
    const batches = this.#batches
    this.#batches = []
    // a slab of which no batch was made is given back by nobody else
    if (this.#first === undefined) this.#pool.give(this.#slab, false)
    return batches
  }

  /** Makes a batch of what has come so far. */
  cut(): void {
    const { rows, store } = this
    if (rows === 0 && this.#side.length === 0) return
    const tagged = rows === 0 || this.#tagged
    const parts = {
      rows,
      slab: this.#slab,
      captures: this.#captures.list,
      captureNo: this.#captureNo,
      pktNoBase: rows === 0 ? 0 : this.#pktNoBase,
      frames: store.move(store.frames, new FrameColumns(rows)),
      packets: store.move(store.packets, new PacketColumns(rows)),
      tags: tagged ? store.move(store.tags, new FlowTagColumns(rows)) : undefined,
      pldStat: this.#withStat && rows > 0 ? store.pldStat.slice(0, rows) : undefined,
      headers: this.#headers,
      side: this.#side,
      sideAt: this.#sideAt,
    } as BatchParts
    store.pldStat.fill(0, 0, rows)
    parts.slab = this.#fetchFor(parts)
    if (this.kind === 'chunk' && rows > 0) {
      parts.chunks = store.chunks(parts.packets!)
      parts.chunkRows = true
    }
    parts.lines = this.#lines(parts)
    this.#batches.push(this.#create(parts))
    this.#side = []
    this.#sideAt = []
    this.#headers = undefined
    this.#sure = true
    this.#fetched = 0
    this.rows = 0
  }

  #lines({ rows, tags, pldStat }: BatchParts): ReadLines | undefined {
    const { store } = this
    const lines = store.move(store.lines, new ReadLines(rows))
    lines.tags = tags
    lines.pldStat = pldStat
    lines.sure = this.#sure
    return this.#payloads.lines && rows > 0 ? lines : undefined
  }

  /** The slab with the payloads that the batch's rows refer to. */
  #fetchFor(parts: BatchParts): Buffer {
    const { references } = this.#payloads
    if (references.length === 0) return this.#slab
    // a row that begins the next batch may have come already
    const next = references.at(-1)!
    const early = next.row >= parts.rows
    this.#payloads.references = early ? [{ ...next, row: 0 }] : []
    const own = early ? references.slice(0, -1) : references
    return own.length === 0 ? this.#slab : this.#fetch(own, parts, this.#textEnd)
  }

  #create(parts: BatchParts): Batch {
    if (parts.slab !== this.#slab) return Batch.create(parts, this.#pool)
    if (this.#first !== undefined) return this.#first.retain().derive(parts)
    this.#first = Batch.create(parts, this.#pool)
    return this.#first
  }
}
