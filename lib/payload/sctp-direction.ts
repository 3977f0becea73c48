import { PLD_DUMPED, PLD_FIRST_TSN, PLD_REJECTED, PLD_TSN_JUMP } from '../status-bits.ts'
import type { HeldChunk } from './held-packets.ts'
import type { DataChunk } from './sctp-data.ts'
import type { SctpDelivery } from './sctp-delivery.ts'
import type { SctpNote } from './sctp-notes.ts'
import { nothingTold } from './sctp-notes.ts'
import type { SctpStream } from './sctp-stream.ts'

/** A SACK can tell of no more TSNs at once (RFC 9260 section 3.3.4: offsets of 16 bits), so none is farther off. */
const WINDOW = 2 ** 16
/** Chunks that are waited for, where no INIT said which TSN is the first, until the lowest one counts as that. */
const PICKUP_CHUNKS = 64
/** Ranges of given-up TSNs that are remembered, to tell a chunk that is late from one that came twice. */
const MAX_GIVEN_UP = 64

/** Nothing seen yet; data but no INIT; the next TSN is known. */
const EMPTY = 0
const PICKUP = 1
const ORDERED = 2

/**
 * Another TSN that may come next: of the INIT that was replaced before any data came, of one that came behind data, or
 * behind a chunk that was far off.
 */
const NO_OTHER = 0
const REPLACED = 1
const RESTART = 2
const STRAY = 3

/**
 * The TSNs of one direction of an association (RFC 9260 section 3.3.1: serial numbers modulo 2^32): puts its chunks in
 * order, holding back those that lie behind one that is missing. `#nextAt` is `#next` as a number that does not wrap.
 */
export class SctpDirection {
  readonly flowInd: number
  readonly dir: number
  readonly streams = new Map<number, SctpStream>()
  readonly told = nothingTold()
  /** How often TSNs were skipped; behind that no stream knows what comes next. */
  breaks = 0
  /** A RE-CONFIG was seen: numbers of messages may have been set back to 0 (RFC 6525). */
  reset = false
  /** pldStat that shows whether a chunk gave something. */
  dumped = 0
  /** What the chunks that wait cost (bytes). */
  cost = 0
  /** Chunks that the capture cut. */
  cuts = 0
  readonly #delivery: SctpDelivery
  #state = EMPTY
  #next = 0
  #nextAt = 0
  /** TSN of the last chunk as they came; and the first that was to come, by INIT or by what came. */
  #last = -1
  #first = 0
  #hasInit = false
  #tag = 0
  #other = NO_OTHER
  #otherNext = 0
  /** Before the start is known: where a FORWARD-TSN leads to. */
  #forward = Number.NEGATIVE_INFINITY
  /** Chunks that wait, in order of their TSN. */
  #held: HeldChunk[] = []
  #givenUp: number[] = []

  constructor(delivery: SctpDelivery, flowInd: number, dir: number) {
    this.#delivery = delivery
    this.flowInd = flowInd
    this.dir = dir
  }

  get holds(): boolean {
    return this.#held.length > 0
  }

