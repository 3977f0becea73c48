import type { Placement } from './placement.ts'
import {
  ANCHORED,
  BELOW_START,
  HAS_ACK,
  HAS_FIN,
  HAS_HOLES,
  HAS_ISN,
  HAS_RESET,
  HAS_RIVAL,
  SEQ_KNOWN,
  type StreamSegment,
} from './stream-table.ts'

/** No window is larger (RFC 7323 section 2.2): what lies farther off belongs to no stream of ours. */
export const MAX_WINDOW = 2 ** 30

/** Where TCP streams begin and end, as far as SYN, FIN, RST and the peer's acknowledgements tell. */
export class StreamBounds {
  readonly #placement: Placement
  readonly #maxGap: number
  /** Bytes that are left out at the start of each stream. */
  readonly skip: number

  constructor(placement: Placement, maxGap: number, skip: number) {
    this.#placement = placement
    this.#maxGap = maxGap
    this.skip = skip
  }

  /** Lets offsets count from sequence number `first`, or from as many bytes behind it as are left out. */
  anchor(segment: StreamSegment, index: number, first: number): void {
    segment.nextSeq[index] = first
    segment.flags[index]! |= ANCHORED
    if (this.skip === 0) return
    segment.end[index] = -this.skip
    segment.flags[index]! |= BELOW_START
  }

  /** Offset of the first byte that a stream can have; the bytes of negative offsets may be left out. */
  first(segment: StreamSegment, index: number, slot: number): number {
    return this.#placement.start(segment, index, slot) - this.skip
  }

  /**
   * How many of the bytes `[from, to)` are left out, being among the first of their stream. Nobody waits for such bytes:
   * the stream gets on across them whether they came or not.
   */
  leaveOut(segment: StreamSegment, index: number, from: number, to: number): number {
    if (this.skip === 0) return 0
    const reached = Math.min(to, 0)
    const skipped = Math.max(0, reached - from)
    if ((segment.flags[index]! & BELOW_START) === 0) return skipped
    const end = segment.end[index]!
    if (reached > end) {
      segment.end[index] = reached
      segment.nextSeq[index]! += reached - end
    }
    if (reached === 0) segment.flags[index]! &= ~BELOW_START
    return skipped
  }

  /** A SYN says that the stream begins at sequence number `first`. */
  synchronize(segment: StreamSegment, index: number, slot: number, first: number): void {
    // whoever sends a SYN again after a RST tries again
    if ((segment.flags[index]! & HAS_RESET) !== 0) segment.flags[index]! &= ~(HAS_FIN | HAS_RESET)
    const state = segment.flags[index]!
    if ((state & ANCHORED) === 0) {
      segment.flags[index] = (state & ~SEQ_KNOWN) | HAS_ISN
      this.anchor(segment, index, first)
      return
    }
    const end = segment.end[index]!
    const start = this.first(segment, index, slot)
    if ((state & HAS_ISN) === 0) {
      const offset = end + ((first - segment.nextSeq[index]!) | 0)
      if (offset > start || start - offset > Math.min(this.#maxGap, MAX_WINDOW)) return
      // what is left out was counted from the first byte seen, and what lies before that is none of the file's
      if (this.skip > 0 && offset < start) return
      if (this.skip === 0) this.#placement.extend(segment, index, slot, offset)
      segment.flags[index]! |= HAS_ISN
    } else if (end === start && first !== segment.nextSeq[index]) {
      const peer = index ^ 1
      const acknowledged = (segment.flags[peer]! & HAS_ACK) !== 0
      if (acknowledged && segment.maxAck[peer] === segment.nextSeq[index]) return
      this.#placement.irregular(slot).rival = first
      segment.flags[index]! |= HAS_RIVAL
      if (acknowledged) this.choose(segment, index, slot, segment.maxAck[peer]!)
    }
  }

  /** Of two SYNs with different numbers the one counts that an acknowledgement, or the first data, agrees with. */
  choose(segment: StreamSegment, index: number, slot: number, seq: number): void {
    const { rival } = this.#placement.irregular(slot)
    if (seq === rival) segment.nextSeq[index] = seq
    if (seq === segment.nextSeq[index] || seq === rival) segment.flags[index]! &= ~HAS_RIVAL
  }

  /** A FIN says that the stream ends at `seq`; one that lies below what was seen already is not believed. */
  finish(segment: StreamSegment, index: number, seq: number): void {
    const state = segment.flags[index]!
    if ((state & ANCHORED) === 0 || (state & HAS_FIN) !== 0) return
    if (((seq - segment.nextSeq[index]!) | 0) < 0) return
    segment.finSeq[index] = seq
    segment.flags[index] = state | HAS_FIN
  }

  /** A RST says so as well if it has exactly the next number: no other is believed (RFC 5961 section 3.2). */
  reset(segment: StreamSegment, index: number, seq: number): void {
    const state = segment.flags[index]!
    if ((state & (ANCHORED | HAS_FIN | HAS_HOLES)) !== ANCHORED || seq !== segment.nextSeq[index]) return
    segment.finSeq[index] = seq
    segment.flags[index] = state | HAS_FIN | HAS_RESET
  }

  /**
   * Whether data at `[from, to)` is of a stream that has an end. Nothing follows a FIN or a RST: a segment that goes on
   * across it, or a peer that has received more, shows it was none.
   */
  reaches(segment: StreamSegment, index: number, from: number, to: number): boolean {
    const finSeq = segment.finSeq[index]!
    const fin = segment.end[index]! + ((finSeq - segment.nextSeq[index]!) | 0)
    if (to <= fin) return true
    // a FIN takes a number of its own
    const isReset = (segment.flags[index]! & HAS_RESET) !== 0
    if (from >= fin && !this.acknowledged(segment, index, finSeq + (isReset ? 1 : 2))) return false
    segment.flags[index]! &= ~(HAS_FIN | HAS_RESET)
    return true
  }

  /**
   * The direction at `index`, of which nothing else is wanted, has received all that lies before `ack`. What
   * `TcpStreams.take()` does in its own place.
   */
  acknowledge(segment: StreamSegment, index: number, slot: number, ack: number): void {
    const state = segment.flags[index]!
    if ((state & HAS_ACK) === 0 || ((ack - segment.maxAck[index]!) | 0) > 0) {
      segment.maxAck[index] = ack
      segment.flags[index] = state | HAS_ACK
    }
    if ((segment.flags[index ^ 1]! & HAS_RIVAL) !== 0) this.choose(segment, index ^ 1, slot ^ 1, ack)
  }

  /** Whether the other side has acknowledged all that lies before `seq`. */
  acknowledged(segment: StreamSegment, index: number, seq: number): boolean {
    const peer = index ^ 1
    return (segment.flags[peer]! & HAS_ACK) !== 0 && ((segment.maxAck[peer]! - seq) | 0) >= 0
  }
}
