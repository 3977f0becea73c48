import type { Batch } from '../batch.ts'
import { directionOf, type OverlapRecord } from '../records.ts'
import type { PayloadHistory, Stretch } from './payload-history.ts'
import type { SideList } from './payload-notes.ts'
import { streamOf } from './payload-pages.ts'
import type { PayloadTally } from './payload-tally.ts'
import { NOT_COMPARED, type StreamSegment } from './stream-table.ts'

/** Most bytes of a copy that a record shows, and most records that one packet can bring. */
const MAX_SHOWN = 1 << 16
const MAX_RECORDS = 8

/** Compares bytes that come again with what was there, and tells where the copies differ. */
export class Conflicts {
  readonly #history: PayloadHistory
  readonly #side: SideList
  readonly #tally: PayloadTally
  #batch: Batch | undefined
  #row = -1
  #told = 0

  constructor(history: PayloadHistory, side: SideList, tally: PayloadTally) {
    this.#history = history
    this.#side = side
    this.#tally = tally
  }

  begin(batch: Batch): void {
    this.#batch = batch
    this.#row = -1
  }

  /**
   * Takes note of `[from, to)` of a stream, which the row's packet brings again; its first byte lies at `off` in the
   * slab. To be called before a copy that wins is given.
   */
  compare(
    segment: StreamSegment,
    index: number,
    row: number,
    from: number,
    to: number,
    off: number,
    kept: 'old' | 'new',
  ): void {
    const { slab, tags } = this.#batch!
    const shift = off - from
    let unknown = to - from
    let group: Stretch[] = []
    for (const stretch of this.#history.find(streamOf(tags!, row), from, to)) {
      unknown -= stretch.end - stretch.start
      const { start, end, bytes, at } = stretch
      const same = bytes.compare(slab, start + shift, end + shift, at, at + end - start) === 0
      if (group.length > 0 && (same || group.at(-1)!.end !== start)) {
        this.#differ(row, group, shift, kept)
        group = []
      }
      if (!same) group.push(stretch)
    }
    if (group.length > 0) this.#differ(row, group, shift, kept)
    if (unknown > 0) this.#unknown(segment, index, row, from, to, unknown, kept)
  }

  /** Tells of stretches that follow each other and differ, each in some byte. */
  #differ(row: number, group: Stretch[], shift: number, kept: 'old' | 'new'): void {
    const { slab } = this.#batch!
    const first = group[0]!
    const last = group.at(-1)!
    let from = first.start
    while (slab[from + shift] === first.bytes[first.at + from - first.start]) from++
    let to = last.end
    while (slab[to - 1 + shift] === last.bytes[last.at + to - 1 - last.start]) to--
    this.#tally.conflicts++
    this.#tally.conflictBytes += to - from
    if (!this.#mayTell(row)) return
    const shown = Math.min(to, from + MAX_SHOWN)
    const old = group.map(({ start, end, bytes, at }) =>
      bytes.subarray(at + Math.max(0, from - start), at + Math.max(0, Math.min(end, shown) - start)),
    )
    this.#add(row, {
      firstPktNo: first.pktNo,
      offset: from,
      length: to - from,
      kept,
      compared: true,
      old: Buffer.concat(old).toString('base64'),
      new: slab.toString('base64', from + shift, shown + shift),
    })
  }

  /** Tells once of a stream that bytes came again of which nobody knows any more what they were. */
  #unknown(
    segment: StreamSegment,
    index: number,
    row: number,
    from: number,
    to: number,
    bytes: number,
    kept: 'old' | 'new',
  ): void {
    this.#tally.uncomparedBytes += bytes
    if ((segment.flags[index]! & NOT_COMPARED) !== 0) return
    segment.flags[index]! |= NOT_COMPARED
    this.#add(row, { offset: from, length: to - from, kept, compared: false })
  }

  #mayTell(row: number): boolean {
    if (row !== this.#row) {
      this.#row = row
      this.#told = 0
    }
    return this.#told++ < MAX_RECORDS
  }

  #add(
    row: number,
    { firstPktNo, ...rest }: Omit<OverlapRecord, 'type' | 'captureId' | 'flowInd' | 'dir' | 'pktNo'>,
  ): void {
    const { capture, frames, tags } = this.#batch!
    const record: OverlapRecord = {
      type: 'overlap',
      captureId: capture?.captureId ?? '',
      flowInd: tags!.flowInd[row]!,
      dir: directionOf(tags!.dir[row]!),
      pktNo: frames.pktNo[row]!,
      ...(firstPktNo === undefined ? {} : { firstPktNo }),
      ...rest,
    }
    this.#side.add(record, row)
  }
}
