import type { Intervals } from '../intervals.ts'
import type { Pieces } from './pieces.ts'

/** Conversations in a segment of the table: memory comes in pieces of this size and goes back to none. */
const SEGMENT_BITS = 10
const SEGMENT_SIZE = 1 << SEGMENT_BITS
const SEGMENT_MASK = SEGMENT_SIZE - 1

/** Offsets have an anchor: the SYN or the first byte was seen. */
export const ANCHORED = 1 << 0
/** The anchor is a SYN: nothing lies before it. */
export const HAS_ISN = 1 << 1
/** Before the anchor: nextSeq is known from packets without payload. */
export const SEQ_KNOWN = 1 << 2
/** finSeq holds where the stream ends. */
export const HAS_FIN = 1 << 3
/** maxAck holds the highest acknowledgement this direction sent. */
export const HAS_ACK = 1 << 4
/** The irregular part holds `captured`, as there are, or were, holes. */
export const HAS_HOLES = 1 << 5
/** The irregular part holds a `start` other than 0. */
export const HAS_START = 1 << 6
/** The irregular part holds another ISN that was offered. */
export const HAS_RIVAL = 1 << 7
/** The irregular part holds tails of datagrams that were `cut` off. */
export const HAS_CUT = 1 << 8
/** The end that finSeq holds was set by a RST. */
export const HAS_RESET = 1 << 9
/** The irregular part holds urgent bytes that are left out. */
export const HAS_URGENT = 1 << 10
/** tsRecent holds the last timestamp seen in order. */
export const HAS_TS = 1 << 11
/** It was told that bytes came again which could not be compared. */
export const NOT_COMPARED = 1 << 12
/** Bytes at the stream's start are left out, and it has not got beyond them: its offsets are negative. */
export const BELOW_START = 1 << 13
/** From here on a bit for each kind of note that was given. */
export const NOTE_SHIFT = 14

/** What only few streams need. */
export interface Irregular {
  /** Offset of the stream's first byte, where it lies before the anchor. */
  start: number
  /** The bytes that were captured, and those of which only the length is known. */
  captured: Intervals | undefined
  snapped: Intervals | undefined
  /** Where delivery in order has got to: bytes before this offset can no longer change. */
  delivered: number
  /** Which segment each queued byte is of: x and y are that segment's bounds. Only if the overlap policy asks for it. */
  queued: Pieces | undefined
  /** Urgent bytes that are left out, and bytes that a filter took out. */
  urgent: Intervals | undefined
  filtered: Intervals | undefined
  /** Offsets at which segments begin of which only a first fragment came. */
  fragments: number[] | undefined
  /** For each datagram that was cut: the offset at which it ends in the stream, and how many bytes it lacks. */
  cut: number[] | undefined
  /** Those that found no room there, and the bytes that they lack. */
  moreCuts: number
  moreCutBytes: number
  /** First sequence number behind another SYN. */
  rival: number
}

/** State of the streams of some conversations: direction A of a conversation at an even index, B behind it. */
export class StreamSegment {
  /** Offset behind the last byte that is known to exist. */
  readonly end = new Float64Array(2 * SEGMENT_SIZE)
  /** Sequence number at `end`. */
  readonly nextSeq = new Uint32Array(2 * SEGMENT_SIZE)
  readonly maxAck = new Uint32Array(2 * SEGMENT_SIZE)
  readonly finSeq = new Uint32Array(2 * SEGMENT_SIZE)
  /** Stretches of bytes that came again. */
  readonly overlaps = new Uint32Array(2 * SEGMENT_SIZE)
  readonly flags = new Uint32Array(2 * SEGMENT_SIZE)
  /** pldStat of the direction so far; 0: it had no packet. */
  readonly stat = new Uint8Array(2 * SEGMENT_SIZE)
  /** flowInd of each conversation; below 0 it is free, and tells the next free one, −2 − its number, −1 for none. */
  readonly flowInd = new Float64Array(SEGMENT_SIZE)

  #tsRecent: Uint32Array | undefined

  /** TS.Recent of RFC 7323, which takes room only once it is asked for. */
  get tsRecent(): Uint32Array {
    this.#tsRecent ??= new Uint32Array(2 * SEGMENT_SIZE)
    return this.#tsRecent
  }

