/**
 * A hash of 32-bit words that nobody can foresee without its seed, so that nobody can send packets that all fall into
 * one place of a table. Every word goes through two secret odd multipliers. One is not enough: a change of a word's highest
 * bits changes none but the highest bits of its product, whatever the multiplier, so that a known change of the next word
 * undoes it. The second spreads what the first left at the top, by a pattern that only the seed tells.
 */
export class SeededHash {
  readonly #start: number
  readonly #multiplier: number
  readonly #second: number

  constructor(seed: number) {
    this.#start = scramble(seed)
    this.#multiplier = scramble(seed ^ 0x5bd1e995) | 1
    this.#second = scramble(seed ^ 0x3c6ef372) | 1
  }

  get start(): number {
    return this.#start
  }

  /** The hash of what was hashed to `hash` so far, followed by `word`. */
  add(hash: number, word: number): number {
    const mixed = Math.imul(hash ^ word, this.#multiplier)
    const again = Math.imul(mixed ^ (mixed >>> 16), this.#second)
    return again ^ (again >>> 15)
  }

  /** Spreads the last word over all bits; the table uses the lowest and the highest ones. */
  finish(hash: number): number {
    const mixed = Math.imul(hash, 0x2c1b3c6d)
    return mixed ^ (mixed >>> 16)
  }
}

/** A one-to-one mapping of 32-bit numbers that makes near seeds far. */
function scramble(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16) ^ 0x9e3779b9, 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return mixed ^ (mixed >>> 15)
}
