import type { ChunkColumns } from '../chunk-columns.ts'

/** Most bytes that are put together for one write; what is larger in one piece is written as it is. */
const SCRATCH = 1 << 18
/** Chunks of this size on are handed to the system where they lie, up to so many with one call; others are copied. */
const LARGE = 512
const MOST_PARTS = 512
/** Shorter chunks are copied in a loop, which costs less than the view that a native copy needs. */
const SHORT = 32

/** Takes bytes that belong into the file of a slot from `offset` of its stream on. */
export interface BytesTarget {
  write(slot: number, bytes: Uint8Array, at: number, length: number, offset: number): void
  /** Parts that follow each other, `length` bytes in all. */
  writeParts(slot: number, parts: readonly Uint8Array[], length: number, offset: number): void
}

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

  /** The chunk of the same file behind this one, −1 behind the last; where chunks overlap, as they came. */
  after(chunk: number): number {
    return this.#next[chunk]!
  }

  /**
   * Gives all bytes of a file to `to`, each run of them at once. A view is made only of what is one part among several:
   * most runs are one chunk, or are put together in the scratch buffer.
   */
  pieces(
    file: number,
    { offset, off, len }: ChunkColumns,
    slab: Uint8Array,
    slot: number,
    to: BytesTarget,
  ): void {
    const scratch = this.#scratch
    const next = this.#next
    if (this.#ascends[file] === 0) this.#sort(file, offset, len)
    let parts: Uint8Array[] = []
    let length = 0
    let start = 0
    // bytes in the scratch buffer, and those of them that are in `parts`
    let copied = 0
    let taken = 0
    for (let chunk = this.first[file]!; chunk >= 0; ) {
      // what lies in one piece is one part, however many chunks it is
      const from = off[chunk]!
      let size = len[chunk]!
      const at = offset[chunk]!
      chunk = next[chunk]!
      while (chunk >= 0 && off[chunk] === from + size && offset[chunk] === at + size) {
        size += len[chunk]!
        chunk = next[chunk]!
      }
      const isFull = parts.length >= MOST_PARTS || (size < LARGE && copied + size > SCRATCH)
      if (length > 0 && (isFull || at !== start + length)) {
        this.#give(parts, taken, copied, length, start, slot, to)
        parts = []
        length = copied = taken = 0
      }
      if (length === 0) {
        if (chunk < 0 || offset[chunk] !== at + size) {
          to.write(slot, slab, from, size, at)
          continue
        }
        start = at
      }
      length += size
      if (size < LARGE) {
        copy(slab, from, size, scratch, copied)
        copied += size
        continue
      }
      if (copied > taken) parts.push(part(scratch, taken, copied - taken))
      taken = copied
      parts.push(part(slab, from, size))
    }
    if (length > 0) this.#give(parts, taken, copied, length, start, slot, to)
  }

  /** A run that is `parts`, then the scratch buffer's bytes from `taken` up to `copied`. */
  #give(
    parts: Uint8Array[],
    taken: number,
    copied: number,
    length: number,
    start: number,
    slot: number,
    to: BytesTarget,
  ): void {
    if (parts.length === 0) {
      to.write(slot, this.#scratch, 0, length, start)
      return
    }
    if (copied > taken) parts.push(part(this.#scratch, taken, copied - taken))
    to.writeParts(slot, parts, length, start)
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

function part(bytes: Uint8Array, at: number, length: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + at, length)
}

// set() from a view costs less than Buffer.copy(), which makes a view as well
function copy(from: Uint8Array, at: number, length: number, to: Uint8Array, position: number): void {
  if (length >= SHORT) to.set(part(from, at, length), position)
  else for (let i = 0; i < length; i++) to[position + i] = from[at + i]!
}
