/** Slots of a segment, as a power of two: enough to make segments few, little enough to make growth cheap. */
export const SEGMENT_BITS = 12
export const SEGMENT_MASK = (1 << SEGMENT_BITS) - 1

/**
 * Records of a fixed number of 32-bit words, known by the number of their slot; 0 is none. The words lie in segments
 * that never move: growth allocates one more and copies nothing. Each segment can be read as words and, where the
 * number of words is even, as doubles.
 *
 * The word at `at` of slot `s` is `i32[s >>> SEGMENT_BITS][(s & SEGMENT_MASK) * words + at]`.
 */
export class Slots {
  readonly words: number
  readonly i32: Int32Array[] = []
  readonly f64: Float64Array[] = []
  /** Slots in use. */
  count = 0
  #fresh = 1
  #free = 0

  constructor(words: number) {
    this.words = words
    this.#extend()
  }

  /** A slot whose words are all 0. */
  take(): number {
    this.count++
    const slot = this.#free
    if (slot !== 0) {
      const segment = this.i32[slot >>> SEGMENT_BITS]!
      const at = (slot & SEGMENT_MASK) * this.words
      this.#free = segment[at]!
      segment.fill(0, at, at + this.words)
      return slot
    }
    if (this.#fresh >>> SEGMENT_BITS === this.i32.length) this.#extend()
    return this.#fresh++
  }

  give(slot: number): void {
    this.count--
    this.i32[slot >>> SEGMENT_BITS]![(slot & SEGMENT_MASK) * this.words] = this.#free
    this.#free = slot
  }

  get(slot: number, word: number): number {
    return this.i32[slot >>> SEGMENT_BITS]![(slot & SEGMENT_MASK) * this.words + word]!
  }

  set(slot: number, word: number, value: number): void {
    this.i32[slot >>> SEGMENT_BITS]![(slot & SEGMENT_MASK) * this.words + word] = value
  }

  /** Doubles are counted in doubles: the first two words of a record are its double 0. */
  getF64(slot: number, double: number): number {
    return this.f64[slot >>> SEGMENT_BITS]![(((slot & SEGMENT_MASK) * this.words) >>> 1) + double]!
  }

  setF64(slot: number, double: number, value: number): void {
    this.f64[slot >>> SEGMENT_BITS]![(((slot & SEGMENT_MASK) * this.words) >>> 1) + double] = value
  }

  #extend(): void {
    const memory = new ArrayBuffer((this.words * 4) << SEGMENT_BITS)
    this.i32.push(new Int32Array(memory))
    this.f64.push(new Float64Array(memory))
  }
}
