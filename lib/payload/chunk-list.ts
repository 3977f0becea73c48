import type { Batch } from '../batch.ts'
import { ChunkColumns } from '../chunk-columns.ts'

/** Chunks a batch gets room for beyond one for each row. */
const SLACK = 16

/** The chunks of a batch in the making. */
export class ChunkList {
  #columns = new ChunkColumns(0)
  /** A chunk was added behind one of a later row. */
  #unsorted = false

  /** Begins a new list for a batch. */
  begin(batch: Batch): void {
    this.#columns =
      batch.rows === 0 ? new ChunkColumns(0) : batch.newColumns(ChunkColumns, batch.rows + SLACK)
    this.#columns.count = 0
    this.#columns.dropStreams()
    this.#unsorted = false
  }

  /** What was added so far. */
  get columns(): ChunkColumns {
    return this.#columns
  }

  /** Puts what was added into the order of rows; returns whether that changed anything. */
  sort(): boolean {
    if (!this.#unsorted) return false
    sort(this.#columns)
    this.#unsorted = false
    return true
  }

  /** Adds `len` bytes at `off` in the slab, brought by `row`, which belong at `offset` in their stream. */
  add(offset: number, row: number, off: number, len: number): void {
    let columns = this.#columns
    if (columns.count === columns.capacity) {
      columns = columns.grown()
      this.#columns = columns
    }
    const at = columns.count++
    columns.offset[at] = offset
    columns.row[at] = row
    columns.off[at] = off
    columns.len[at] = len
  }

  /** As `add()`, for a chunk of an SCTP stream; rows need not ascend. */
  addOfStream(
    offset: number,
    row: number,
    off: number,
    len: number,
    stream: number,
    ppid: number,
    flags: number,
  ): void {
    this.add(offset, row, off, len)
    const columns = this.#columns
    if (columns.stream === undefined) columns.addStreams()
    const at = columns.count - 1
    columns.stream![at] = stream
    columns.ppid![at] = ppid
    columns.dataFlags![at] = flags
    if (at > 0 && columns.row[at - 1]! > row) this.#unsorted = true
  }
}

/** Puts chunks into the order of rows; those of one row stay as they are. */
function sort(from: ChunkColumns): void {
  const order = Uint32Array.from({ length: from.count }, (_, index) => index)
  order.sort((a, b) => from.row[a]! - from.row[b]! || a - b)
  for (const column of [
    from.offset,
    from.row,
    from.off,
    from.len,
    from.stream!,
    from.ppid!,
    from.dataFlags!,
  ]) {
    const before = column.slice(0, from.count)
    order.forEach((index, at) => {
      column[at] = before[index]!
    })
  }
}
