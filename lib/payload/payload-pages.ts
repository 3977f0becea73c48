import type { ChunkColumns } from '../chunk-columns.ts'
import type { FlowTagColumns, FrameColumns } from '../columns.ts'
import { Pieces } from './pieces.ts'

/** Places that the chunks of a page are sorted into, a power of two. */
const BUCKETS = 4096
/** So often the chunks of a stream are gone through; that costs less than to put them in order, unless it goes on. */
const MOST_WALKS = 8

/** A stream that is asked for often: its chunks up to `upTo`, each later one in the place of those before. */
class Known {
  walks = 0
  pieces: Pieces | undefined
  upTo = -1
}

// flow numbers can come from outside, and nobody is to choose where they fall
const seed = Math.floor(Math.random() * 0x1_0000_0000) | 0
/** What a walk found; good until the next one. */
const scratch = new Pieces()
const matches: number[] = []

/**
 * Chunks that were given and are still at hand, found by stream and offset. Nothing is worked out before somebody asks:
 * then the chunks are linked in one pass, those of a stream in one chain. Only if a stream is asked for again and again
 * are its chunks put in order.
 */
export abstract class Page {
  #linked = 0
  /** By place the last chunk + 1, and by chunk the one before it, 0: none. */
  #heads: Int32Array | undefined
  #before = EMPTY
  readonly #known = new Map<number, Known>()

  abstract readonly bytes: Buffer
  abstract readonly count: number
  protected abstract get columns(): Pick<ChunkColumns, 'offset' | 'off' | 'len'>
  /** The stream that a chunk is of, and the packet that brought it. */
  protected abstract streamOf(chunk: number): number
  abstract pktNoOf(chunk: number): number

  /**
   * The pieces of a stream, at least those in `[from, to)`: x is what a byte's place in `bytes` differs from its offset,
   * y its chunk. They are good until the next call, for whatever page.
   */
  pieces(stream: number, from: number, to: number): Pieces {
    this.#link()
    let known = this.#known.get(stream)
    if (known === undefined) {
      known = new Known()
      this.#known.set(stream, known)
    }
    if (known.walks++ < MOST_WALKS) {
      scratch.forget(Number.POSITIVE_INFINITY)
      this.#collect(scratch, stream, -1, from, to)
      return scratch
    }
    known.pieces ??= new Pieces()
    this.#collect(known.pieces, stream, known.upTo, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
    known.upTo = this.#linked - 1
    return known.pieces
  }

  /** Puts the chunks behind `after` that touch `[from, to)` into `pieces`, in the order they came in. */
  #collect(pieces: Pieces, stream: number, after: number, from: number, to: number): void {
    const { offset, off, len } = this.columns
    const before = this.#before
    let count = 0
    for (let chunk = this.#heads![bucketOf(stream)]! - 1; chunk > after; chunk = before[chunk]! - 1) {
      const start = offset[chunk]!
      if (start < to && start + len[chunk]! > from && this.streamOf(chunk) === stream)
        matches[count++] = chunk
    }
    while (--count >= 0) {
      const chunk = matches[count]!
      const start = offset[chunk]!
      pieces.put(start, start + len[chunk]!, off[chunk]! - start, chunk)
    }
  }

  #link(): void {
    const { count } = this
    this.#heads ??= new Int32Array(BUCKETS)
    if (this.#before.length < count) {
      const wider = new Int32Array(2 ** Math.ceil(Math.log2(count)))
      wider.set(this.#before)
      this.#before = wider
    }
    const heads = this.#heads
    const before = this.#before
    for (let chunk = this.#linked; chunk < count; chunk++) {
      const bucket = bucketOf(this.streamOf(chunk))
      before[chunk] = heads[bucket]!
      heads[bucket] = chunk + 1
    }
    this.#linked = count
  }
}

const EMPTY = new Int32Array(0)

function bucketOf(stream: number): number {
  const low = stream | 0
  const high = (stream / 0x1_0000_0000) | 0
  const hash = Math.imul((low ^ seed) + Math.imul(high, 0x85eb_ca6b), 0x9e37_79b1)
  return (hash ^ (hash >>> 15)) & (BUCKETS - 1)
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
  #batch: PageBatch

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
  settle(batch: PageBatch, columns: ChunkColumns): void {
    this.#batch = batch
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
