import type { Batch } from '../batch.ts'
import { PldError } from '../errors.ts'
import type { NoteRecord } from '../records.ts'
import type { ChunkList } from './chunk-list.ts'
import { Conflicts } from './conflicts.ts'
import { Copies } from './copies.ts'
import { OVERLAP_POLICIES, type OverlapPolicy, OverlapRules } from './overlap-policy.ts'
import { PayloadHistory } from './payload-history.ts'
import type { SideList } from './payload-notes.ts'
import type { PayloadTally } from './payload-tally.ts'
import { Placement } from './placement.ts'
import { SegmentChecks } from './segment-checks.ts'
import type { StreamTable } from './stream-table.ts'
import { TcpStreams } from './tcp-stream.ts'
import { UrgentBytes, type UrgentPolicy } from './urgent-bytes.ts'

export interface TcpOptions {
  /**
   * Most bytes that may lie between a TCP stream and a segment, unless the peer has acknowledged what is between
   * (default 16 MiB; 0: no limit).
   */
  maxGap?: number
  /** Which copy of a byte of TCP counts that came more than once (default `first`), see overlap-policy.ts. */
  overlap?: OverlapPolicy
  /** Whether the urgent byte of TCP stays in the stream (default `inline`) or is left out, as a gap. */
  urgent?: UrgentPolicy
  /** Reject TCP segments with a wrong checksum, or a timestamp that is too old (RFC 7323 5); both default false. */
  checksums?: boolean
  paws?: boolean
}

const MAX_GAP = 2 ** 24

/** All that it takes to place TCP payload: streams, the policy for copies, and what came last to compare them with. */
export class TcpPayload {
  readonly streams: TcpStreams
  readonly placement: Placement
  readonly #history: PayloadHistory
  readonly #conflicts: Conflicts
  readonly #checks: SegmentChecks | undefined
  readonly #tally: PayloadTally
  #givenBefore = 0

  /** Throws ERR_USAGE for options that cannot be met. */
  constructor(
    options: TcpOptions,
    maxBytes: number,
    maxGaps: number,
    startOffset: number,
    table: StreamTable,
    chunks: ChunkList,
    side: SideList,
    tally: PayloadTally,
  ) {
    const overlap = choice('overlap', options.overlap ?? 'first', OVERLAP_POLICIES)
    const urgent = choice('urgent', options.urgent ?? 'inline', ['inline', 'drop'])
    const maxGap = bytes('maxGap', options.maxGap ?? MAX_GAP)
    const { checksums = false, paws = false } = options
    this.#tally = tally
    this.#history = new PayloadHistory(chunks)
    this.#conflicts = new Conflicts(this.#history, side, tally)
    this.#checks = checksums || paws ? new SegmentChecks(checksums, paws, tally) : undefined
    const copies = new Copies(new OverlapRules(overlap), chunks, this.#conflicts, tally)
    this.placement = new Placement(table, chunks, tally, copies, maxBytes, maxGaps, paws)
    const urgentBytes = urgent === 'drop' ? new UrgentBytes(this.placement, tally) : undefined
    this.streams = new TcpStreams(
      this.placement,
      chunks,
      side,
      tally,
      maxGap,
      startOffset,
      this.#checks,
      urgentBytes,
    )
  }

  /** To be called for each batch before its packets, and behind them. */
  begin(batch: Batch): void {
    this.#history.begin(batch)
    this.#conflicts.begin(batch)
    this.#givenBefore = this.#given
  }

  /** `reordered`: the batch's chunks were given another order since they were made. */
  finish(reordered: boolean): void {
    if (reordered) this.#history.reorder()
    this.#history.finish(this.#given - this.#givenBefore)
  }

  /** Lets go of the batches that were kept; returns what is to be told in the end. */
  end(): NoteRecord[] {
    this.#history.clear()
    return this.#checks?.notes() ?? []
  }

  get #given(): number {
    return this.#tally.writtenBytes + this.#tally.overwrittenBytes
  }
}

/** An option that is one of a few words. */
function choice<Word extends string>(name: string, value: Word, words: readonly Word[]): Word {
  if (!words.includes(value))
    throw new PldError('ERR_USAGE', `${name} has to be one of ${words.join(', ')}, not ${value}`)
  return value
}

/** An option that is a number of bytes. */
export function bytes(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new PldError('ERR_USAGE', `${name} has to be a number of bytes`)
  return value
}
