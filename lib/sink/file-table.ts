/** It is on disk; it failed and takes no more; bytes wait in a head file; it is known where in it the large holes are. */
export const FILE_CREATED = 1
export const FILE_FAILED = 2
export const FILE_HEAD = 4
export const FILE_SPARSE = 8

/** The key of the file for what lies in front of the file with this key. */
export const headKey = (key: number): number => -1 - key

/**
 * The files of all live flow directions, as columns: about 60 bytes a file. A file is known by its slot; slots of
 * files that are done are given out again.
 */
export class FileTable {
  /** How many files there are. */
  count = 0
  /** `flowInd × 2 + dir`; other keys, never these, may be used for files that belong to one of those. */
  key = new Float64Array(1024)
  /** Stream offset of the file's first byte: 0, or the lowest offset known when the file was begun. */
  base = new Float64Array(1024)
  /** Lowest offset of the bytes that were written, ∞ without any. */
  low = new Float64Array(1024)
  /** Stream offset behind the last byte written. */
  end = new Float64Array(1024)
  /** Time of the flow's first packet, in seconds since 1970 UTC. */
  time = new Float64Array(1024)
  /** Where its descriptor is in the pool, from 1; 0: closed. */
  place = new Int32Array(1024)
  /** For whoever works on a batch: the file's number within it, from 1; has to be 0 between batches. */
  mark = new Int32Array(1024)
  /** FILE_ bits. */
  state = new Uint8Array(1024)
  /** Names of files that are not called by their key; by slot. */
  readonly names: (string | undefined)[] = []

  /** Slots + 1 by hash of their key, open addressing with linear probing; 0: empty. */
  #index = new Int32Array(2048)
  /** Slots ever used; of those given back, the first. `mark` holds the next, below 0. */
  #used = 0
  #free = 0
  // unknown to those who make up flow numbers, so that they cannot aim at one place in the table
  readonly #seed = (Math.random() * 0x1_0000_0000) | 0

  /** The slot with this key, −1 if there is none. */
  find(key: number): number {
    const index = this.#index
    const mask = index.length - 1
    for (let at = this.#hash(key) & mask; ; at = (at + 1) & mask) {
      const slot = index[at]! - 1
      if (slot < 0 || this.key[slot] === key) return slot
    }
  }

  /** A new slot for a key that has none. */
  add(key: number): number {
    let slot = -this.#free - 1
    if (this.#free < 0) this.#free = this.mark[slot]!
    else {
      slot = this.#used++
      if (slot === this.key.length) this.#grow()
    }
    this.key[slot] = key
    this.base[slot] = 0
    this.low[slot] = Number.POSITIVE_INFINITY
    this.end[slot] = 0
    this.time[slot] = 0
    this.place[slot] = 0
    this.mark[slot] = 0
    this.state[slot] = 0
    if (++this.count * 3 > this.#index.length * 2) this.#rehash()
    this.#put(slot)
    return slot
  }

  /** Gives a slot back. */
  remove(slot: number): void {
    const index = this.#index
    const mask = index.length - 1
    let hole = this.#hash(this.key[slot]!) & mask
    while (index[hole] !== slot + 1) hole = (hole + 1) & mask
    // what stands behind the hole moves up, unless that took it in front of the place where it is looked for
    for (let at = (hole + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const home = this.#hash(this.key[index[at]! - 1]!) & mask
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      index[hole] = index[at]!
      hole = at
    }
    index[hole] = 0
    if (this.names[slot] !== undefined) this.names[slot] = undefined
    this.key[slot] = Number.NaN
    this.mark[slot] = this.#free
    this.#free = -slot - 1
    this.count--
  }

  /** The slots of all files; files may be removed on the way. */
  *slots(): Generator<number> {
    for (let slot = 0; slot < this.#used; slot++) {
      if (!Number.isNaN(this.key[slot]!)) yield slot
    }
  }

  #hash(key: number): number {
    let hash = Math.imul((key | 0) ^ this.#seed, 0x9e37_79b1) ^ Math.imul(key / 0x1_0000_0000, 0x85eb_ca6b)
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d)
    return hash ^ (hash >>> 13)
  }

  #put(slot: number): void {
    const mask = this.#index.length - 1
    let at = this.#hash(this.key[slot]!) & mask
    while (this.#index[at] !== 0) at = (at + 1) & mask
    this.#index[at] = slot + 1
  }

  #rehash(): void {
    const old = this.#index
    this.#index = new Int32Array(old.length * 2)
    for (const entry of old) if (entry !== 0) this.#put(entry - 1)
  }

  #grow(): void {
    const capacity = this.key.length * 2
    this.key = widened(this.key, new Float64Array(capacity))
    this.base = widened(this.base, new Float64Array(capacity))
    this.low = widened(this.low, new Float64Array(capacity))
    this.end = widened(this.end, new Float64Array(capacity))
    this.time = widened(this.time, new Float64Array(capacity))
    this.place = widened(this.place, new Int32Array(capacity))
    this.mark = widened(this.mark, new Int32Array(capacity))
    this.state = widened(this.state, new Uint8Array(capacity))
  }
}

function widened<Column extends Float64Array | Int32Array | Uint8Array>(from: Column, to: Column): Column {
  to.set(from)
  return to
}

/** Later times do not fit all file systems; files of such flows keep the time of their writing. */
const LAST_TIME = 0x7fff_ffff

/** Whether a flow's time (seconds since 1970) can be a file's. */
export function hasTime(seconds: number): boolean {
  return seconds >= 0 && seconds <= LAST_TIME
}
