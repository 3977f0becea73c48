import type { ChunkColumns } from '../columns.ts'

/** Most bytes that are put together for one write; what is larger in one piece is written as it is. */
const SCRATCH = 1 << 18
/** Shorter chunks are copied in a loop, which costs less than the view that a native copy needs. */
const SHORT = 32

/** Takes `length` bytes at `at` of `bytes`, whose place in the stream is `offset`. */
export type WriteBytes = (bytes: Uint8Array, at: number, length: number, offset: number) => void

/**
 * Sorts the chunks of one batch by file, and puts those that follow each other in their stream together, so that a
 * file is written with few calls however thin its segments are. A file is known here by its number within the batch.
 */
export class Gather {
  /** How many files this batch has chunks of. */
  count = 0
  /** By file: its slot in the table of files; its first chunk as they came; the lowest offset of its chunks. */
  slot = new Int32Array(256)
  first = new Int32Array(256)
  low = new Float64Array(256)
  #last = new Int32Array(256)
  /** Offset behind the last chunk; and whether each began at or behind the end of the one before. */
  #edge = new Float64Array(256)
  #ascends = new Uint8Array(256)
  /** By chunk: the next one of the same file, −1 for none. */
  #next = new Int32Array(256)
  #order = new Uint32Array(256)
  readonly #scratch = Buffer.from(new ArrayBuffer(SCRATCH))

  /** Begins a batch of so many chunks. */
  clear(chunks: number): void {
    this.count = 0
    if (chunks <= this.#next.length) return
    const capacity = 2 ** Math.ceil(Math.log2(chunks))
    this.slot = new Int32Array(capacity)
    this.first = new Int32Array(capacity)
    this.low = new Float64Array(capacity)
    this.#last = new Int32Array(capacity)
    this.#edge = new Float64Array(capacity)
    this.#ascends = new Uint8Array(capacity)
    this.#next = new Int32Array(capacity)
    this.#order = new Uint32Array(capacity)
  }

  /** Adds a file with its first chunk; gives its number. */
  begin(slot: number, chunk: number, offset: number, length: number): number {
    const file = this.count++
    this.slot[file] = slot
    this.first[file] = chunk
    this.low[file] = offset
    this.#last[file] = chunk
    this.#edge[file] = offset + length
    this.#ascends[file] = 1
    this.#next[chunk] = -1
    return file
  }

  /** Adds a chunk to a file. */
  add(file: number, chunk: number, offset: number, length: number): void {
    this.#next[this.#last[file]!] = chunk
    this.#next[chunk] = -1
    this.#last[file] = chunk
    if (offset < this.#edge[file]!) {
      this.#ascends[file] = 0
      if (offset < this.low[file]!) this.low[file] = offset
    }
    this.#edge[file] = offset + length
  }

  /** Gives all bytes of a file to `write`, each run of them in one piece. */
  pieces(file: number, { offset, off, len }: ChunkColumns, slab: Uint8Array, write: WriteBytes): void {
    const scratch = this.#scratch
    const next = this.#next
    if (this.#ascends[file] === 0) this.#sort(file, offset, len)
    // the run so far: in the slab as long as it lies there in one piece, then in the scratch buffer
    let bytes = slab
    let at = 0
    let length = 0
    let start = 0
    for (let chunk = this.first[file]!; chunk >= 0; chunk = next[chunk]!) {
      const from = off[chunk]!
      const size = len[chunk]!
      if (offset[chunk] === start + length && length > 0) {
        if (bytes === slab && from === at + length) {
          length += size
          continue
        }
        if (length + size <= SCRATCH) {
          if (bytes === slab) copy(slab, at, length, scratch, 0)
          copy(slab, from, size, scratch, length)
          bytes = scratch
          at = 0
          length += size
          continue
        }
      }
      if (length > 0) write(bytes, at, length, start)
      bytes = slab
      at = from
      length = size
      start = offset[chunk]!
    }
    write(bytes, at, length, start)
  }

  /** Relinks a file's chunks by offset, unless some overlap: then the order in which they came decides what stands. */
  #sort(file: number, offset: Float64Array, len: Uint32Array): void {
    let count = 0
    for (let chunk = this.first[file]!; chunk >= 0; chunk = this.#next[chunk]!) this.#order[count++] = chunk
    const order = this.#order.subarray(0, count).sort((a, b) => offset[a]! - offset[b]!)
    for (let i = 1; i < count; i++) {
      const before = order[i - 1]!
      if (offset[order[i]!]! < offset[before]! + len[before]!) return
    }
    this.first[file] = order[0]!
    for (let i = 0; i < count; i++) this.#next[order[i]!] = i + 1 < count ? order[i + 1]! : -1
  }
}

// set() from a view costs less than Buffer.copy(), which makes a view as well
function copy(from: Uint8Array, at: number, length: number, to: Uint8Array, position: number): void {
  if (length >= SHORT) to.set(new Uint8Array(from.buffer, from.byteOffset + at, length), position)
  else for (let i = 0; i < length; i++) to[position + i] = from[at + i]!
}
