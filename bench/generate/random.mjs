/** The same numbers for the same seed on every machine: Marsaglia's xorshift generator with 128 bits of state. */
export class Random {
  #x
  #y = 362436069
  #z = 521288629
  #w = 88675123

  /** @param {number} seed any integer */
  constructor(seed) {
    this.#x = (seed ^ 123456789) | 0 || 1
    for (let i = 0; i < 16; i++) this.u32()
  }

  /** @returns {number} 0 to 2^32 − 1 */
  u32() {
    const t = this.#x ^ (this.#x << 11)
    this.#x = this.#y
    this.#y = this.#z
    this.#z = this.#w
    this.#w = this.#w ^ (this.#w >>> 19) ^ t ^ (t >>> 8)
    return this.#w >>> 0
  }

  /** @returns {number} 0 up to, not including, 1 */
  unit() {
    return this.u32() / 4294967296
  }

  /**
   * @param {number} low
   * @param {number} high
   * @returns {number} an integer from `low` to `high`, both included
   */
  between(low, high) {
    return low + Math.floor(this.unit() * (high - low + 1))
  }

  /**
   * @param {number} probability 0 to 1
   * @returns {boolean}
   */
  chance(probability) {
    return this.unit() < probability
  }

  /**
   * @template T
   * @param {readonly T[]} list not empty
   * @returns {T}
   */
  pick(list) {
    return /** @type {T} */ (list[Math.floor(this.unit() * list.length)])
  }

  /**
   * A heavy-tailed size: the Pareto distribution cut off at both ends.
   * @param {number} low least value
   * @param {number} high greatest value
   * @param {number} alpha the smaller, the heavier the tail
   * @returns {number} an integer
   */
  pareto(low, high, alpha) {
    const tail = (low / high) ** alpha
    return Math.floor(low / (1 - this.unit() * (1 - tail)) ** (1 / alpha))
  }
}
