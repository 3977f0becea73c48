import {
  C_AFTER,
  C_BEFORE,
  C_SIDES,
  C_STATE,
  D_FIRST_NSEC,
  D_FIRST_SEC_F64,
  D_LAST_NSEC,
  D_LAST_SEC_F64,
  STATE_HEAPED,
  STATE_LISTED,
  STATE_OPENED_BY_1,
} from './flow-state.ts'
import type { Slots } from './slots.ts'
import { TimeHeap } from './time-heap.ts'

/**
 * Finds the conversations that have been idle for a given time, exact to the nanosecond, whatever the order of the
 * packets' times. Nothing is done for a packet that comes in order: a conversation is filed under a time that is not
 * later than its last packet, and only when that time is due it is looked at, and filed anew if it has been active.
 *
 * Where one direction has been idle for that long and the other has not, the idle one is put on a list.
 *
 * New conversations come in order of time and form a linked list; those filed anew, and those with packets out of
 * order, lie in a heap. So a conversation costs a constant effort unless it lives on.
 */
export class IdleQueue {
  /** The earliest time at which a conversation can have been idle for long enough. */
  dueSec = Number.POSITIVE_INFINITY
  dueNsec = 0
  readonly #conversations: Slots
  readonly #directions: Slots
  readonly #passed: number[]
  readonly #seconds: number
  readonly #nanoseconds: number
  readonly #heap: TimeHeap
  #head = 0
  #tail = 0
  #headSec = 0
  #headNsec = 0
  #tailSec = Number.NEGATIVE_INFINITY
  #tailNsec = 0
  /** The earliest time under which a conversation is filed, and whether that is the list's first. */
  #firstSec = 0
  #firstNsec = 0
  #listFirst = false
  /** What `#readFirst()` and `#readLast()` read. */
  #sec = 0
  #nsec = 0

  /**
   * `passed`: gets the slots of directions that are idle while the opposite ones are not, as `drawIdle()` comes upon them;
   * `seconds` and `nanoseconds`: how long a conversation has to be idle.
   */
  constructor(
    conversations: Slots,
    directions: Slots,
    passed: number[],
    seconds: number,
    nanoseconds: number,
  ) {
    this.#conversations = conversations
    this.#directions = directions
    this.#passed = passed
    this.#seconds = seconds
    this.#nanoseconds = nanoseconds
    this.#heap = new TimeHeap(conversations)
  }

