import type { ChunkList } from './chunk-list.ts'
import type { Conflicts } from './conflicts.ts'
import type { OverlapRules } from './overlap-policy.ts'
import type { PayloadTally } from './payload-tally.ts'
import { Pieces } from './pieces.ts'
import { HAS_ACK, type Irregular, type StreamSegment } from './stream-table.ts'

/**
 * Bytes that lie farther behind the end of their stream than this are taken for delivered: where only one direction was
 * captured, nobody says that a hole was none, and what is queued behind it must not grow for ever.
 */
const QUEUE_WINDOW = 2 ** 24

/**
 * Decides about bytes that come again: which copy stands, by the overlap policy. A copy that wins is given as a chunk
 * like any other; being later, it replaces what was given before.
 */
export class Copies {
  readonly rules: OverlapRules
  readonly #chunks: ChunkList
  readonly #conflicts: Conflicts
  readonly #tally: PayloadTally

  constructor(rules: OverlapRules, chunks: ChunkList, conflicts: Conflicts, tally: PayloadTally) {
    this.rules = rules
    this.#chunks = chunks
    this.#conflicts = conflicts
    this.#tally = tally
  }

  /** `[from, to)` of a stream, delivered in order before, comes again; its first byte lies at `off` in the slab. */
  delivered(segment: StreamSegment, index: number, row: number, from: number, to: number, off: number): void {
    this.#settle(segment, index, row, from, to, off, this.rules.overwrites)
  }

  /**
   * The segment `[from, to)` of a stream with holes was added to those captured, of which `pieces` stretches, told in
   * `set.fresh`, were new. What else of it lies before `limit` came again.
   */
  amongHoles(
    segment: StreamSegment,
    index: number,
    irregular: Irregular,
    pieces: number,
    row: number,
    from: number,
    to: number,
    off: number,
    limit: number,
  ): void {
    const { fresh } = irregular.captured!
    const last = Math.min(to, limit)
    let at = from
    for (let piece = 0; piece <= pieces; piece++) {
      const end = piece < pieces ? fresh[2 * piece]! : last
      if (end > at) this.#again(segment, index, irregular, row, at, end, off + at - from, from, to)
      if (piece === pieces) break
      at = fresh[2 * piece + 1]!
      if (this.rules.needsShapes) this.#own(irregular, end, at, from, to)
    }
  }

  /** Notes how far delivery in order has got: to the first hole, or to where the peer has acknowledged. */
  deliver(segment: StreamSegment, index: number, irregular: Irregular): void {
    const captured = irregular.captured!
    const end = segment.end[index]!
    let at = Math.max(irregular.delivered, end - QUEUE_WINDOW)
    const peer = index ^ 1
    if ((segment.flags[peer]! & HAS_ACK) !== 0) {
      const acknowledged = end + ((segment.maxAck[peer]! - segment.nextSeq[index]!) | 0)
      at = Math.max(at, Math.min(end, acknowledged))
    }
    for (;;) {
      // bytes that are left out keep nobody waiting
      const next = Math.max(captured.endOf(at), irregular.urgent?.endOf(at) ?? at)
      if (next === at) break
      at = next
    }
    if (at === irregular.delivered) return
    irregular.delivered = at
    irregular.queued?.forget(at)
  }

  #again(
    segment: StreamSegment,
    index: number,
    irregular: Irregular,
    row: number,
    from: number,
    to: number,
    off: number,
    start: number,
    end: number,
  ): void {
    const { rules } = this
    if (rules.keepsFirst || rules.overwrites) {
      this.#settle(segment, index, row, from, to, off, rules.overwrites)
      return
    }
    const open = Math.min(to, Math.max(from, irregular.delivered))
    if (open > from) this.#settle(segment, index, row, from, open, off, false)
    if (open === to) return
    if (rules.takesLast) {
      this.#settle(segment, index, row, open, to, off + open - from, true)
      return
    }
    const queued = irregular.queued!
    const { found } = queued
    const count = queued.find(open, to)
    const won: number[] = []
    // neighbours of which the same becomes are one
    let at = open
    let wins = false
    const turn = (until: number): void => {
      if (until > at) this.#settle(segment, index, row, at, until, off + at - from, wins)
      if (until > at && wins) won.push(at, until)
      at = until
    }
    for (let n = 0; n < 4 * count; n += 4) {
      const isWon = rules.newWins(found[n + 2]!, found[n + 3]!, start, end)
      if (isWon === wins) continue
      turn(found[n]!)
      wins = isWon
    }
    turn(to)
    for (let n = 0; n < won.length; n += 2) this.#own(irregular, won[n]!, won[n + 1]!, start, end)
  }

  /** From now on the queued bytes `[from, to)` are those of the segment `[start, end)`. */
  #own(irregular: Irregular, from: number, to: number, start: number, end: number): void {
    if (to <= irregular.delivered) return
    irregular.queued ??= new Pieces()
    irregular.queued.put(Math.max(from, irregular.delivered), to, start, end)
  }

  #settle(
    segment: StreamSegment,
    index: number,
    row: number,
    from: number,
    to: number,
    off: number,
    wins: boolean,
  ): void {
    this.#conflicts.compare(segment, index, row, from, to, off, wins ? 'new' : 'old')
    if (wins) {
      this.#chunks.add(from, row, off, to - from)
      this.#tally.overwrittenBytes += to - from
    } else this.#tally.duplicateBytes += to - from
  }
}
