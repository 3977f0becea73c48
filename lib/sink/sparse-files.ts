import { Intervals } from '../intervals.ts'

/** Blocks of a file system, as far as we care: a hole that is smaller is hardly one (bytes). */
export const HOLE = 4096

/**
 * Where the bytes of files with large holes lie, in blocks, as nobody tells the holes of a file from zeros but by reading
 * them: a few segments that lie far apart make a file of gigabytes, which costs nothing as long as nobody goes through it.
 */
export class SparseFiles {
  readonly #written = new Map<number, Intervals>()

  /** The file of a slot, which has had `[from, to)` of its stream in one piece until now, becomes one with holes. */
  begin(slot: number, from: number, to: number): void {
    this.#written.set(slot, new Intervals())
    if (to > from) this.add(slot, from, to)
  }

  /** `[from, to)` of the stream were written. */
  add(slot: number, from: number, to: number): void {
    this.#written.get(slot)!.insert(Math.floor(from / HOLE) * HOLE, Math.ceil(to / HOLE) * HOLE)
  }

  /** Calls back for stretches of `[from, to)` in ascending order, outside of which is nothing. */
  each(slot: number, from: number, to: number, call: (start: number, end: number) => void): void {
    const written = this.#written.get(slot)
    if (written === undefined) call(from, to)
    else {
      written.eachRange((start, end) => {
        if (end > from && start < to) call(Math.max(start, from), Math.min(end, to))
      })
    }
  }

  forget(slot: number): void {
    this.#written.delete(slot)
  }
}
