import { type Run, StretchStore } from './stretch-store.ts'
import { mergeStretches, type StretchCursor, Stretches, type StretchTarget } from './stretches.ts'

/** Stretches of one file, and of all files together, that are held in memory; what is beyond goes to the store. */
const MOST_OF_ONE = 1 << 13
const MOST_OF_ALL = 1 << 20
/** Of files with fewer, stretches are stored only if it cannot be helped: each of these files takes a block. */
const FEW = 32

interface FileLog {
  /** What was written last. */
  tail: Stretches
  /** What was written before it, the oldest first. Each ascends and replaces what it covers of those before. */
  runs: Run[]
}

/** What stands in a file at last, to be gone through as often as need be. */
export interface Resolved {
  cursor(): StretchCursor
  free(): void
}

/**
 * Which stretch of which file came from where, as it is written, for the files that live: in bounded memory, whatever
 * order the stretches come in. What does not fit goes to the store in runs that ascend; runs of like size are merged, so
 * that each stretch is copied as often as its file has doubled.
 */
export class StretchLog {
  readonly #files = new Map<number, FileLog>()
  readonly #store: StretchStore
  readonly #most: number
  readonly #mostOfAll: number
  #held = 0

  /** `open` gives the descriptor of the store; `most` and `mostOfAll`: stretches held of one file, and of all. */
  constructor(open: () => number, most = MOST_OF_ONE, mostOfAll = MOST_OF_ALL) {
    this.#store = new StretchStore(open)
    this.#most = most
    this.#mostOfAll = mostOfAll
  }

  /** Takes what was written to the file of a slot from `fill`. */
  add(slot: number, fill: (to: StretchTarget) => void): void {
    let file = this.#files.get(slot)
    if (file === undefined) {
      file = { tail: new Stretches(), runs: [] }
      this.#files.set(slot, file)
    }
    this.#held -= file.tail.count
    fill(file.tail)
    this.#held += file.tail.count
    if (file.tail.count >= this.#most) this.#spill(file)
    if (this.#held < this.#mostOfAll) return
    for (const other of this.#files.values()) if (other.tail.count >= FEW) this.#spill(other)
    if (this.#held < this.#mostOfAll / 2) return
    for (const other of this.#files.values()) this.#spill(other)
  }

  /** All that was written to a file; the log forgets it. */
  take(slot: number): Resolved {
    const file = this.#files.get(slot) ?? { tail: new Stretches(), runs: [] }
    this.#files.delete(slot)
    const { runs } = file
    if (runs.length === 0) {
      this.#held -= file.tail.count
      const all = file.tail.resolved()
      return { cursor: () => all.cursor(), free: () => {} }
    }
    this.#spill(file)
    while (runs.length > 1) this.#mergeLast(runs)
    const store = this.#store
    return { cursor: () => store.cursor(runs[0]!, false), free: () => store.free(runs[0]!) }
  }

  close(): void {
    this.#store.close()
  }

  #spill(file: FileLog): void {
    if (file.tail.count === 0) return
    this.#held -= file.tail.count
    const part = file.tail.resolved()
    file.tail = new Stretches()
    const first = part.cursor()
    first.next()
    const { runs } = file
    const last = runs.at(-1)
    const fill = (to: StretchTarget): void => mergeStretches(part.cursor(), part.cursor(0, 0), to)
    if (last !== undefined && last.end <= first.offset) runs[runs.length - 1] = this.#store.write(fill, last)
    else runs.push(this.#store.write(fill))
    while (runs.length > 1 && runs.at(-2)!.count < 2 * runs.at(-1)!.count) this.#mergeLast(runs)
  }

  #mergeLast(runs: Run[]): void {
    const newer = this.#store.cursor(runs.pop()!, true)
    const older = this.#store.cursor(runs.pop()!, true)
    runs.push(this.#store.write(to => mergeStretches(older, newer, to)))
  }
}
