import type { Gap, StreamPayload } from '../records.ts'
import { DATA_BEGIN, DATA_END, DATA_UNORDERED, type DataChunk } from './sctp-data.ts'

/** What `SctpStream.follow()` finds odd about a chunk. */
export const WRONG_NUMBER = 1
export const WRONG_FRAGMENT = 2

/** One stream of one direction: the user data of its chunks, one behind the other. */
export class SctpStream {
  /** Offset behind the last byte; negative as long as all of them are left out. */
  end: number
  /** Bytes that were captured; those at the limit and behind it do not count. */
  bytes = 0
  overlaps = 0
  readonly #gaps: Gap[] = []
  /** Gaps that are not listed, and how many bytes they lack. */
  moreGaps = 0
  moreGapBytes = 0
  /** Number of the last ordered message; −1: none, or what came behind it is not known. */
  #last = -1
  /** The message that is not complete, and its PPID; −1: none. */
  #open = -1
  #openPpid = 0
  /** How many breaks of the TSNs there had been as the stream's last chunk came. */
  #breaks = 0

  /** The first `skip` bytes are left out: offsets count from behind them. */
  constructor(skip: number) {
    this.end = -skip
  }

  /**
   * Takes notice of the next chunk in TSN order, and gives it its message's PPID. As messages of a stream are sent in the
   * order of their numbers, and fragments one behind the other, these have to follow each other, unless TSNs are missing
   * or given up (`breaks` counts these events) or the numbers were set back (`reset`). Returns `WRONG_NUMBER` and
   * `WRONG_FRAGMENT`, or 0.
   */
  follow(chunk: DataChunk, breaks: number, reset: boolean): number {
    const { flags, message, interleaved } = chunk
    const unordered = flags & DATA_UNORDERED
    if (breaks !== this.#breaks) {
      this.#breaks = breaks
      this.#last = -1
      this.#open = -1
    }
    // SSNs of unordered messages mean nothing (RFC 9260 section 6.6), but MIDs tell them apart (RFC 8260 section 2.1)
    const name = unordered === 0 ? message : (interleaved ? message : 0) + 2 ** 32
    let odd = 0
    if ((flags & DATA_BEGIN) !== 0) {
      if (this.#open >= 0) odd |= WRONG_FRAGMENT
      this.#openPpid = chunk.ppid
    } else {
      if (this.#open >= 0 ? this.#open !== name : this.#last >= 0) odd |= WRONG_FRAGMENT
      if (interleaved && this.#open === name) chunk.ppid = this.#openPpid
    }
    if (unordered === 0 && (flags & DATA_BEGIN) !== 0) {
      const next = interleaved ? (this.#last + 1) >>> 0 : (this.#last + 1) & 0xffff
      if (this.#last >= 0 && message !== next && !(reset && message === 0)) odd |= WRONG_NUMBER
    }
    if (unordered === 0) this.#last = message
    this.#open = (flags & DATA_END) !== 0 ? -1 : name
    return odd
  }

  /**
   * Lets the stream grow by a chunk's data, of which `got` bytes were captured. Returns how many of these lie below
   * `limit`, those with negative offsets not counted. `list`: the gap that it leaves is listed.
   */
  grow(length: number, got: number, limit: number, list: boolean): number {
    const from = Math.max(0, this.end)
    const seen = Math.max(from, this.end + got)
    this.end += length
    const captured = Math.max(0, Math.min(seen, limit) - from)
    this.bytes += captured
    const missing = Math.min(this.end, limit) - seen
    if (length <= got || missing <= 0) return captured
    if (list) this.#gaps.push({ offset: seen, length: missing, reason: 'snaplen' })
    else {
      this.moreGaps++
      this.moreGapBytes += missing
    }
    return captured
  }

  /** What is to be said of it at its end. */
  payload(sctpStream: number, limit: number): StreamPayload {
    return {
      sctpStream,
      pldLen: Math.min(this.end, limit),
      pldBytes: this.bytes,
      pldGaps: this.#gaps,
      pldOverlaps: this.overlaps,
    }
  }
}