  /** Files a conversation that has one packet under that packet's time. */
  add(id: number, sec: number, nsec: number): void {
    if (sec < this.#tailSec || (sec === this.#tailSec && nsec < this.#tailNsec)) {
      this.#push(id, sec, nsec)
      return
    }
    this.#conversations.set(id, C_STATE, this.#conversations.get(id, C_STATE) | STATE_LISTED)
    this.#conversations.set(id, C_BEFORE, this.#tail)
    this.#conversations.set(id, C_AFTER, 0)
    if (this.#tail !== 0) this.#conversations.set(this.#tail, C_AFTER, id)
    this.#tail = id
    this.#tailSec = sec
    this.#tailNsec = nsec
    if (this.#head === 0) this.#setHead(id)
  }

  /** Files a conversation under the time of its last packet. */
  file(id: number): void {
    this.#readLast(id)
    this.#push(id, this.#sec, this.#nsec)
  }

  /** To be told of packets whose time is earlier than that of some packet before them. */
  seenOutOfOrder(id: number, sec: number, nsec: number): void {
    const state = this.#conversations.get(id, C_STATE)
    if ((state & STATE_HEAPED) !== 0) {
      this.#heap.lower(id, sec, nsec)
      this.#refresh()
    } else if ((state & STATE_LISTED) !== 0) {
      this.#readFirst(id)
      if (sec > this.#sec || (sec === this.#sec && nsec >= this.#nsec)) return
      this.#unlink(id)
      this.#push(id, sec, nsec)
    }
  }

  /** Takes a conversation out if it is in. */
  remove(id: number): void {
    const state = this.#conversations.get(id, C_STATE)
    if ((state & STATE_LISTED) !== 0) this.#unlink(id)
    else if ((state & STATE_HEAPED) !== 0) {
      this.#heap.remove(id)
      this.#conversations.set(id, C_STATE, state & ~STATE_HEAPED)
      this.#refresh()
    }
  }

  /** Takes out the conversations that have been idle for long enough at this time. */
  drawIdle(sec: number, nsec: number): number[] {
    const idle: number[] = []
    while (sec > this.dueSec || (sec === this.dueSec && nsec >= this.dueNsec)) {
      const id = this.#takeFirst()
      this.#readLast(id)
      if (this.#isIdle(sec, nsec)) idle.push(id)
      else this.#fileAnew(id, sec, nsec)
    }
    return idle
  }

  /** The conversation whose last packet has the earliest time, taken out; 0: none. */
  drawOldest(): number {
    while (this.#head !== 0 || this.#heap.count > 0) {
      const sec = this.#firstSec
      const nsec = this.#firstNsec
      const id = this.#takeFirst()
      this.#readLast(id)
      if (this.#sec === sec && this.#nsec === nsec) return id
      this.#push(id, this.#sec, this.#nsec)
    }
    return 0
  }

  /** Any conversation, taken out; 0: none. */
  drawAny(): number {
    const id = this.#head !== 0 ? this.#head : this.#heap.last
    if (id !== 0) this.remove(id)
    return id
  }

  /** Whether the time that was read is long enough ago. */
  #isIdle(sec: number, nsec: number): boolean {
    const borrow = nsec < this.#nsec ? 1 : 0
    const idle = sec - this.#sec - borrow
    const rest = nsec - this.#nsec + borrow * 1e9
    return idle > this.#seconds || (idle === this.#seconds && rest >= this.#nanoseconds)
  }

  /** Files a conversation, whose later packet was read, under the time of the direction that falls idle next. */
  #fileAnew(id: number, sec: number, nsec: number): void {
    const lastSec = this.#sec
    const lastNsec = this.#nsec
    const earlier = this.#readEarlier(id)
    if (earlier === 0 || !this.#isIdle(sec, nsec)) this.#push(id, this.#sec, this.#nsec)
    else {
      this.#passed.push(earlier)
      this.#push(id, lastSec, lastNsec)
    }
  }

  #takeFirst(): number {
    const id = this.#listFirst ? this.#head : this.#heap.id
    this.remove(id)
    return id
  }

  #push(id: number, sec: number, nsec: number): void {
    this.#conversations.set(id, C_STATE, this.#conversations.get(id, C_STATE) | STATE_HEAPED)
    this.#heap.push(id, sec, nsec)
    this.#refresh()
  }

  #unlink(id: number): void {
    const before = this.#conversations.get(id, C_BEFORE)
    const after = this.#conversations.get(id, C_AFTER)
    this.#conversations.set(id, C_STATE, this.#conversations.get(id, C_STATE) & ~STATE_LISTED)
    if (after === 0) this.#tail = before
    else this.#conversations.set(after, C_BEFORE, before)
    if (before === 0) this.#setHead(after)
    else this.#conversations.set(before, C_AFTER, after)
    if (this.#tail === 0) this.#tailSec = Number.NEGATIVE_INFINITY
  }

  #setHead(id: number): void {
    this.#head = id
    if (id !== 0) {
      this.#readFirst(id)
      this.#headSec = this.#sec
      this.#headNsec = this.#nsec
    }
    this.#refresh()
  }

  /** Works out anew what comes first. */
  #refresh(): void {
    const heap = this.#heap
    if (this.#head === 0 && heap.count === 0) {
      this.dueSec = Number.POSITIVE_INFINITY
      return
    }
    this.#listFirst =
      heap.count === 0 ||
      (this.#head !== 0 &&
        (this.#headSec < heap.sec || (this.#headSec === heap.sec && this.#headNsec <= heap.nsec)))
    this.#firstSec = this.#listFirst ? this.#headSec : heap.sec
    this.#firstNsec = this.#listFirst ? this.#headNsec : heap.nsec
    const nsec = this.#firstNsec + this.#nanoseconds
    this.dueSec = this.#firstSec + this.#seconds + (nsec >= 1e9 ? 1 : 0)
    this.dueNsec = nsec >= 1e9 ? nsec - 1e9 : nsec
  }

  /** Reads the time of the conversation's first packet, under which the list holds it. */
  #readFirst(id: number): void {
    const opener = (this.#conversations.get(id, C_STATE) & STATE_OPENED_BY_1) === 0 ? 0 : 1
    const slot = this.#conversations.get(id, C_SIDES + opener)
    this.#sec = this.#directions.getF64(slot, D_FIRST_SEC_F64)
    this.#nsec = this.#directions.get(slot, D_FIRST_NSEC)
  }

  /** Reads the time of the earlier one of both directions' last packets, and returns its slot; 0: there is only one. */
  #readEarlier(id: number): number {
    const first = this.#conversations.get(id, C_SIDES)
    const second = this.#conversations.get(id, C_SIDES + 1)
    if (first === 0 || second === 0) return 0
    this.#sec = this.#directions.getF64(first, D_LAST_SEC_F64)
    this.#nsec = this.#directions.get(first, D_LAST_NSEC)
    const sec = this.#directions.getF64(second, D_LAST_SEC_F64)
    const nsec = this.#directions.get(second, D_LAST_NSEC)
    if (sec > this.#sec || (sec === this.#sec && nsec >= this.#nsec)) return first
    this.#sec = sec
    this.#nsec = nsec
    return second
  }

  /** Reads the time of the later one of both directions' last packets. */
  #readLast(id: number): void {
    this.#sec = Number.NEGATIVE_INFINITY
    for (let side = 0; side < 2; side++) {
      const slot = this.#conversations.get(id, C_SIDES + side)
      if (slot === 0) continue
      const sec = this.#directions.getF64(slot, D_LAST_SEC_F64)
      const nsec = this.#directions.get(slot, D_LAST_NSEC)
      if (sec < this.#sec || (sec === this.#sec && nsec < this.#nsec)) continue
      this.#sec = sec
      this.#nsec = nsec
    }
  }
}
