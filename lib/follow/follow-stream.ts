import type { Gap } from '../records.ts'
import { type ByteHold, Shelf } from './follow-hold.ts'
import { type Entry, entriesOf, type Lane, merged } from './follow-order.ts'
import { overlay } from './follow-overlay.ts'
import { type ChunkFacts, NO_PACKET, type Piece } from './follow-piece.ts'

/** Numbers that a chunk is kept as, in this order. */
const WIDTH = 9
const [OFFSET, LENGTH, PLACE, PKT_NO, SEC, NSEC, DIGITS, SEQ, STARTS] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const
/** Chunks that follow each other are not put together beyond this (bytes). */
const MOST_TOGETHER = 1 << 20

/**
 * A conversation in the order in which its two ends could read it. A byte stands where the last of the captured bytes
 * came that lie before it in its stream, or itself: what came out of order waits for the hole before it to be filled.
 * Holes that nothing filled are gaps, and hold nothing up; each stands in front of the first byte behind it. So every
 * captured byte is there once, each direction is the stream as it was put together, and turns are where they were in
 * the dialogue. As all this is known only when the conversation has ended, its bytes are held until then.
 */
export class Transcript {
  readonly #shelf: Shelf
  readonly #apart: boolean
  /** By stream and direction. */
  readonly #lanes = new Map<number, Lane>()
  /** Whose the last chunk is. */
  #last: Lane | undefined
  #data = new Float64Array(4 * WIDTH)
  #count = 0

  /** `apart`: bytes of different packets are pieces of their own; otherwise those that follow each other may be one. */
  constructor(hold: ByteHold, apart: boolean) {
    this.#shelf = new Shelf(hold)
    this.#apart = apart
  }

  /** Takes a chunk; copies its bytes. */
  add(facts: ChunkFacts, bytes: Uint8Array): void {
    const lane = this.#lane(facts.dir, facts.stream)
    const place = this.#shelf.put(bytes)
    // chunks of SCTP that were held back come out of the order of their packets
    const mayFollow = lane === this.#last && !this.#apart && !facts.starts && facts.stream < 0
    if (mayFollow && this.#extends(facts.offset, place, bytes.length)) return
    this.#last = lane
    const at = this.#count * WIDTH
    if (at === this.#data.length) {
      const wider = new Float64Array(2 * at)
      wider.set(this.#data)
      this.#data = wider
    }
    const data = this.#data
    data[at + OFFSET] = facts.offset
    data[at + LENGTH] = bytes.length
    data[at + PLACE] = place
    data[at + PKT_NO] = facts.pktNo
    data[at + SEC] = facts.sec
    data[at + NSEC] = facts.nsec
    data[at + DIGITS] = facts.digits
    data[at + SEQ] = facts.seq
    data[at + STARTS] = facts.starts ? 1 : 0
    lane.chunks.push(this.#count++)
  }

  /** Takes a gap as its record tells of it: `offset` counts from the stream's first byte. */
  gap(dir: number, stream: number, gap: Pick<Gap, 'offset' | 'length' | 'reason'>): void {
    this.#lane(dir, stream).gaps.push(gap)
  }

  /** Takes the length of a stream (bytes, gaps included). */
  end(dir: number, stream: number, length: number): void {
    if (length > 0) this.#lane(dir, stream).length = length
  }

  /** Whether there is something of a direction. */
  has(dir: number): boolean {
    return [...this.#lanes.values()].some(lane => lane.dir === dir)
  }

  /** What the conversation consists of. The bytes of a piece are valid until the next one. */
  *pieces(): Generator<Piece> {
    const ranks = this.#ranks()
    const offset = (chunk: number): number => this.#data[chunk * WIDTH + OFFSET]!
    const end = (chunk: number): number => offset(chunk) + this.#data[chunk * WIDTH + LENGTH]!
    const lists = [...this.#lanes.values()].map(lane =>
      entriesOf(lane, overlay(lane.chunks, offset, end), ranks),
    )
    for (const entry of merged(lists)) yield this.#piece(entry)
  }

  /** Gives back the room that it took. */
  clear(): void {
    this.#shelf.clear()
    this.#lanes.clear()
    this.#last = undefined
    this.#count = 0
  }

  #lane(dir: number, stream: number): Lane {
    const key = 2 * stream + dir
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = { dir, stream, chunks: [], gaps: [], length: undefined }
      this.#lanes.set(key, lane)
    }
    return lane
  }

  /** Lets the last chunk grow if these bytes follow it in its stream and where they are kept. */
  #extends(offset: number, place: number, length: number): boolean {
    const at = (this.#count - 1) * WIDTH
    const before = this.#data[at + LENGTH]!
    if (this.#data[at + OFFSET]! + before !== offset || before + length > MOST_TOGETHER) return false
    if (Shelf.behind(this.#data[at + PLACE]!, before) !== place) return false
    this.#data[at + LENGTH] = before + length
    return true
  }

  /** The place of each chunk in the order of packets; what SCTP held back comes behind chunks of later packets. */
  #ranks(): Uint32Array {
    const ranks = Uint32Array.from({ length: this.#count }, (_, chunk) => chunk)
    const pktNo = (chunk: number): number => this.#data[chunk * WIDTH + PKT_NO]!
    if (ranks.every(chunk => chunk === 0 || pktNo(chunk) >= pktNo(chunk - 1))) return ranks
    const order = ranks.slice().sort((a, b) => pktNo(a) - pktNo(b) || a - b)
    order.forEach((chunk, rank) => {
      ranks[chunk] = rank
    })
    return ranks
  }

  #piece({ lane, start, chunk, from, to, reason, isTail }: Entry): Piece {
    const where = {
      dir: lane.dir,
      stream: lane.stream,
      offset: from - start,
      length: to - from,
      reason,
      isTail,
    }
    if (chunk < 0) return { ...where, ...NO_PACKET, bytes: undefined }
    const data = this.#data
    const at = chunk * WIDTH
    const skip = from - data[at + OFFSET]!
    const seq = data[at + SEQ]!
    return {
      ...where,
      pktNo: data[at + PKT_NO]!,
      sec: data[at + SEC]!,
      nsec: data[at + NSEC]!,
      digits: data[at + DIGITS]!,
      seq: seq < 0 ? seq : (seq + skip) % 2 ** 32,
      starts: skip === 0 && data[at + STARTS] === 1,
      bytes: this.#shelf.get(Shelf.behind(data[at + PLACE]!, skip), to - from),
    }
  }
}