  clear(index: number): void {
    this.end[index] = 0
    this.flags[index] = 0
    this.stat[index] = 0
    this.overlaps[index] = 0
  }
}

/**
 * Finds a conversation's streams by flowInd: open addressing over numbers of conversations, whose state lies in
 * segments that never move. Places of conversations that ended are used again.
 */
export class StreamTable {
  readonly segments: StreamSegment[] = []
  /** What irregular streams have beyond their columns, by `2 × conversation + direction`. */
  readonly irregular = new Map<number, Irregular>()
  /** Number of the conversation + 1; 0: empty. */
  #slots = new Int32Array(1024)
  #used = 0
  /** The place that was freed last; −1: none. Each tells the next in the place of its flowInd, so that a list takes no room. */
  #free = -1
  #next = 0
  /** Flow numbers can come from outside, and nobody is to choose where they fall. */
  readonly #seed = Math.floor(Math.random() * 0x1_0000_0000) | 0

  segment(pair: number): StreamSegment {
    return this.segments[pair >>> SEGMENT_BITS]!
  }

  /** The flowInd of a conversation; 0: there is none of this number. */
  flowInd(pair: number): number {
    return this.segments[pair >>> SEGMENT_BITS]!.flowInd[pair & SEGMENT_MASK]!
  }

  /** Where a direction's state lies in its segment. */
  index(pair: number, dir: number): number {
    return ((pair & SEGMENT_MASK) << 1) | dir
  }

  /** The number of the conversation, −1 if there is none. */
  find(flowInd: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = this.#home(flowInd)
    while (slots[slot] !== 0 && this.flowInd(slots[slot]! - 1) !== flowInd) slot = (slot + 1) & mask
    return slots[slot]! - 1
  }

  /** The number of the conversation, which is opened if there is none. */
  open(flowInd: number): number {
    const found = this.find(flowInd)
    if (found >= 0) return found
    if (4 * (this.#used + 1) > 3 * this.#slots.length) this.#grow()
    const pair = this.#free >= 0 ? this.#free : this.#next++
    if (pair >>> SEGMENT_BITS === this.segments.length) this.segments.push(new StreamSegment())
    const { flowInd: flowInds } = this.segment(pair)
    const at = pair & SEGMENT_MASK
    if (pair === this.#free) this.#free = -2 - flowInds[at]!
    flowInds[at] = flowInd
    this.#used++
    this.#put(pair)
    return pair
  }

  /** Forgets the conversation; its place may be taken by another. */
  release(pair: number): void {
    this.#take(this.flowInd(pair))
    const segment = this.segment(pair)
    segment.flowInd[pair & SEGMENT_MASK] = -2 - this.#free
    segment.clear(this.index(pair, 0))
    segment.clear(this.index(pair, 1))
    this.#free = pair
    this.#used--
  }

  /** The numbers of all open conversations. */
  *[Symbol.iterator](): Generator<number> {
    for (let pair = 0; pair < this.#next; pair++) if (this.flowInd(pair) > 0) yield pair
  }

  #home(flowInd: number): number {
    const low = flowInd | 0
    const high = (flowInd / 0x1_0000_0000) | 0
    let hash = Math.imul(low ^ this.#seed, 0x9e37_79b1) ^ high
    hash = Math.imul(hash ^ (hash >>> 15), 0x85eb_ca6b)
    return (hash ^ (hash >>> 13)) & (this.#slots.length - 1)
  }

  #put(pair: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = this.#home(this.flowInd(pair))
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = pair + 1
  }

  /** Moves back what had been pushed on by the one that leaves, so that no marks are left behind (Knuth 6.4, R). */
  #take(flowInd: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let hole = this.#home(flowInd)
    while (this.flowInd(slots[hole]! - 1) !== flowInd) hole = (hole + 1) & mask
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#home(this.flowInd(slots[slot]! - 1))
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue
      slots[hole] = slots[slot]!
      hole = slot
    }
    slots[hole] = 0
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Int32Array(2 * old.length)
    for (let slot = 0; slot < old.length; slot++) if (old[slot] !== 0) this.#put(old[slot]! - 1)
  }
}
