import type { Gap } from '../records.ts'
import { entriesOf } from './follow-order.ts'
import { overlay } from './follow-overlay.ts'
import { type ChunkFacts, NO_PACKET, type Piece } from './follow-piece.ts'

/** What a chunk costs that waits, beyond its bytes. */
const BESIDE = 512

/** A chunk that waits for the hole before it to be filled, with a copy of its bytes. */
interface Waiting extends ChunkFacts {
  bytes: Uint8Array
}

/**
 * One stream of one direction as it is read while it comes. What is in order is given at once; what lies behind a hole
 * waits for it to be filled or passed.
 */
export class LiveLane {
  readonly dir: number
  readonly stream: number
  /** Offset of the next byte; what lies before it was given. And of the first byte, if that is negative. */
  #next = 0
  #low = 0
  /** By offset, without overlap. */
  #waiting: Waiting[] = []
  /** What waits costs so much memory (bytes). */
  held = 0
  /** When the peer was first seen to have what is missing here (s). */
  ackedAt: number | undefined

  constructor(dir: number, stream: number) {
    this.dir = dir
    this.stream = stream
  }

  /** TCP sequence number of the first byte that waits; −1: not known, or none waits. */
  get waitsAt(): number {
    return this.#waiting[0]?.seq ?? -1
  }

  /**
   * Takes a chunk; yields what can be read now. `inOrder`: nothing that lies before it is still to come. The bytes of a
   * piece are valid until the next one.
   */
  *take(facts: ChunkFacts, bytes: Uint8Array, inOrder: boolean): Generator<Piece> {
    let { offset } = facts
    let rest = bytes
    if (offset < this.#next) {
      const length = Math.min(rest.length, this.#next - offset)
      yield { ...piece(facts, offset, rest.subarray(0, length)), isLate: true }
      this.#low = Math.min(this.#low, offset)
      rest = rest.subarray(length)
      offset += length
      if (rest.length === 0) return
    }
    if (offset > this.#next && !inOrder) {
      this.#wait(facts, offset, rest)
      return
    }
    while (this.held > 0 && this.#waiting[0]!.offset < offset) yield* this.pass()
    if (offset > this.#next) yield this.#hole(offset)
    yield piece(facts, offset, rest)
    this.#next = Math.max(this.#next, offset + rest.length)
    this.ackedAt = undefined
    yield* this.#drain()
  }

  /** Gives up the hole; yields it, and what waits behind it. */
  *pass(): Generator<Piece> {
    const first = this.#waiting[0]
    if (first === undefined) return
    yield this.#hole(first.offset)
    this.#next = first.offset
    this.ackedAt = undefined
    yield* this.#drain()
  }

  /** Yields all that is left, with the gaps that the stream's record tells of. */
  *end(gaps: Pick<Gap, 'offset' | 'length' | 'reason'>[], length: number | undefined): Generator<Piece> {
    const waiting = this.#waiting
    const lane = { dir: this.dir, stream: this.stream, chunks: waiting.map((_, i) => i), gaps, length }
    const layer = overlay(
      lane.chunks,
      i => waiting[i]!.offset,
      i => waiting[i]!.offset + waiting[i]!.bytes.length,
    )
    for (const { chunk, from, to, reason, isTail } of entriesOf(
      lane,
      layer,
      lane.chunks,
      this.#low,
      this.#next,
    )) {
      if (chunk < 0) yield { ...this.#gap(from, to - from), reason, isTail }
      else {
        const { offset, bytes } = waiting[chunk]!
        yield piece(waiting[chunk]!, from, bytes.subarray(from - offset, to - offset))
      }
    }
    this.#waiting = []
    this.held = 0
  }

  *#drain(): Generator<Piece> {
    let count = 0
    for (const waiting of this.#waiting) {
      if (waiting.offset > this.#next) break
      count++
      this.held -= costOf(waiting)
      const skip = this.#next - waiting.offset
      if (skip >= waiting.bytes.length) continue
      yield piece(waiting, this.#next, waiting.bytes.subarray(skip))
      this.#next = waiting.offset + waiting.bytes.length
    }
    this.#waiting.splice(0, count)
  }

  /** Keeps a chunk; where it lies over others it takes their place, as the payload stage gives only what counts. */
  #wait(facts: ChunkFacts, offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length
    const kept: Waiting = { ...facts, offset, bytes: Uint8Array.from(bytes) }
    if (facts.seq >= 0) kept.seq = (facts.seq + offset - facts.offset) % 2 ** 32
    const from = this.#firstBehind(offset)
    let to = from
    while (to < this.#waiting.length && this.#waiting[to]!.offset < end) to++
    const parts = this.#waiting
      .slice(from, to)
      .flatMap(other => [
        cut(other, other.offset, offset),
        cut(other, end, other.offset + other.bytes.length),
      ])
    for (const part of this.#waiting.slice(from, to)) this.held -= costOf(part)
    const all = [...parts, kept].filter(part => part !== undefined).sort((a, b) => a.offset - b.offset)
    for (const part of all) this.held += costOf(part)
    this.#waiting.splice(from, to - from, ...all)
  }

  /** Where among those that wait the first one is that ends behind an offset. */
  #firstBehind(offset: number): number {
    const waiting = this.#waiting
    let low = 0
    let high = waiting.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (waiting[middle]!.offset + waiting[middle]!.bytes.length > offset) high = middle
      else low = middle + 1
    }
    return low
  }

  #hole(until: number): Piece {
    const gap = this.#gap(this.#next, until - this.#next)
    this.#next = until
    return gap
  }

  #gap(offset: number, length: number): Piece {
    const nothing = { bytes: undefined, reason: undefined, isTail: false }
    return { dir: this.dir, stream: this.stream, offset, length, ...NO_PACKET, ...nothing }
  }
}

function piece(facts: ChunkFacts, offset: number, bytes: Uint8Array): Piece {
  const skip = offset - facts.offset
  const seq = facts.seq < 0 ? -1 : (facts.seq + skip) % 2 ** 32
  const starts = facts.starts && skip === 0
  return { ...facts, offset, seq, starts, length: bytes.length, bytes, reason: undefined, isTail: false }
}

function costOf({ bytes }: Waiting): number {
  return BESIDE + bytes.length
}

/** The part of a chunk between two offsets, if there is one. */
function cut(waiting: Waiting, from: number, to: number): Waiting | undefined {
  const { offset, bytes, seq } = waiting
  const first = Math.max(from, offset)
  const last = Math.min(to, offset + bytes.length)
  if (first >= last) return undefined
  return {
    ...waiting,
    offset: first,
    seq: seq < 0 ? seq : (seq + first - offset) % 2 ** 32,
    bytes: bytes.subarray(first - offset, last - offset),
  }
}
