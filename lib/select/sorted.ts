import { parseIPv4, parseIPv6 } from '../ip-text.ts'
import { compare, toNumber, type Value } from './values.ts'

interface Entry {
  key: Value
  line: Uint8Array
}

/** Keeps lines by a key: all of them, or the `top` of them, in bounded memory then. Lines with equal keys keep their order. */
export class Sorted {
  #entries: Entry[] = []
  readonly #sign: number
  readonly #top: number

  constructor(descending: boolean, top = Number.POSITIVE_INFINITY) {
    this.#sign = descending ? -1 : 1
    this.#top = top
  }

  add(key: Value, line: Uint8Array): void {
    this.#entries.push({ key: comparable(key), line })
    // sorted now and then only, so that a line costs little however many are wanted
    if (this.#entries.length >= 2 * this.#top + 1000) this.#cut()
  }

  lines(): Uint8Array[] {
    this.#cut()
    return this.#entries.map(({ line }) => line)
  }

  #cut(): void {
    this.#entries.sort((a, b) => this.#order(a.key, b.key))
    if (this.#entries.length > this.#top) this.#entries.length = this.#top
  }

  /** Lines without the key come last, whichever way the others go. */
  #order(a: Value, b: Value): number {
    if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1
    return this.#sign * (compare(a, b) ?? rank(a) - rank(b))
  }
}

/** Numbers before texts. */
const rank = (value: Value): number => (typeof value === 'string' ? 1 : 0)

/** Addresses are in the order of their numbers, IPv4 first; of a list the first entry counts. */
function comparable(value: Value): Value {
  if (Array.isArray(value)) return comparable(value[0])
  if (typeof value !== 'string') return value
  const word = parseIPv4(value)
  if (word !== undefined) return word
  const words = value.includes(':') ? parseIPv6(value) : undefined
  // longer ones may have more digits than a number holds
  if (words === undefined) return value.length <= 15 ? (toNumber(value) ?? value) : value
  return words.reduce((all, next) => (all << 32n) | BigInt(next), 1n)
}
