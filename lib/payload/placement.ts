import { Intervals } from '../intervals.ts'
import { PLD_DUMPED } from '../status-bits.ts'
import type { ChunkList } from './chunk-list.ts'
import type { Copies } from './copies.ts'
import type { PayloadTally } from './payload-tally.ts'
import {
  HAS_CUT,
  HAS_HOLES,
  HAS_START,
  type Irregular,
  type StreamSegment,
  type StreamTable,
} from './stream-table.ts'

/** Segments of a stream that can be known as incomplete for want of fragments; there are hardly ever two. */
const MAX_FRAGMENTS = 64

/**
 * Puts stretches of bytes into a stream: what is new becomes chunks, what comes again is a matter of the overlap
 * policy. As long as a stream has no holes it is `[start, end)` and needs no memory beyond that; with holes it has a
 * set of intervals, which goes as soon as the last hole is filled.
 */
export class Placement {
  readonly #irregular: Map<number, Irregular>
  readonly #chunks: ChunkList
  readonly #tally: PayloadTally
  readonly #copies: Copies
  /** Whether anybody wants to know how far delivery in order has got. */
  readonly #followsOrder: boolean
  readonly #maxGaps: number
  /** No byte at this offset or behind it is given. */
  readonly limit: number

  constructor(
    table: StreamTable,
    chunks: ChunkList,
    tally: PayloadTally,
    copies: Copies,
    maxBytes: number,
    maxGaps: number,
    followsOrder: boolean,
  ) {
    this.#irregular = table.irregular
    this.#chunks = chunks
    this.#tally = tally
    this.#copies = copies
    this.#followsOrder = followsOrder || !(copies.rules.keepsFirst || copies.rules.overwrites)
    this.#maxGaps = maxGaps
    this.limit = maxBytes > 0 ? maxBytes : Number.POSITIVE_INFINITY
  }

  /** Offset of the stream's first byte. */
  start(segment: StreamSegment, index: number, slot: number): number {
    return (segment.flags[index]! & HAS_START) === 0 ? 0 : this.#irregular.get(slot)!.start
  }

  /** Offset up to which delivery in order has got. */
  inOrder(segment: StreamSegment, index: number, slot: number): number {
    const hasHoles = (segment.flags[index]! & HAS_HOLES) !== 0
    return hasHoles ? this.#irregular.get(slot)!.delivered : segment.end[index]!
  }

  /**
   * Places the stretch `[from, to)` of a stream, whose first `got` bytes were captured and lie at `off` in the slab.
   * Returns the bits of pldStat that the packet gets by it.
   */
  place(
    segment: StreamSegment,
    index: number,
    slot: number,
    row: number,
    from: number,
    to: number,
    off: number,
    got: number,
  ): number {
    const { limit } = this
    const tally = this.#tally
    const start = this.start(segment, index, slot)
    const end = segment.end[index]!
    const stop = Math.min(end, limit)
    const first = Math.min(from, limit)
    const last = Math.min(to, limit)
    const captured = Math.max(first, Math.min(from + got, limit))
    tally.beyondMaxBytes += got - (captured - first)

    const touches = first <= stop && last >= start
    const known = captured >= last || (captured >= start && last <= stop)
    if ((segment.flags[index]! & HAS_HOLES) === 0 && touches && known) {
      if (first < start) this.#give(first, start, row, off)
      if (captured > stop) this.#give(stop, captured, row, off + stop - first)
      const again = Math.max(first, start)
      if (again < captured && again < stop) {
        segment.overlaps[index]!++
        this.#copies.delivered(segment, index, row, again, Math.min(captured, stop), off + again - first)
      }
      if (from < start) this.#moveStart(segment, index, slot, from)
    } else {
      this.#placeAmongHoles(segment, index, slot, row, first, captured, last, off, from + got)
      if (from < start) this.#moveStart(segment, index, slot, from)
    }
    if (to > end) {
      segment.end[index] = to
      segment.nextSeq[index]! += to - end
    }
    if ((segment.flags[index]! & HAS_HOLES) !== 0) this.#heal(segment, index, slot)
    if (captured > first) return PLD_DUMPED
    return got > 0 ? segment.stat[index]! & PLD_DUMPED : 0
  }

  /** Lets the stream begin at `offset`, before all that was seen. */
  extend(segment: StreamSegment, index: number, slot: number, offset: number): void {
    const start = this.start(segment, index, slot)
    if (offset >= start) return
    this.#holes(segment, index, slot)
    this.#moveStart(segment, index, slot, offset)
  }

