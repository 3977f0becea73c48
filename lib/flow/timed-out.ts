import { type FlowKey, KEY_WORDS } from './flow-key.ts'

/** How many connections are remembered; the oldest is forgotten for the next. */
const MAX_REMEMBERED = 65_536
/** A key, the flowInd as a double, a link, one word to keep the doubles aligned. */
const WORDS = 14
const E_FLOW_IND_F64 = 6
const E_NEXT = 11

/**
 * Remembers which TCP connections the idle timeout has cut in the middle of their life, so that what comes later on
 * the same key can be told to be their continuation: the latest 65,536, in 4 MiB that are only taken when needed.
 */
export class TimedOut {
  #words = new Int32Array(0)
  #flowInds = new Float64Array(0)
  /** Newest entry of each bucket of hashes, plus 1; and the bucket of each entry, plus 1 (0: the entry is void). */
  #heads = new Int32Array(0)
  #buckets = new Int32Array(0)
  #cursor = 0
  #count = 0

  /** Keeps the flow under the key that stands at `at` in `words`. */
  remember(words: Int32Array, at: number, hash: number, flowInd: number): void {
    if (this.#heads.length === 0) this.#allocate()
    const entry = this.#cursor
    this.#cursor = (entry + 1) % MAX_REMEMBERED
    this.#unlink(entry)
    const base = entry * WORDS
    for (let i = 0; i < KEY_WORDS; i++) this.#words[base + i] = words[at + i]!
    this.#flowInds[entry * (WORDS / 2) + E_FLOW_IND_F64] = flowInd
    const bucket = hash & (MAX_REMEMBERED - 1)
    this.#words[base + E_NEXT] = this.#heads[bucket]!
    this.#heads[bucket] = entry + 1
    this.#buckets[entry] = bucket + 1
    this.#count++
  }

  /** The flow that was kept under the current key, which is forgotten by this; 0: none. */
  recall(key: FlowKey): number {
    if (this.#count === 0) return 0
    let next = this.#heads[key.hash & (MAX_REMEMBERED - 1)]!
    while (next !== 0 && !this.#isAt(key, next - 1)) next = this.#words[(next - 1) * WORDS + E_NEXT]!
    if (next === 0) return 0
    this.#unlink(next - 1)
    return this.#flowInds[(next - 1) * (WORDS / 2) + E_FLOW_IND_F64]!
  }

  #isAt(key: FlowKey, entry: number): boolean {
    return key.equals(this.#words, entry * WORDS)
  }

  #unlink(entry: number): void {
    const bucket = this.#buckets[entry]! - 1
    if (bucket < 0) return
    const after = this.#words[entry * WORDS + E_NEXT]!
    if (this.#heads[bucket] === entry + 1) this.#heads[bucket] = after
    else {
      let at = this.#heads[bucket]! - 1
      while (this.#words[at * WORDS + E_NEXT] !== entry + 1) at = this.#words[at * WORDS + E_NEXT]! - 1
      this.#words[at * WORDS + E_NEXT] = after
    }
    this.#buckets[entry] = 0
    this.#count--
  }

  #allocate(): void {
    const memory = new ArrayBuffer(MAX_REMEMBERED * WORDS * 4)
    this.#words = new Int32Array(memory)
    this.#flowInds = new Float64Array(memory)
    this.#heads = new Int32Array(MAX_REMEMBERED)
    this.#buckets = new Int32Array(MAX_REMEMBERED)
  }
}
