import type { ChunkColumns, FlowTagColumns, FrameColumns } from '../columns.ts'
import { Pieces } from './pieces.ts'

/** What is known of one stream in a page: its chunks up to `upTo`, each later one in the place of those before. */
interface Known {
  pieces: Pieces
  upTo: number
}

/**
 * Chunks that were given and are still at hand, found by stream and offset. Nothing is worked out before somebody
 * asks: then all chunks are linked by stream in one pass, and those of the stream asked for are put in order.
 */
export abstract class Page {
  #linked = 0
  /** By chunk: the one before of the same stream, −1: none; and by stream its last. */
  #before = new Int32Array(64)
  readonly #last = new Map<number, number>()
  readonly #known = new Map<number, Known>()

  abstract readonly bytes: Buffer
  abstract readonly count: number
  protected abstract get columns(): Pick<ChunkColumns, 'offset' | 'off' | 'len'>
  /** The stream that a chunk is of, and the packet that brought it. */
  protected abstract streamOf(chunk: number): number
  abstract pktNoOf(chunk: number): number

  /** The pieces of a stream: x is what a byte's offset differs from its place in `bytes`, y its chunk. */
  pieces(stream: number): Pieces | undefined {
    this.#link()
    const last = this.#last.get(stream)
    if (last === undefined) return undefined
    let known = this.#known.get(stream)
    if (known === undefined) {
      known = { pieces: new Pieces(), upTo: -1 }
      this.#known.set(stream, known)
    }
    const fresh: number[] = []
    for (let chunk = last; chunk > known.upTo; chunk = this.#before[chunk]!) fresh.push(chunk)
    const { offset, off, len } = this.columns
    for (let i = fresh.length - 1; i >= 0; i--) {
      const chunk = fresh[i]!
      const start = offset[chunk]!
      known.pieces.put(start, start + len[chunk]!, off[chunk]! - start, chunk)
    }
    known.upTo = last
    return known.pieces
  }

  #link(): void {
    const { count } = this
    if (this.#before.length < count) {
      const wider = new Int32Array(2 ** Math.ceil(Math.log2(count)))
      wider.set(this.#before)
      this.#before = wider
    }
    for (let chunk = this.#linked; chunk < count; chunk++) {
      const stream = this.streamOf(chunk)
      this.#before[chunk] = this.#last.get(stream) ?? -1
      this.#last.set(stream, chunk)
    }
    this.#linked = count
  }
}

/** What a page needs of a batch. */
export interface PageBatch {
  slab: Buffer
  frames: FrameColumns
  tags: FlowTagColumns
}

/** The chunks of a batch where they lie; `list` may grow as long as the batch is worked off. */
export class BatchPage extends Page {
  readonly bytes: Buffer
  #list: { readonly columns: ChunkColumns }
  readonly #batch: PageBatch

  constructor(batch: PageBatch, list: { readonly columns: ChunkColumns }) {
    super()
    this.bytes = batch.slab
    this.#batch = batch
    this.#list = list
  }

  get count(): number {
    return this.#list.columns.count
  }

  /** The list will serve another batch; these are the chunks of this one. */
  settle(columns: ChunkColumns): void {
    this.#list = { columns }
  }

  protected get columns(): ChunkColumns {
    return this.#list.columns
  }

  protected streamOf(chunk: number): number {
    return streamOf(this.#batch.tags, this.#list.columns.row[chunk]!)
  }

  pktNoOf(chunk: number): number {
    return this.#batch.frames.pktNo[this.#list.columns.row[chunk]!]!
  }
}

/** Copies of chunks of many small batches, whose slabs are far too large to be kept for them. */
export class CopyPage extends Page {
  readonly bytes: Buffer
  count = 0
  #used = 0
  readonly #offset: number[] = []
  readonly #off: number[] = []
  readonly #len: number[] = []
  readonly #stream: number[] = []
  readonly #pktNo: number[] = []

  constructor(size: number) {
    super()
    this.bytes = Buffer.allocUnsafe(size)
  }

  /** Copies all chunks of a batch, or none: false if there is no room for them. */
  add({ slab, frames, tags }: PageBatch, { count, offset, row, off, len }: ChunkColumns): boolean {
    let size = 0
    for (let chunk = 0; chunk < count; chunk++) size += len[chunk]!
    if (this.#used + size > this.bytes.length) return false
    for (let chunk = 0; chunk < count; chunk++) {
      this.#offset.push(offset[chunk]!)
      this.#off.push(this.#used)
      this.#len.push(len[chunk]!)
      this.#stream.push(streamOf(tags, row[chunk]!))
      this.#pktNo.push(frames.pktNo[row[chunk]!]!)
      this.#used += slab.copy(this.bytes, this.#used, off[chunk]!, off[chunk]! + len[chunk]!)
    }
    this.count += count
    return true
  }

  protected get columns(): Pick<ChunkColumns, 'offset' | 'off' | 'len'> {
    return { offset: this.#offset, off: this.#off, len: this.#len } as never
  }

  protected streamOf(chunk: number): number {
    return this.#stream[chunk]!
  }

  pktNoOf(chunk: number): number {
    return this.#pktNo[chunk]!
  }
}

/** What a stream is known by here: flow numbers are never used twice. */
export function streamOf({ flowInd, dir }: FlowTagColumns, row: number): number {
  return 2 * flowInd[row]! + dir[row]!
}
