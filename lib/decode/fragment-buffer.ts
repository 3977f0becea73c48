/** Fragments begin at multiples of this (bytes). */
const UNIT = 8
/** Bytes of a page. */
const PAGE = 2048
const UNITS = PAGE / UNIT
/** What a page takes: its bytes and a mark for each unit. */
export const PAGE_BYTES = PAGE + UNITS

/** Marks of a unit: it is there; a fragment begins with it. */
const HERE = 1
const START = 2

/** What `FragmentBuffer.add()` made of a fragment. */
export const TAKEN = 0
/** The very same fragment once more. */
export const REPEATED = 1
/** It repeats, in part or in whole, what is there; other bytes for the same place. */
export const OVERLAPPING = 2
export const CONFLICTING = 3
/** It says that the datagram ends elsewhere. */
export const CONTRADICTING = 4

/** Which copy stands where fragments overlap; `refuse` takes none that is not an exact repetition. */
export type OverlapRule = 'last' | 'first' | 'refuse'

/** Pages that are used again. */
export class PagePool {
  /** Pages in use. */
  taken = 0
  readonly #free: Uint8Array[] = []

  take(): Uint8Array {
    this.taken++
    const page = this.#free.pop()
    if (page === undefined) return new Uint8Array(PAGE_BYTES)
    page.fill(0, PAGE)
    return page
  }

  give(pages: readonly (Uint8Array | undefined)[]): void {
    for (const page of pages) {
      if (page === undefined) continue
      this.taken--
      if (this.#free.length < 64) this.#free.push(page)
    }
  }
}

/**
 * The bytes of one datagram in the making, up to 65,535 of them. They lie in pages that come as they are needed, and
 * every unit of eight bytes has a mark, so that a fragment costs work by its own length alone, whatever came before:
 * the list of holes of RFC 815 would grow with what an attacker sends.
 */
export class FragmentBuffer {
  /** Length of the whole, once its last fragment is there; −1 before. */
  total = -1
  /** How many different bytes are there. */
  held = 0
  /** Bytes of the last fragment added that were there before. */
  repeated = 0
  /** Where the farthest fragment ends. */
  #reach = 0
  readonly #pool: PagePool
  #pages: (Uint8Array | undefined)[] = []

  constructor(pool: PagePool) {
    this.#pool = pool
  }

  get whole(): boolean {
    return this.held === this.total
  }

  /**
   * Adds the bytes `from` … `to` at `offset`, a multiple of 8, of the datagram; unless it is the last fragment the
   * length is a multiple of 8 as well. One that is `CONTRADICTING`, or to be refused, leaves everything as it is.
   */
  add(
    bytes: Uint8Array,
    from: number,
    to: number,
    offset: number,
    isLast: boolean,
    rule: OverlapRule,
  ): number {
    const end = offset + to - from
    const { total } = this
    if (isLast ? end < this.#reach || (total >= 0 && end !== total) : total >= 0 && end > total)
      return CONTRADICTING
    const repeated = this.#count(offset, end)
    this.repeated = repeated
    const delta = from - offset
    let verdict = TAKEN
    if (repeated > 0) {
      verdict = this.#differs(bytes, delta, offset, end) ? CONFLICTING : OVERLAPPING
      const isSame = verdict === OVERLAPPING && isLast === (end === total)
      if (isSame && this.#isPiece(offset, end, repeated)) verdict = REPEATED
      if (rule === 'refuse' || verdict === REPEATED) return verdict
    }
    if (isLast) this.total = end
    if (end > this.#reach) this.#reach = end
    this.held += end - offset - repeated
    if (repeated > 0 && rule === 'first') this.#fill(bytes, delta, offset, end)
    else this.#put(bytes, delta, offset, end)
    return verdict
  }

  /** Writes all bytes, `total` of them, into `target` from `at` on. */
  copyTo(target: Uint8Array, at: number): void {
    for (let from = 0; from < this.total; from += PAGE) {
      const page = this.#pages[from / PAGE]!
      target.set(page.subarray(0, Math.min(PAGE, this.total - from)), at + from)
    }
  }

  /** Gives up the bytes. */
  clear(): void {
    this.#pool.give(this.#pages)
    this.#pages = []
  }

  #mark(at: number): number {
    const page = this.#pages[Math.trunc(at / PAGE)]
    return page === undefined ? 0 : page[PAGE + Math.trunc((at % PAGE) / UNIT)]!
  }

  /** Bytes between two offsets that are there. */
  #count(offset: number, end: number): number {
    let count = 0
    for (let at = offset; at < end; at += UNIT) {
      if (this.#mark(at) !== 0) count += Math.min(UNIT, end - at)
    }
    return count
  }

  /** Whether bytes that are there are others. The byte for an offset lies at `offset + delta`. */
  #differs(bytes: Uint8Array, delta: number, offset: number, end: number): boolean {
    for (let at = offset; at < end; at += UNIT) {
      if (this.#mark(at) === 0) continue
      const page = this.#pages[Math.trunc(at / PAGE)]!
      for (let i = at; i < at + UNIT && i < end; i++) if (page[i % PAGE] !== bytes[i + delta]) return true
    }
    return false
  }

  /** Whether one fragment brought all between these offsets, and no more. */
  #isPiece(offset: number, end: number, repeated: number): boolean {
    if (repeated !== end - offset || (this.#mark(offset) & START) === 0) return false
    for (let at = offset + UNIT; at < end; at += UNIT) if ((this.#mark(at) & START) !== 0) return false
    return end % UNIT !== 0 || this.#mark(end) !== HERE
  }

  /** The page of an offset, to be written. */
  #page(offset: number): Uint8Array {
    const index = Math.trunc(offset / PAGE)
    this.#pages[index] ??= this.#pool.take()
    return this.#pages[index]
  }

  #put(bytes: Uint8Array, delta: number, offset: number, end: number): void {
    for (let at = offset; at < end; ) {
      const page = this.#page(at)
      const next = Math.min(end, at - (at % PAGE) + PAGE)
      page.set(bytes.subarray(at + delta, next + delta), at % PAGE)
      const unit = PAGE + Math.trunc((at % PAGE) / UNIT)
      page.fill(HERE, unit, unit + Math.ceil((next - at) / UNIT))
      at = next
    }
    this.#page(offset)[PAGE + Math.trunc((offset % PAGE) / UNIT)] = HERE | START
  }

  /** Puts only what was not there. */
  #fill(bytes: Uint8Array, delta: number, offset: number, end: number): void {
    for (let at = offset; at < end; at += UNIT) {
      if (this.#mark(at) === 0) this.#put(bytes, delta, at, Math.min(end, at + UNIT))
    }
  }
}
