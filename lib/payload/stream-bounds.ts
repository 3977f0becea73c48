import type { Placement } from './placement.ts'
import {
  ANCHORED,
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

  constructor(placement: Placement, maxGap: number) {
    this.#placement = placement
    this.#maxGap = maxGap
  }

  /** A SYN says that the stream begins at sequence number `first`. */
  synchronize(segment: StreamSegment, index: number, slot: number, first: number): void {
    // whoever sends a SYN again after a RST tries again
    if ((segment.flags[index]! & HAS_RESET) !== 0) segment.flags[index]! &= ~(HAS_FIN | HAS_RESET)
    const state = segment.flags[index]!
    if ((state & ANCHORED) === 0) {
      segment.nextSeq[index] = first
      segment.flags[index] = (state & ~SEQ_KNOWN) | ANCHORED | HAS_ISN
      return
    }
    const end = segment.end[index]!
    const start = this.#placement.start(segment, index, slot)
    if ((state & HAS_ISN) === 0) {
      const offset = end + ((first - segment.nextSeq[index]!) | 0)
      if (offset > start || start - offset > Math.min(this.#maxGap, MAX_WINDOW)) return
      this.#placement.extend(segment, index, slot, offset)
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

  /** Whether the other side has acknowledged all that lies before `seq`. */
  acknowledged(segment: StreamSegment, index: number, seq: number): boolean {
    const peer = index ^ 1
    return (segment.flags[peer]! & HAS_ACK) !== 0 && ((segment.maxAck[peer]! - seq) | 0) >= 0
  }
}