  /** Lets the stream go on to `offset` without any bytes. */
  advance(segment: StreamSegment, index: number, slot: number, offset: number): void {
    const end = segment.end[index]!
    if (offset <= end) return
    this.#holes(segment, index, slot)
    segment.end[index] = offset
    segment.nextSeq[index]! += offset - end
  }

  /** Notes that a filter took out what `[from, to)` of the stream would have been, should it come from nowhere else. */
  filter(slot: number, from: number, to: number): void {
    const irregular = this.irregular(slot)
    irregular.filtered ??= new Intervals()
    irregular.filtered.insert(from, to)
  }

  /** Notes that of the segment which begins at `offset` only a first fragment came so far. */
  fragment(slot: number, offset: number): void {
    const irregular = this.irregular(slot)
    irregular.fragments ??= []
    if (irregular.fragments.length < MAX_FRAGMENTS) irregular.fragments.push(offset)
  }

  /** Notes that a datagram which ends at `offset` lacks its last `length` bytes. */
  cut(segment: StreamSegment, index: number, slot: number, offset: number, length: number): void {
    if (offset >= this.limit) return
    const irregular = this.irregular(slot)
    irregular.cut ??= []
    if (irregular.cut.length < 2 * this.#maxGaps) irregular.cut.push(offset, length)
    else {
      irregular.moreCuts++
      irregular.moreCutBytes += length
    }
    segment.flags[index]! |= HAS_CUT
  }

  /** The irregular part of a stream, made if there is none. */
  irregular(slot: number): Irregular {
    let irregular = this.#irregular.get(slot)
    if (irregular === undefined) {
      irregular = {
        start: 0,
        captured: undefined,
        snapped: undefined,
        delivered: 0,
        queued: undefined,
        urgent: undefined,
        filtered: undefined,
        fragments: undefined,
        cut: undefined,
        moreCuts: 0,
        moreCutBytes: 0,
        rival: 0,
      }
      this.#irregular.set(slot, irregular)
    }
    return irregular
  }

  #placeAmongHoles(
    segment: StreamSegment,
    index: number,
    slot: number,
    row: number,
    from: number,
    captured: number,
    to: number,
    off: number,
    gotEnd: number,
  ): void {
    const irregular = this.#holes(segment, index, slot)
    if (captured > from) {
      if (this.#followsOrder) this.#copies.deliver(segment, index, irregular)
      const set = irregular.captured!
      const pieces = set.insert(from, captured)
      for (let piece = 0; piece < pieces; piece++) {
        const at = set.fresh[2 * piece]!
        this.#give(at, set.fresh[2 * piece + 1]!, row, off + at - from)
      }
      segment.overlaps[index]! += set.overlaps
      // the policy looks at whole segments, whatever maxBytes leaves of them
      this.#copies.amongHoles(segment, index, irregular, pieces, row, from, gotEnd, off, captured)
      if (this.#followsOrder) this.#copies.deliver(segment, index, irregular)
    }
    if (to > captured) {
      irregular.snapped ??= new Intervals()
      irregular.snapped.insert(captured, to)
    }
  }

  #give(from: number, to: number, row: number, off: number): void {
    this.#chunks.add(from, row, off, to - from)
    this.#tally.writtenBytes += to - from
  }

  #moveStart(segment: StreamSegment, index: number, slot: number, offset: number): void {
    this.irregular(slot).start = offset
    segment.flags[index]! |= HAS_START
  }

  /** Goes over to a set of intervals. */
  #holes(segment: StreamSegment, index: number, slot: number): Irregular {
    const irregular = this.irregular(slot)
    if (irregular.captured === undefined) {
      irregular.captured = new Intervals()
      const stop = Math.min(segment.end[index]!, this.limit)
      if (stop > irregular.start) irregular.captured.insert(irregular.start, stop)
      irregular.delivered = stop
      segment.flags[index]! |= HAS_HOLES
    }
    return irregular
  }

  /** Goes back to two numbers if no hole is left. */
  #heal(segment: StreamSegment, index: number, slot: number): void {
    const irregular = this.irregular(slot)
    const captured = irregular.captured!
    if (captured.size !== 1 || captured.first !== irregular.start) return
    if (captured.last !== Math.min(segment.end[index]!, this.limit)) return
    irregular.captured = undefined
    irregular.snapped = undefined
    irregular.queued = undefined
    segment.flags[index]! &= ~HAS_HOLES
    const { start, urgent, filtered, fragments } = irregular
    if (start === 0 && urgent === undefined && filtered === undefined && fragments === undefined)
      this.#irregular.delete(slot)
  }
}
