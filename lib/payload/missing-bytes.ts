import { directionOf, type Gap } from '../records.ts'
import type { StreamEnd } from '../stream-end.ts'
import type { GapList } from './gap-list.ts'
import type { SideList } from './payload-notes.ts'
import type { PayloadTally } from './payload-tally.ts'

/** Tells of what a stream lacks as it ends, and counts it. */
export class MissingBytes {
  readonly #side: SideList
  readonly #tally: PayloadTally

  constructor(side: SideList, tally: PayloadTally) {
    this.#side = side
    this.#tally = tally
  }

  /** All of it: the gaps that are listed, how many are not, and the `tail` bytes before a FIN. Records stand at row `at`. */
  tell(
    end: StreamEnd,
    list: GapList,
    tail: number,
    captureId: string,
    flowInd: number,
    dir: number,
    at: number,
  ): void {
    const flow = { captureId, flowInd, dir: directionOf(dir) }
    this.#gaps(end.pldGaps, flow, {}, at)
    for (const { sctpStream, pldGaps } of end.pldFiles ?? []) this.#gaps(pldGaps, flow, { sctpStream }, at)
    if (list.more > 0) {
      const message = `${list.more} more gaps, of ${list.moreBytes} bytes together, are not listed one by one`
      this.#side.add({ type: 'note', level: 'warning', code: 'gaps-unlisted', message, ...flow }, at)
      this.#tally.gaps += list.more
      this.#tally.gapBytes += list.moreBytes
      this.#tally.unlistedGaps += list.more
      this.#tally.unlistedGapBytes += list.moreBytes
    }
    if (tail === 0) return
    // a FIN that was captured says how much is missing behind the last byte: no gap tells of that
    const message = `the FIN lies ${tail} bytes behind the last byte that is known`
    this.#side.add({ type: 'note', level: 'warning', code: 'tail-missing', message, ...flow }, at)
    this.#tally.tailsMissing++
    this.#tally.tailBytesMissing += tail
  }

  #gaps(
    gaps: readonly Gap[],
    flow: { captureId: string; flowInd: number; dir: 'A' | 'B' },
    stream: object,
    at: number,
  ): void {
    for (const { offset, length, reason } of gaps) {
      this.#side.add({ type: 'gap', ...flow, ...stream, offset, length, reason }, at)
      this.#tally.gaps++
      this.#tally.gapBytes += length
    }
  }
}
