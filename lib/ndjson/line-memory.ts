/** As many lines are remembered for certain, by default; 16 to 24 bytes for each of twice as many. */
const MOST = 1 << 23

/**
 * Remembers numbers of 64 bits: at least the last `most`, at most twice as many. There are two tables; when the younger is
 * full it becomes the older, and what was in that is forgotten.
 */
export class LineMemory {
  readonly #most: number
  #young = new Table()
  #old = new Table()

  constructor(most = MOST) {
    this.#most = most
  }

  /** Takes a number, given in two halves; false if it is known. */
  add(low: number, high: number): boolean {
    if (this.#young.has(low, high) || this.#old.has(low, high)) return false
    if (this.#young.count >= this.#most) {
      this.#old = this.#young
      this.#young = new Table()
    }
    this.#young.add(low, high)
    return true
  }
}

/** Open addressing with linear probing; two words a place, of which both are 0 where it is empty. */
class Table {
  count = 0
  #words = new Uint32Array(2048)

  has(low: number, high: number): boolean {
    return this.#words[this.#place(low, high)] !== 0
  }

  add(low: number, high: number): void {
    if (this.count * 3 >= this.#words.length) this.#grow()
    const at = this.#place(low, high)
    // the number 0 takes the place of its neighbour, so that no place that is taken looks empty
    this.#words[at] = low === 0 ? 1 : low
    this.#words[at + 1] = high
    this.count++
  }

  /** Where the number is, or where it would go. */
  #place(low: number, high: number): number {
    const words = this.#words
    const mask = words.length - 1
    const first = low === 0 ? 1 : low
    let at = (high << 1) & mask
    while (words[at] !== 0 && (words[at] !== first || words[at + 1] !== high)) at = (at + 2) & mask
    return at
  }

  #grow(): void {
    const old = this.#words
    this.#words = new Uint32Array(2 * old.length)
    for (let at = 0; at < old.length; at += 2) {
      if (old[at] === 0) continue
      const place = this.#place(old[at]!, old[at + 1]!)
      this.#words[place] = old[at]!
      this.#words[place + 1] = old[at + 1]!
    }
  }
}
