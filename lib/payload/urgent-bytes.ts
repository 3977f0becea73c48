import { Intervals } from '../intervals.ts'
import type { PayloadTally } from './payload-tally.ts'
import type { Placement } from './placement.ts'
import { HAS_HOLES, HAS_URGENT, type StreamSegment } from './stream-table.ts'

/** What becomes of the urgent byte: it stays where it is (RFC 6093 section 6), or is left out of the stream. */
export type UrgentPolicy = 'inline' | 'drop'

/**
 * Leaves urgent bytes out of their streams. The urgent pointer says which byte follows the urgent one (RFC 6093 section
 * 2.1: what systems do), so the byte before that is left out, whichever copy of it comes; it is a gap of the stream, and
 * offsets stay true.
 */
export class UrgentBytes {
  readonly #placement: Placement
  readonly #tally: PayloadTally

  constructor(placement: Placement, tally: PayloadTally) {
    this.#placement = placement
    this.#tally = tally
  }

  /** The byte at `offset` is urgent. If it was given before anybody knew, it stays. */
  announce(segment: StreamSegment, index: number, slot: number, offset: number): void {
    const placement = this.#placement
    const start = placement.start(segment, index, slot)
    if (offset < start) return
    if ((segment.flags[index]! & HAS_HOLES) === 0 && offset < segment.end[index]!) return
    const irregular = placement.irregular(slot)
    if (irregular.captured !== undefined && irregular.captured.endOf(offset) > offset) return
    irregular.urgent ??= new Intervals()
    irregular.urgent.insert(offset, offset + 1)
    segment.flags[index]! |= HAS_URGENT
  }

  /** As `Placement.place()`, of a stream that has urgent bytes. */
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
    const placement = this.#placement
    let stat = 0
    let left = got
    placement.irregular(slot).urgent!.eachGap(from, to, (start, end) => {
      const captured = Math.max(0, Math.min(end - start, from + got - start))
      left -= captured
      stat |= placement.place(segment, index, slot, row, start, end, off + start - from, captured)
    })
    this.#tally.urgentBytes += left
    placement.advance(segment, index, slot, to)
    return stat
  }
}
