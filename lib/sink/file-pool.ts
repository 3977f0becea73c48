/**
 * A bounded set of open descriptors, each with the slot of its file, in order of use. Places count from 1. The pool
 * does no I/O: who adds to a full pool has to drop the oldest before.
 */
export class FilePool {
  /** Most descriptors there may be; goes down when the system has no more to give. */
  max: number
  /** How many there are, and how many there were at most. */
  count = 0
  peak = 0
  readonly #fd: number[] = [-1]
  readonly #slot: number[] = [-1]
  /** A ring through place 0: the one used before, and the one used after, this one. */
  readonly #older: number[] = [0]
  readonly #newer: number[] = [0]
  readonly #free: number[] = []

  constructor(max: number) {
    this.max = max
  }

  /** The slot whose descriptor was not used for the longest time; the pool may not be empty. */
  get oldest(): number {
    return this.#slot[this.#newer[0]!]!
  }

  /** The descriptor at a place, which becomes the one used last. */
  use(place: number): number {
    if (this.#older[0] !== place) {
      this.#unlink(place)
      this.#link(place)
    }
    return this.#fd[place]!
  }

  /** Takes a descriptor in; gives its place. */
  add(fd: number, slot: number): number {
    const place = this.#free.pop() ?? this.#fd.length
    this.#fd[place] = fd
    this.#slot[place] = slot
    this.#link(place)
    if (++this.count > this.peak) this.peak = this.count
    return place
  }

  /** Lets go of a place; gives the descriptor, to be closed. */
  drop(place: number): number {
    this.#unlink(place)
    this.#free.push(place)
    this.count--
    return this.#fd[place]!
  }

  #link(place: number): void {
    const last = this.#older[0]!
    this.#older[place] = last
    this.#newer[place] = 0
    this.#newer[last] = place
    this.#older[0] = place
  }

  #unlink(place: number): void {
    const older = this.#older[place]!
    const newer = this.#newer[place]!
    this.#newer[older] = newer
    this.#older[newer] = older
  }
}