  /** An INIT or INIT ACK of this sender (RFC 9260 section 3.3.2). */
  init(tag: number, tsn: number): void {
    const distance = (tsn - this.#first) | 0
    if (this.#hasInit && tag === this.#tag) return
    const begun = this.#last >= 0
    if (!begun) {
      // a server can answer a repeated INIT with other numbers (RFC 9260 section 5.2.2); data will tell which hold
      if (this.#hasInit) this.#offer(REPLACED, this.#next)
      this.#next = tsn
      this.#first = tsn
      this.#state = ORDERED
    } else if (!this.#hasInit && distance <= 0 && distance > -WINDOW) {
      if (this.#state === PICKUP) this.#settle(tsn)
    } else this.#offer(RESTART, tsn)
    this.#hasInit = true
    this.#tag = tag
  }

  /** A COOKIE ECHO or COOKIE ACK of this sender: what follows belongs to the association that its INIT began. */
  cookie(): void {
    if (this.#other === RESTART) this.#begin()
  }

  /** Both sides agreed to number on from `tsn` (RFC 6525 section 4.4). */
  renumber(tsn: number): void {
    if (this.#last >= 0 && tsn !== this.#next && tsn !== this.#first) this.#offer(RESTART, tsn)
  }

  /** Takes the next chunk as it came; returns its bits of pldStat. */
  take(chunk: DataChunk): number {
    const { tsn } = chunk
    let distance = (tsn - this.#next) | 0
    if (this.#other !== NO_OTHER && this.#fitsOther(tsn, distance)) {
      this.#begin()
      distance = (tsn - this.#next) | 0
    }
    let stat = 0
    if (this.#last < 0) {
      stat = PLD_FIRST_TSN
      if (this.#state === ORDERED && distance !== 0) stat |= PLD_TSN_JUMP
    } else if (tsn !== (this.#last + 1) >>> 0) stat = PLD_TSN_JUMP
    this.#last = tsn
    if (this.#state === EMPTY) {
      this.#state = PICKUP
      this.#next = tsn
      this.#first = tsn
      distance = 0
    }
    if (this.#state === PICKUP) stat |= this.#hold(chunk, distance)
    else if (distance === 0) {
      stat |= this.#delivery.give(this, chunk)
      this.#next = (tsn + 1) >>> 0
      this.#nextAt++
      if (this.#held.length > 0) this.#drain()
    } else stat |= distance > 0 ? this.#hold(chunk, distance) : this.#below(chunk, distance)
    return stat
  }

  /** Its sender does not send what lies before `tsn` any more (RFC 3758 section 3.6). */
  forward(tsn: number): void {
    const distance = (tsn - this.#next) | 0
    if (this.#state === EMPTY || Math.abs(distance) > WINDOW) return
    if (this.#state === PICKUP) this.#forward = Math.max(this.#forward, this.#nextAt + distance)
    else this.#advance(this.#nextAt + distance)
  }

  /** Gives up the first gap, so that what lies behind it can be given. There has to be a chunk that waits. */
  giveUp(): void {
    if (this.#state === PICKUP) {
      this.#settle(this.#held[0]!.tsn)
      return
    }
    this.#skip(this.#held[0]!.at, 'sctp-tsn-missing')
    this.#drain()
  }

  /** Gives all that waits, for nothing more will come. */
  flush(): void {
    while (this.#held.length > 0) this.giveUp()
  }

  tell(code: SctpNote, tsns?: string): void {
    this.#delivery.notes.tell(code, this.flowInd, this.dir, this.told, tsns)
  }

  #hold(chunk: DataChunk, distance: number): number {
    const held = this.#held
    const at = this.#nextAt + distance
    let low = 0
    let high = held.length
    // most come behind the others
    if (high > 0 && held[high - 1]!.at < at) low = high
    while (low < high) {
      const middle = (low + high) >>> 1
      if (held[middle]!.at < at) low = middle + 1
      else high = middle
    }
    if (held[low]?.at === at) return this.#delivery.repeated(this, chunk)
    held.splice(low, 0, this.#delivery.hold(this, chunk, at))
    if (this.#state === PICKUP) {
      if (low === 0) this.#first = chunk.tsn
      if (held.length >= PICKUP_CHUNKS) this.#settle(this.#first)
    }
    this.#delivery.relieve(this)
    return chunk.got > 0 ? PLD_DUMPED : 0
  }

  /** A chunk that lies before the next. */
  #below(chunk: DataChunk, distance: number): number {
    const stray = distance < -WINDOW
    if (!stray && !this.#wasGivenUp(this.#nextAt + distance)) return this.#delivery.repeated(this, chunk)
    // if another comes right behind it, this was the first of a new association
    if (stray && (this.#other === NO_OTHER || this.#other === STRAY)) {
      this.#offer(STRAY, (chunk.tsn + 1) >>> 0)
    }
    this.#delivery.reject(chunk.got)
    this.tell(stray ? 'sctp-tsn-stray' : 'sctp-tsn-late')
    return PLD_TSN_JUMP | PLD_REJECTED | this.dumped
  }

  #wasGivenUp(at: number): boolean {
    const ranges = this.#givenUp
    for (let i = ranges.length - 2; i >= 0; i -= 2) if (at >= ranges[i]!) return at < ranges[i + 1]!
    return false
  }

  #offer(other: number, next: number): void {
    this.#other = other
    this.#otherNext = next
  }

  #fitsOther(tsn: number, distance: number): boolean {
    const other = (tsn - this.#otherNext) >>> 0
    return other < WINDOW && (Math.abs(distance) > WINDOW || (other === 0 && distance !== 0))
  }

  /** Goes on with the other TSNs. */
  #begin(): void {
    if (this.#last >= 0) {
      this.flush()
      this.#delivery.restarted()
      this.tell('sctp-restart')
    }
    this.#state = ORDERED
    this.#next = this.#otherNext
    this.#first = this.#otherNext
    this.#last = -1
    this.#other = NO_OTHER
    this.#givenUp = []
    this.#forward = Number.NEGATIVE_INFINITY
    this.breaks++
  }

  /** Takes `tsn`, which lies at or before all that waits, for the first. */
  #settle(tsn: number): void {
    const lowest = this.#held[0]!
    this.#nextAt = lowest.at + ((tsn - lowest.tsn) | 0)
    this.#next = tsn
    this.#first = tsn
    this.#state = ORDERED
    this.#drain()
    this.#advance(this.#forward)
  }

  /** Gives what waits for nothing any more. */
  #drain(): void {
    const held = this.#held
    let count = 0
    for (; count < held.length && held[count]!.at === this.#nextAt; count++) {
      this.#delivery.giveHeld(this, held[count]!)
      this.#nextAt++
    }
    if (count === 0) return
    this.#next = (this.#next + count) >>> 0
    held.splice(0, count)
    this.#delivery.given(this)
  }

  /** Goes on at `to`, giving what is there before it. */
  #advance(to: number): void {
    while (this.#nextAt < to) {
      const lowest = this.#held[0]
      this.#skip(lowest === undefined ? to : Math.min(to, lowest.at), 'sctp-tsn-abandoned')
      this.#drain()
    }
  }

  /** Leaves out the TSNs up to `to`. */
  #skip(to: number, why: 'sctp-tsn-missing' | 'sctp-tsn-abandoned'): void {
    const count = to - this.#nextAt
    const last = (this.#next + count - 1) >>> 0
    this.#delivery.skipped(why, count)
    this.tell(why, count === 1 ? `TSN ${last}` : `TSNs ${this.#next} to ${last}`)
    this.#givenUp.push(this.#nextAt, to)
    if (this.#givenUp.length > 2 * MAX_GIVEN_UP) this.#givenUp.splice(0, 2)
    this.#next = (this.#next + count) >>> 0
    this.#nextAt = to
    this.breaks++
  }
}
