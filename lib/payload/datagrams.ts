import type { FrameColumns } from '../columns.ts'
import type { PacketColumns } from '../packet-columns.ts'
import type { PayloadTally } from './payload-tally.ts'
import type { Placement } from './placement.ts'
import type { StreamSegment } from './stream-table.ts'
import { wireLength } from './wire-length.ts'

/** Puts payload without numbers behind one another, in the order of capture: UDP, ICMP, frames without IP. */
export class Datagrams {
  readonly #placement: Placement
  readonly #tally: PayloadTally
  readonly #strip: number

  /** The first `startOffset` bytes of each datagram are left out. */
  constructor(placement: Placement, tally: PayloadTally, startOffset: number) {
    this.#placement = placement
    this.#tally = tally
    this.#strip = startOffset
  }

  /**
   * Takes a packet of the stream at `index`; returns the bits of pldStat that it gets by its payload. Datagrams have no
   * place but the order they came in, so the stream grows by what was captured; a tail that the capture cut off is
   * told as a gap in the place where it would be, and takes no room.
   */
  take(
    frames: FrameColumns,
    packets: PacketColumns,
    row: number,
    segment: StreamSegment,
    index: number,
    slot: number,
  ): number {
    const length = wireLength(frames, packets, row) - this.#strip
    const stripped = Math.min(this.#strip, packets.payLen[row]!)
    this.#tally.strippedBytes += stripped
    if (length <= 0) return 0
    const captured = packets.payLen[row]! - stripped
    const from = segment.end[index]!
    const off = packets.payOff[row]! + stripped
    const to = from + captured
    const stat = captured > 0 ? this.#placement.place(segment, index, slot, row, from, to, off, captured) : 0
    if (length > captured) this.#placement.cut(segment, index, slot, to, length - captured)
    return stat
  }
}
