import { type FlowKey, KEY_BLOCK, KEY_WORDS } from './flow-key.ts'
import { C_SIDES, CONVERSATION_WORDS, DIRECTION_WORDS } from './flow-state.ts'
import { SEGMENT_BITS, SEGMENT_MASK, Slots } from './slots.ts'

/** So many conversations lie beyond the processor's caches; the records of fewer are there before one has asked. */
const LARGE = 131_072

/**
 * The conversations that are alive, found by their key: open addressing with linear probing. Each place holds the slot
 * number and, right beside it, the hash of the key, so that neither a foreign key nor growth costs a look at a record.
 */
export class FlowTable {
  readonly conversations = new Slots(CONVERSATION_WORDS)
  readonly #key: FlowKey
  /** Two words a place: slot number (0: empty), hash. */
  #places = new Int32Array(2 * 1024)
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
    const places = this.#places
    const mask = places.length - 2
    let seen = 0
    for (let i = 0; i < count; i++) slots[i] = places[(hashes[i]! << 1) & mask]!
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
    const places = this.#places
    const mask = places.length - 2
    const segments = this.conversations.i32
    const { hash } = key
    for (let at = (hash << 1) & mask; ; at = (at + 2) & mask) {
      const id = places[at]!
      if (id === 0) return 0
      if (places[at + 1] !== hash) continue
      if (key.equals(segments[id >>> SEGMENT_BITS]!, (id & SEGMENT_MASK) * CONVERSATION_WORDS)) return id
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
    if (++this.#count > this.#places.length * 0.35) this.#grow()
    this.#insert(id, this.#key.hash)
    return id
  }

  /** Puts another conversation with the same key into the place of `id`. */
  replace(id: number, other: number): void {
    this.#places[this.#place(id)] = other
  }

  /** Takes the conversation out; its record stays until its slot is given back. */
  remove(id: number): void {
    const places = this.#places
    const mask = places.length - 2
    this.#count--
    let hole = this.#place(id)
    // entries behind the hole move up, unless that would put them in front of where their search begins
    for (let at = (hole + 2) & mask; places[at] !== 0; at = (at + 2) & mask) {
      const home = (places[at + 1]! << 1) & mask
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      places[hole] = places[at]!
      places[hole + 1] = places[at + 1]!
      hole = at
    }
    places[hole] = 0
  }

  hashOf(id: number): number {
    const at = (id & SEGMENT_MASK) * CONVERSATION_WORDS
    return this.#key.hashAt(this.conversations.i32[id >>> SEGMENT_BITS]!, at)
  }

  #place(id: number): number {
    const places = this.#places
    const mask = places.length - 2
    let at = (this.hashOf(id) << 1) & mask
    while (places[at] !== id) at = (at + 2) & mask
    return at
  }

  #insert(id: number, hash: number): void {
    const places = this.#places
    const mask = places.length - 2
    let at = (hash << 1) & mask
    while (places[at] !== 0) at = (at + 2) & mask
    places[at] = id
    places[at + 1] = hash
  }

  #grow(): void {
    const old = this.#places
    this.#places = new Int32Array(old.length * 2)
    for (let at = 0; at < old.length; at += 2) if (old[at] !== 0) this.#insert(old[at]!, old[at + 1]!)
  }
}
