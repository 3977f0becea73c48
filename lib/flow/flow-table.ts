import { type FlowKey, KEY_BLOCK, KEY_WORDS } from './flow-key.ts'
import { C_SIDES, CONVERSATION_WORDS, DIRECTION_WORDS } from './flow-state.ts'
import { SEGMENT_BITS, SEGMENT_MASK, Slots } from './slots.ts'

/** So many conversations lie beyond the processor's caches; the records of fewer are there before one has asked. */
const LARGE = 131_072

/** The conversations that are alive, found by their key: open addressing with linear probing over slot numbers. */
export class FlowTable {
  readonly conversations = new Slots(CONVERSATION_WORDS)
  readonly #key: FlowKey
  #ids = new Int32Array(1024)
  /** The highest byte of each hash, so that a foreign key rarely costs a look at its record. */
  #tags = new Uint8Array(1024)
  #count = 0
  readonly #warmed = new Int32Array(2 * KEY_BLOCK)
  /** What `warm()` has looked at, lest the look be optimized away. */
  seen = 0

  /** `key` is the one key that callers fill before they ask. */
  constructor(key: FlowKey) {
    this.#key = key
  }

  /**
   * Looks at the memory that the first `count` keys of the block will need. Such accesses hardly wait for each other,
   * while those of one packet do: each tells where the next one goes. In a large table this is most of the time; in a
   * small one nothing is done. `both`: the opposite directions too.
   */
  warm(count: number, directions: Slots, both: boolean): void {
    if (this.#count < LARGE) return
    const { hashes, sides } = this.#key
    const slots = this.#warmed
    const ids = this.#ids
    const tags = this.#tags
    const mask = ids.length - 1
    let seen = 0
    for (let i = 0; i < count; i++) {
      slots[i] = ids[hashes[i]! & mask]!
      seen ^= tags[hashes[i]! & mask]!
    }
    for (let i = 0; i < count; i++) {
      const segment = this.conversations.i32[slots[i]! >>> SEGMENT_BITS]!
      const at = (slots[i]! & SEGMENT_MASK) * CONVERSATION_WORDS
      seen ^= segment[at]! ^ segment[at + CONVERSATION_WORDS - 1]!
      slots[i] = segment[at + C_SIDES + sides[i]!]!
      slots[KEY_BLOCK + i] = segment[at + C_SIDES + 1 - sides[i]!]!
    }
    const end = both ? KEY_BLOCK + count : count
    for (let i = 0; i < end; i++) {
      const segment = directions.i32[slots[i]! >>> SEGMENT_BITS]!
      const at = (slots[i]! & SEGMENT_MASK) * DIRECTION_WORDS
      seen ^= segment[at]! ^ segment[at + DIRECTION_WORDS - 1]!
    }
    this.seen = seen
  }

  /** The conversation with the current key; 0: none. */
  find(): number {
    const key = this.#key
    const ids = this.#ids
    const tags = this.#tags
    const mask = ids.length - 1
    const segments = this.conversations.i32
    const tag = key.hash >>> 24
    let at = key.hash & mask
    for (;;) {
      const id = ids[at]!
      if (id === 0) return 0
      if (tags[at] === tag) {
        if (key.equals(segments[id >>> SEGMENT_BITS]!, (id & SEGMENT_MASK) * CONVERSATION_WORDS)) return id
      }
      at = (at + 1) & mask
    }
  }

  /** A new conversation with the key; it takes the place of `previous`, or a place of its own if that is 0. */
  add(previous: number): number {
    const id = this.conversations.take()
    const at = (id & SEGMENT_MASK) * CONVERSATION_WORDS
    const segment = this.conversations.i32[id >>> SEGMENT_BITS]!
    const { words, at: from } = this.#key
    for (let i = 0; i < KEY_WORDS; i++) segment[at + i] = words[from + i]!
    if (previous !== 0) {
      this.replace(previous, id)
      return id
    }
    if (++this.#count > this.#ids.length * 0.7) this.#grow()
    this.#insert(id, this.#key.hash)
    return id
  }

  /** Puts another conversation with the same key into the place of `id`. */
  replace(id: number, other: number): void {
    this.#ids[this.#place(id)] = other
  }

  /** Takes the conversation out; its record stays until its slot is given back. */
  remove(id: number): void {
    const ids = this.#ids
    const tags = this.#tags
    const mask = ids.length - 1
    this.#count--
    let hole = this.#place(id)
    // entries behind the hole move up, unless that would put them in front of where their search begins
    for (let at = (hole + 1) & mask; ids[at] !== 0; at = (at + 1) & mask) {
      const home = this.hashOf(ids[at]!) & mask
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      ids[hole] = ids[at]!
      tags[hole] = tags[at]!
      hole = at
    }
    ids[hole] = 0
  }

  hashOf(id: number): number {
    const at = (id & SEGMENT_MASK) * CONVERSATION_WORDS
    return this.#key.hashAt(this.conversations.i32[id >>> SEGMENT_BITS]!, at)
  }

  #place(id: number): number {
    const mask = this.#ids.length - 1
    let at = this.hashOf(id) & mask
    while (this.#ids[at] !== id) at = (at + 1) & mask
    return at
  }

  #insert(id: number, hash: number): void {
    const mask = this.#ids.length - 1
    let at = hash & mask
    while (this.#ids[at] !== 0) at = (at + 1) & mask
    this.#ids[at] = id
    this.#tags[at] = hash >>> 24
  }

  #grow(): void {
    const old = this.#ids
    this.#ids = new Int32Array(old.length * 2)
    this.#tags = new Uint8Array(old.length * 2)
    for (const id of old) if (id !== 0) this.#insert(id, this.hashOf(id))
  }
}
