import { C_BEFORE } from './flow-state.ts'
import type { Slots } from './slots.ts'

/** A binary heap of conversations by time, the earliest first; each record knows its place, in its word C_BEFORE. */
export class TimeHeap {
  count = 0
  readonly #conversations: Slots
  #secs = new Float64Array(64)
  #nsecs = new Int32Array(64)
  #ids = new Int32Array(64)

  constructor(conversations: Slots) {
    this.#conversations = conversations
  }

  /** The earliest time, and whose it is; to be asked only if there is any. */
  get sec(): number {
    return this.#secs[0]!
  }
  get nsec(): number {
    return this.#nsecs[0]!
  }
  get id(): number {
    return this.#ids[0]!
  }

  /** The one that costs least to remove; 0: none. */
  get last(): number {
    return this.count === 0 ? 0 : this.#ids[this.count - 1]!
  }

  push(id: number, sec: number, nsec: number): void {
    if (this.count === this.#ids.length) this.#grow()
    this.#rise(this.count++, id, sec, nsec)
  }

  /** Gives a conversation an earlier time; a later one is ignored. */
  lower(id: number, sec: number, nsec: number): void {
    const at = this.#conversations.get(id, C_BEFORE)
    if (this.#isBefore(sec, nsec, at)) this.#rise(at, id, sec, nsec)
  }

  remove(id: number): void {
    const at = this.#conversations.get(id, C_BEFORE)
    const last = --this.count
    if (at === last) return
    const moved = this.#ids[last]!
    const sec = this.#secs[last]!
    const nsec = this.#nsecs[last]!
    if (at > 0 && this.#isBefore(sec, nsec, (at - 1) >> 1)) this.#rise(at, moved, sec, nsec)
    else this.#sink(at, moved, sec, nsec)
  }

  #rise(from: number, id: number, sec: number, nsec: number): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(sec, nsec, parent)) break
      this.#put(at, this.#ids[parent]!, this.#secs[parent]!, this.#nsecs[parent]!)
      at = parent
    }
    this.#put(at, id, sec, nsec)
  }

  #sink(from: number, id: number, sec: number, nsec: number): void {
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.count) break
      const right = child + 1
      if (right < this.count && this.#isBefore(this.#secs[right]!, this.#nsecs[right]!, child)) child = right
      if (!this.#isAfter(sec, nsec, child)) break
      this.#put(at, this.#ids[child]!, this.#secs[child]!, this.#nsecs[child]!)
      at = child
    }
    this.#put(at, id, sec, nsec)
  }

  /** Whether a time is earlier, later, than the one at a place. */
  #isBefore(sec: number, nsec: number, at: number): boolean {
    const other = this.#secs[at]!
    return sec < other || (sec === other && nsec < this.#nsecs[at]!)
  }
  #isAfter(sec: number, nsec: number, at: number): boolean {
    const other = this.#secs[at]!
    return sec > other || (sec === other && nsec > this.#nsecs[at]!)
  }

  #put(at: number, id: number, sec: number, nsec: number): void {
    this.#ids[at] = id
    this.#secs[at] = sec
    this.#nsecs[at] = nsec
    this.#conversations.set(id, C_BEFORE, at)
  }

  #grow(): void {
    const { length } = this.#ids
    const [secs, nsecs, ids] = [this.#secs, this.#nsecs, this.#ids]
    this.#secs = new Float64Array(length * 2)
    this.#nsecs = new Int32Array(length * 2)
    this.#ids = new Int32Array(length * 2)
    this.#secs.set(secs)
    this.#nsecs.set(nsecs)
    this.#ids.set(ids)
  }
}
