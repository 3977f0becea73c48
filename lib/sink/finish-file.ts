import { closeSync, ftruncateSync, futimesSync, unlinkSync } from 'node:fs'
import type { Gap } from '../records.ts'
import { writeIndex } from './byte-index.ts'
import type { FileAccess } from './file-access.ts'
import { FILE_HEAD, type FileTable, hasTime, headKey } from './file-table.ts'
import { fillGaps, needsFilling, type Stream } from './gap-fill.ts'
import { copyBytes, copyHead } from './head-file.ts'
import type { GapMode } from './layout.ts'
import { quietly, rewrite } from './rewrite.ts'
import type { SparseFiles } from './sparse-files.ts'
import type { Resolved } from './stretch-log.ts'

/** What is known of a stream as it ends: the offset it begins at, its length, and what is missing. */
export interface StreamFacts {
  start: number
  pldLen: number
  /** Offsets count from the stream's first byte. */
  pldGaps: readonly Gap[]
}

/** Brings the files of streams that have ended into the form in which they stay. Throws what the system says. */
export class FileFinisher {
  readonly #access: FileAccess
  readonly #table: FileTable
  readonly #gap: GapMode
  readonly #sparse: SparseFiles

  constructor(access: FileAccess, table: FileTable, gap: GapMode, sparse: SparseFiles) {
    this.#access = access
    this.#table = table
    this.#gap = gap
    this.#sparse = sparse
  }

  /** Completes a file and closes it. What was written to it, if that is known, comes back as what it holds. */
  finish(slot: number, facts: StreamFacts, stretches: Resolved | undefined): Stream | undefined {
    const { base, end } = this.#table
    const low = Math.min(this.#lowest(slot), facts.start)
    if (low < base[slot]!) this.#join(slot, low)
    const stop = Math.max(end[slot]!, low + facts.pldLen)
    if (stretches === undefined) {
      this.#complete(slot, stop - low)
      return undefined
    }
    const gaps = this.#gap === 'marker' ? sorted(facts.pldGaps, low) : []
    const stream = { start: low, end: stop, stretches, gaps }
    if (this.#gap === 'zero') this.#complete(slot, stop - low)
    else if (needsFilling(this.#gap, stream)) this.#fill(slot, stream)
    else this.#complete(slot, 0)
    return stream
  }

  /** Writes the index of a file beside it, into one that was just created. */
  writeIndex(slot: number, stream: Stream, { fd, name }: { fd: number; name: string }): void {
    const { manifest } = this.#access.target
    const time = this.#timeOf(slot)
    let size = 0
    try {
      size = writeIndex(fd, this.#gap, stream)
      if (time !== undefined) futimesSync(fd, time, time)
    } catch (error) {
      quietly(() => unlinkSync(this.#access.path(name)))
      throw error
    } finally {
      closeSync(fd)
    }
    manifest.finished(name, size, time)
  }

  /** Closes a file that has its bytes in their places, with a hole at its end if it is to be longer. */
  #complete(slot: number, length: number): void {
    const { base, end, place } = this.#table
    const access = this.#access
    const written = end[slot]! - base[slot]!
    const size = Math.max(written, length)
    const name = access.nameOf(slot)
    // a file that is closed got its time then
    if (place[slot] !== 0 || size !== written) {
      const fd = access.open(slot)
      if (size > written) ftruncateSync(fd, size)
      access.close(slot)
    }
    access.target.manifest.finished(name, size, this.#timeOf(slot))
  }

  /** The offset of the first byte that is in a file or its head. */
  #lowest(slot: number): number {
    const table = this.#table
    if ((table.state[slot]! & FILE_HEAD) === 0) return table.base[slot]!
    return table.base[table.find(headKey(table.key[slot]!))]!
  }

  /** Rewrites a file so that it begins at offset `low`, with its head, if it has one, in front. */
  #join(slot: number, low: number): void {
    const table = this.#table
    const access = this.#access
    const head = table.find(headKey(table.key[slot]!))
    const base = table.base[slot]!
    // a body of nothing has no file yet; and a descriptor kept open would be that of a file which is no more
    access.open(slot)
    access.close(slot)
    const sources = head < 0 ? [slot] : [slot, head]
    const begin = head < 0 ? base : table.base[head]!
    const end = table.end[slot]!
    rewrite(access, table, slot, sources, ([body, front], to) => {
      this.#sparse.each(slot, begin, end, (from, until) => {
        if (from < base) copyHead(front!, base - from, Math.min(until, base) - from, to, from - low)
        const at = Math.max(from, base)
        if (until > at) copyBytes(body!, at - base, until - at, to, at - low)
      })
      // zeros that were left out at the end
      ftruncateSync(to, end - low)
    })
    table.base[slot] = low
  }

  /** Rewrites a file that is to show its gaps in another way than by holes. */
  #fill(slot: number, stream: Stream): void {
    const access = this.#access
    access.close(slot)
    let size = 0
    rewrite(access, this.#table, slot, [slot], ([from], to) => {
      size = fillGaps(this.#gap, stream, from!, to)
    })
    access.target.manifest.finished(access.nameOf(slot), size, this.#timeOf(slot))
  }

  #timeOf(slot: number): number | undefined {
    const seconds = this.#table.time[slot]!
    return hasTime(seconds) ? seconds : undefined
  }
}

/** Gaps by offset, in terms of chunks. They may come from outside: what is none counts for nothing. */
function sorted(gaps: readonly Gap[], start: number): Gap[] {
  return gaps
    .filter(isGap)
    .map(({ offset, length, reason }) => ({ offset: offset + start, length, reason }))
    .sort((a, b) => a.offset - b.offset)
}

function isGap(gap: Partial<Gap> | null): gap is Gap {
  const { offset, length, reason } = gap ?? {}
  return Number.isSafeInteger(offset) && Number.isSafeInteger(length) && length! > 0 && REASONS.has(reason)
}

const REASONS = new Set<string | undefined>(['absent', 'snaplen', 'fragment', 'filtered'])
