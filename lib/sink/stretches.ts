/** Numbers that a stretch is kept as: offset, end, pktNo, sec, nsec, digits. */
export const WIDTH = 6

/**
 * Goes through stretches of a stream in their order: `next()` moves to the next one and tells whether there was one.
 * `offset` and `end` are positions in terms of chunks; pktNo, sec, nsec and digits those of the packet that brought it.
 */
export interface StretchCursor {
  offset: number
  end: number
  pktNo: number
  sec: number
  nsec: number
  digits: number
  next(): boolean
}

/** Takes stretches, one behind the other. */
export interface StretchTarget {
  add(offset: number, end: number, pktNo: number, sec: number, nsec: number, digits: number): void
}

/** A list of stretches in the order in which they were written, so that a later one replaces what it covers. */
export class Stretches implements StretchTarget {
  count = 0
  /** Whether each begins at or behind the end of the one before. */
  ascends = true
  #data = new Float64Array(4 * WIDTH)
  /** Stretches before this one do not grow any more. */
  #fence = 0

  add(offset: number, end: number, pktNo: number, sec: number, nsec: number, digits: number): void {
    let at = this.count * WIDTH
    if (this.count > 0) {
      const edge = this.#data[at - WIDTH + 1]!
      if (offset < edge) this.ascends = false
      else if (offset === edge && this.count > this.#fence && this.#data[at - WIDTH + 2] === pktNo) {
        this.#data[at - WIDTH + 1] = end
        return
      }
    }
    if (at === this.#data.length) this.#grow()
    const data = this.#data
    data[at++] = offset
    data[at++] = end
    data[at++] = pktNo
    data[at++] = sec
    data[at++] = nsec
    data[at] = digits
    this.count++
  }

  /** From the one with this number up to, not including, another. */
  cursor(from = 0, to = this.count): StretchCursor {
    return new ArrayCursor(this.#data, from, to)
  }

  /** The same bytes as stretches that ascend, later ones having replaced earlier ones. */
  resolved(): Stretches {
    let list: Stretches = this
    let bounds = this.ascends ? [] : this.#bounds()
    // neighbours are put together, older and newer, until one list is left
    while (bounds.length > 2) {
      const merged = new Stretches()
      const ends = [0]
      for (let i = 0; i + 1 < bounds.length; i += 2) {
        const middle = bounds[i + 1]!
        const newer = list.cursor(middle, bounds[i + 2] ?? middle)
        mergeStretches(list.cursor(bounds[i], middle), newer, merged)
        merged.#fence = merged.count
        ends.push(merged.count)
      }
      bounds = ends
      list = merged
    }
    list.ascends = true
    return list
  }

  /** Where the parts that ascend begin, and the end. */
  #bounds(): number[] {
    const bounds = [0]
    for (let i = 1; i < this.count; i++) {
      if (this.#data[i * WIDTH]! < this.#data[(i - 1) * WIDTH + 1]!) bounds.push(i)
    }
    bounds.push(this.count)
    return bounds
  }

  #grow(): void {
    const wider = new Float64Array(this.#data.length * 2)
    wider.set(this.#data)
    this.#data = wider
  }
}

/** Puts two ascending lists into one; where both have a byte, it is the newer one's. */
export function mergeStretches(older: StretchCursor, newer: StretchCursor, to: StretchTarget): void {
  let hasOlder = older.next()
  let hasNewer = newer.next()
  while (hasOlder && hasNewer) {
    if (older.end <= newer.offset) {
      put(older, older.end, to)
      hasOlder = older.next()
    } else if (older.offset < newer.offset) {
      put(older, newer.offset, to)
      older.offset = newer.offset
    } else if (older.end <= newer.end) hasOlder = older.next()
    else {
      if (older.offset < newer.end) older.offset = newer.end
      put(newer, newer.end, to)
      hasNewer = newer.next()
    }
  }
  for (; hasOlder; hasOlder = older.next()) put(older, older.end, to)
  for (; hasNewer; hasNewer = newer.next()) put(newer, newer.end, to)
}

function put({ offset, pktNo, sec, nsec, digits }: StretchCursor, end: number, to: StretchTarget): void {
  to.add(offset, end, pktNo, sec, nsec, digits)
}

class ArrayCursor implements StretchCursor {
  offset = 0
  end = 0
  pktNo = 0
  sec = 0
  nsec = 0
  digits = 0
  readonly #data: Float64Array
  #at: number
  readonly #to: number

  constructor(data: Float64Array, from: number, to: number) {
    this.#data = data
    this.#at = from * WIDTH
    this.#to = to * WIDTH
  }

  next(): boolean {
    if (this.#at === this.#to) return false
    readStretch(this.#data, this.#at, this)
    this.#at += WIDTH
    return true
  }
}

/** Reads the stretch whose numbers begin at `at`. */
export function readStretch(data: Float64Array, at: number, into: StretchCursor): void {
  into.offset = data[at]!
  into.end = data[at + 1]!
  into.pktNo = data[at + 2]!
  into.sec = data[at + 3]!
  into.nsec = data[at + 4]!
  into.digits = data[at + 5]!
}
