import type { Batch } from '../batch.ts'
import type { ChunkList } from './chunk-list.ts'
import { BatchPage, CopyPage, type Page, type PageBatch } from './payload-pages.ts'

/** Bytes that are kept in all, and in one page of copies. */
const MAX_BYTES = 1 << 24
const COPY_BYTES = 1 << 20
/** Most pages: each has to be looked into for bytes that are nowhere. */
const MAX_PAGES = 24
/** Batches with fewer rows are copied if little of their slab is payload. */
const SMALL_BATCH = 1024
const SPARSE = 8
/** Stretches that a search is followed up for; one packet cannot ask for more. */
const MAX_STRETCHES = 1024

/** A stretch of a stream as it was given before; its first byte lies at `at` in `bytes`. */
export interface Stretch {
  start: number
  end: number
  bytes: Buffer
  at: number
  pktNo: number
}

/** What a batch has beyond its memory. */
const BARE = { captures: [], packets: undefined, flows: undefined, flowPayload: [], side: [], sideAt: [] }

interface Kept {
  page: Page
  size: number
  /** Whose memory is kept, if it is none of our own. */
  batch: Batch | undefined
}

/**
 * What was given last, for comparing it with what comes again: the batch at hand and those before it, about 16 MiB. A
 * large batch is retained as it is; of small ones, as a live capture gives them, the chunks are copied.
 */
export class PayloadHistory {
  readonly #chunks: ChunkList
  readonly #kept: Kept[] = []
  #bytes = 0
  #current: BatchPage | undefined
  #batch: Batch | undefined

  constructor(chunks: ChunkList) {
    this.#chunks = chunks
  }

  /** Turns to the batch whose chunks are being made. */
  begin(batch: Batch): void {
    this.#batch = batch
    this.#current = undefined
  }

  /** To be called when the batch's chunks were given another order. */
  reorder(): void {
    this.#current = undefined
  }

  /** To be called when all chunks of the batch are made; `written` is how many bytes they have. */
  finish(written: number): void {
    const batch = this.#batch!
    this.#batch = undefined
    if (written === 0) return
    const { columns } = this.#chunks
    if (batch.rows < SMALL_BATCH && written < batch.slab.length / SPARSE && written <= COPY_BYTES) {
      this.#copy(batch)
      return
    }
    if (batch.slab.length > MAX_BYTES) return
    // a reader of lines makes several batches of a slab
    const last = this.#kept.at(-1)
    const size = last?.batch?.slab === batch.slab ? 0 : batch.slab.length
    const page = this.#current ?? new BatchPage(batch as PageBatch, this.#chunks)
    // of all that a batch holds only its memory is kept
    const { rows, slab, frames, tags } = batch
    page.settle({ slab, frames, tags: tags! }, columns)
    this.#keep({ page, size, batch: batch.retain().derive({ ...BARE, rows, slab, frames, tags }) })
  }

  /** Lets go of everything. */
  clear(): void {
    while (this.#kept.length > 0) this.#drop()
  }

  /** What is known of `[from, to)` of a stream, in ascending order; the last copy of each byte. */
  find(stream: number, from: number, to: number): Stretch[] {
    const result: Stretch[] = []
    let missing = [from, to]
    if (this.#batch !== undefined) {
      this.#current ??= new BatchPage(this.#batch as PageBatch, this.#chunks)
      missing = search(this.#current, stream, missing, result)
    }
    for (let i = this.#kept.length - 1; i >= 0 && missing.length > 0; i--) {
      if (missing.length > 2 * MAX_STRETCHES) break
      missing = search(this.#kept[i]!.page, stream, missing, result)
    }
    return result.length > 1 ? result.sort((a, b) => a.start - b.start) : result
  }

  #copy(batch: Batch): void {
    const last = this.#kept.at(-1)?.page
    if (last instanceof CopyPage && last.add(batch as PageBatch, this.#chunks.columns)) return
    const page = new CopyPage(COPY_BYTES)
    page.add(batch as PageBatch, this.#chunks.columns)
    this.#keep({ page, size: COPY_BYTES, batch: undefined })
  }

  #keep(kept: Kept): void {
    this.#kept.push(kept)
    this.#bytes += kept.size
    while (this.#bytes > MAX_BYTES || this.#kept.length > MAX_PAGES) this.#drop()
  }

  #drop(): void {
    const { size, batch } = this.#kept.shift()!
    this.#bytes -= size
    batch?.release()
  }
}

/** Adds what a page has of the missing stretches, given as start and end in turn; returns those still missing. */
function search(page: Page, stream: number, missing: number[], result: Stretch[]): number[] {
  const pieces = page.pieces(stream, missing[0]!, missing.at(-1)!)
  const { bytes } = page
  const { found } = pieces
  const left: number[] = []
  for (let i = 0; i < missing.length; i += 2) {
    const to = missing[i + 1]!
    let at = missing[i]!
    const count = pieces.find(at, to)
    for (let n = 0; n < 4 * count; n += 4) {
      const start = found[n]!
      const end = found[n + 1]!
      if (start > at) left.push(at, start)
      result.push({ start, end, bytes, at: start + found[n + 2]!, pktNo: page.pktNoOf(found[n + 3]!) })
      at = end
    }
    if (at < to) left.push(at, to)
  }
  return left
}
