import type { Batch } from '../batch.ts'
import { ChunkColumns } from '../columns.ts'

/** Chunks a batch gets room for beyond one for each row. */
const SLACK = 16

/** The chunks of a batch in the making. */
export class ChunkList {
  #columns = new ChunkColumns(0)

  /** Begins a new list for a batch. */
  begin(batch: Batch): void {
    this.#columns =
      batch.rows === 0 ? new ChunkColumns(0) : batch.newColumns(ChunkColumns, batch.rows + SLACK)
    this.#columns.count = 0
  }

  get columns(): ChunkColumns {
    return this.#columns
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
}
