import type { Batch, SideItem } from '../batch.ts'
import type { NoteRecord } from '../records.ts'

/** Notes that are to be put between the side records of one batch. */
export class SideNotes {
  readonly #notes: { index: number; at: number; note: NoteRecord }[] = []

  /** Adds a note in front of the side record at `index`. */
  beforeItem({ sideAt, rows }: Batch, index: number, note: NoteRecord): void {
    this.#notes.push({ index, at: sideAt[index] ?? rows, note })
  }

  /** Adds a note in front of a row, behind all records that stand there. */
  beforeRow({ sideAt }: Batch, row: number, note: NoteRecord): void {
    let index = 0
    while (index < sideAt.length && sideAt[index]! <= row) index++
    this.#notes.push({ index, at: row, note })
  }

  /** Puts them into copies of a batch's side lists, and forgets them. */
  merge(side: readonly SideItem[], sideAt: readonly number[]): { side: SideItem[]; sideAt: number[] } {
    const notes = this.#notes.splice(0).sort((a, b) => a.index - b.index || a.at - b.at)
    const merged: { side: SideItem[]; sideAt: number[] } = { side: [], sideAt: [] }
    let from = 0
    for (const { index, at, note } of notes) {
      for (; from < index; from++) {
        merged.side.push(side[from]!)
        merged.sideAt.push(sideAt[from]!)
      }
      merged.side.push(note)
      merged.sideAt.push(at)
    }
    for (; from < side.length; from++) {
      merged.side.push(side[from]!)
      merged.sideAt.push(sideAt[from]!)
    }
    return merged
  }
}
