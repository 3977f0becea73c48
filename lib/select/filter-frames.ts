import type { Batch } from '../batch.ts'
import { PldError } from '../errors.ts'
import type { SummaryRecord } from '../records.ts'
import { Stage, type StageCore } from '../stage.ts'
import { compileFilter, type FrameFilter } from './capture-filter/frame-filter.ts'
import { filterSummary, keptRows } from './kept-rows.ts'

/**
 * Takes out the frames that do not fit a filter expression in the syntax of tcpdump (docs/filter.md). It stands between
 * capture and decoder; frames that stay keep their numbers. Behind the last frame comes a summary of what was taken out.
 *
 * Errors: ERR_USAGE, at once for an expression that is not understood, and on the first frame of a link type that cannot
 * be asked for what the expression wants.
 */
export function filterFrames(filter: string | FrameFilter, options: FilterOptions = {}): Stage<Batch> {
  return new Stage<Batch>(
    new FilterCore(typeof filter === 'string' ? compileFilter(filter) : filter, options),
  )
}

export interface FilterOptions {
  /** Most frames that are kept. */
  count?: number
  /** Called when there are so many, to end the input. */
  onEnough?: () => void
}

/** Frames in, fewer frames out. */
export class FilterCore implements StageCore<Batch> {
  readonly #filter: FrameFilter
  readonly #count: number
  readonly #onEnough: () => void
  #packets = 0
  #kept = 0
  #keptBytes = 0
  #filteredBytes = 0
  #afterCount = 0
  #afterCountBytes = 0

  constructor(
    filter: FrameFilter,
    { count = Number.POSITIVE_INFINITY, onEnough = () => {} }: FilterOptions = {},
  ) {
    this.#filter = filter
    this.#count = count
    this.#onEnough = onEnough
  }

  *take(batch: Batch): Iterable<Batch> {
    if (batch.packets !== undefined)
      throw new PldError('ERR_USAGE', 'frames are filtered in front of the decoder, not behind it')
    const rows = this.#fitting(batch)
    if (rows.length === batch.rows) yield batch
    else if (rows.length > 0 || batch.side.length > 0) yield keptRows(batch, rows)
    // nothing is left of it, so this is its last stage
    else batch.release()
  }

  *end(): Iterable<Batch> {
    yield filterSummary(this.summary())
  }

  /** Frames seen, kept and taken out, and those behind the last that was asked for; bytes are captured bytes. */
  summary(): SummaryRecord {
    return {
      type: 'summary',
      stage: 'filter',
      filter: this.#filter.expression,
      packets: this.#packets,
      keptPackets: this.#kept,
      keptBytes: this.#keptBytes,
      filteredPackets: this.#packets - this.#kept,
      filteredBytes: this.#filteredBytes,
      afterCountPackets: this.#afterCount,
      afterCountBytes: this.#afterCountBytes,
    }
  }

  /** The rows that fit, ascending. */
  #fitting({ rows, slab, frames, keep }: Batch): Uint32Array {
    const { off, capLen, wireLen, linkType } = frames
    const fitting = new Uint32Array(rows)
    let kept = 0
    let bytes = 0
    let type = -1
    let fits = NONE
    const most = this.#count - this.#kept
    for (let row = 0; row < rows; row++) {
      if (keep !== undefined && keep[row] === 0) continue
      if (kept >= most) {
        this.#afterCount++
        this.#afterCountBytes += capLen[row]!
        continue
      }
      this.#packets++
      if (linkType[row] !== type) {
        type = linkType[row]!
        fits = this.#filter.predicate(type)
      }
      if (!fits(slab, off[row]!, capLen[row]!, wireLen[row]!)) {
        this.#filteredBytes += capLen[row]!
        continue
      }
      fitting[kept++] = row
      bytes += capLen[row]!
    }
    this.#kept += kept
    if (kept > 0 && kept === most) this.#onEnough()
    this.#keptBytes += bytes
    return fitting.subarray(0, kept)
  }
}

const NONE = (_bytes: Uint8Array, _offset: number, _capLen: number, _wireLen: number): boolean => false
