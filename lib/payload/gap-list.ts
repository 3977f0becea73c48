import type { Gap } from '../records.ts'

/** Gaps of a flow direction that are listed one by one, unless told otherwise. */
export const MAX_GAPS = 65_536

/** The gaps of a flow direction, so many of them one by one; of the others there is only the sum. */
export class GapList {
  readonly gaps: Gap[] = []
  /** Gaps that are not listed, and how many bytes they lack. */
  more = 0
  moreBytes = 0
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  add(offset: number, length: number, reason: Gap['reason']): void {
    if (this.gaps.length < this.#most) this.gaps.push({ offset, length, reason })
    else this.leaveOut(1, length)
  }

  leaveOut(count: number, bytes: number): void {
    this.more += count
    this.moreBytes += bytes
  }
}
