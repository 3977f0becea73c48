import type { ChunkColumns } from './chunk-columns.ts'
import { type FlowTagColumns, FrameColumns } from './columns.ts'
import { PacketColumns } from './packet-columns.ts'

/** A group of columns that can serve one batch after another; it may have room for more rows than the batch. */
export type Columns = FrameColumns | PacketColumns | FlowTagColumns | ChunkColumns
export type ColumnsType<Group extends Columns> = new (rows: number, shared?: boolean) => Group

/** The memory under a batch and all batches derived from it. */
export class BatchMemory {
  refs = 1
  /** Columns that come back with the slab. */
  readonly lent: Columns[] = []
  /** A view or a piece of the slab was handed out to code that may keep it. */
  exposed = false
  readonly slab: Buffer
  readonly pool: BatchPool | undefined

  constructor(slab: Buffer, pool: BatchPool | undefined) {
    this.slab = slab
    this.pool = pool
  }
}

/** Most slabs, and columns of a kind, that lie ready for reuse; more are left to the garbage collector. */
const MAX_FREE = 3
/** Columns for recycling have room for at least so many rows, so that small batches do not drive each other out. */
const MIN_ROWS = 1024

/**
 * Slabs of one size. With `recycle`, memory that comes back from the last stage is used again. A pool never waits: it
 * allocates when nothing is free.
 *
 * Memory of which a view was handed out is detached from those views before it is used again, so that an old view is
 * empty instead of showing other packets. The check costs a look at a flag; detaching all memory at every turn would
 * slow every typed array of the process by about a fifth.
 */
export class BatchPool {
  readonly size: number
  readonly #recycle: boolean
  readonly #shared: boolean
  readonly #free: Buffer[] = []
  readonly #freeColumns = new Map<unknown, Columns[]>()

  /** `shared`: slabs and columns can be read by another thread. */
  constructor(size: number, recycle: boolean, shared = false) {
    this.size = size
    this.#recycle = recycle
    this.#shared = shared
  }

  /** A slab of at least `bytes`; its contents are whatever was there. */
  take(bytes = this.size): Buffer {
    if (bytes <= this.size && this.#free.length > 0) return this.#free.pop()!
    return this.allocate(Math.max(bytes, this.size))
  }

  /** Memory of the pool's kind that will not come back. */
  allocate(bytes: number): Buffer {
    return Buffer.from(new (this.#shared ? SharedArrayBuffer : ArrayBuffer)(bytes))
  }

  /** Whether a released slab would be used again. */
  get recycles(): boolean {
    return this.#recycle
  }

  /** Columns for at least so many rows; their contents are whatever was there. */
  takeColumns<Group extends Columns>(type: ColumnsType<Group>, rows: number): Group {
    const free = this.#freeColumns.get(type) as Group[] | undefined
    const fitting = free?.findIndex(columns => columns.capacity >= rows) ?? -1
    if (fitting >= 0) return free!.splice(fitting, 1)[0]!
    // the frames' and packets' columns stay where they are filled: shared memory is slower to clear
    const shared = this.#shared && type !== (FrameColumns as unknown) && type !== (PacketColumns as unknown)
    return new type(Math.max(MIN_ROWS, 2 ** Math.ceil(Math.log2(rows))), shared)
  }

  giveColumns(columns: Columns): void {
    const free = this.#freeColumns.get(columns.constructor)
    if (free === undefined) this.#freeColumns.set(columns.constructor, [columns])
    else {
      // the larger ones serve more batches
      if (free.length === MAX_FREE) free.splice(smallest(free), 1)
      free.push(columns)
    }
  }

  give(slab: Buffer, exposed: boolean): void {
    if (!this.#recycle || slab.length !== this.size || this.#free.length >= MAX_FREE) return
    // shared memory cannot be detached
    if (exposed && this.#shared) return
    const memory = slab.buffer as ArrayBuffer
    this.#free.push(Buffer.from(exposed ? structuredClone(memory, { transfer: [memory] }) : memory))
  }
}

function smallest(columns: readonly Columns[]): number {
  let least = 0
  for (let at = 1; at < columns.length; at++) if (columns[at]!.capacity < columns[least]!.capacity) least = at
  return least
}
