import { Batch } from '../batch.ts'
import { BatchPool } from '../batch-pool.ts'

/** Size of the slabs that files are read into, and the most that is parsed at a time (bytes). */
export const SLAB = 4 * 1024 * 1024
/** Below this a slab is not worth keeping for reuse. */
const MIN_POOLED = 16 * 1024

/** Hands out slabs that follow the size of what is put into them; those of batches that were released come again. */
export class SlabSource {
  #pool: BatchPool
  readonly #recycle: boolean

  readonly #shared: boolean

  /** `shared`: another thread can read them; only those that are used again. */
  constructor(recycle: boolean, shared = false) {
    this.#recycle = recycle
    this.#shared = shared
    this.#pool = new BatchPool(MIN_POOLED, recycle, shared)
  }

  /** An empty window over a slab of at least `bytes`. */
  take(bytes: number, fileOffset = -1): Batch {
    if (!this.#recycle || bytes < MIN_POOLED || bytes > SLAB) {
      return Batch.create({ slab: Buffer.from(new ArrayBuffer(bytes)), fileOffset })
    }
    if (bytes > this.#pool.size) this.#pool = new BatchPool(powerOfTwo(bytes), true, this.#shared)
    return Batch.create({ slab: this.#pool.take(bytes), fileOffset }, this.#pool)
  }
}

function powerOfTwo(bytes: number): number {
  return 2 ** Math.ceil(Math.log2(bytes))
}
