import { PLD_DUMPED } from '../status-bits.ts'
import type { ChunkList } from './chunk-list.ts'
import type { HeldChunk, HeldPackets } from './held-packets.ts'
import type { PayloadTally } from './payload-tally.ts'
import type { DataChunk } from './sctp-data.ts'
import type { SctpDirection } from './sctp-direction.ts'
import type { SctpNotes } from './sctp-notes.ts'
import { SctpStream, WRONG_FRAGMENT, WRONG_NUMBER } from './sctp-stream.ts'

/** What the chunks may cost that wait: of one direction, and of all (bytes). */
const MOST_OF_ONE = 2 ** 20
const MOST_OF_ALL = 2 ** 24
/** What a chunk costs beyond its data. */
const BESIDE = 256

/** Puts chunks that are in order into their streams, and keeps the others within bounds. */
export class SctpDelivery {
  readonly notes: SctpNotes
  readonly #chunks: ChunkList
  readonly #packets: HeldPackets
  readonly #tally: PayloadTally
  readonly #limit: number
  readonly #skip: number
  readonly #maxGaps: number
  #cost = 0
  /** Directions with chunks that wait; the first has waited longest. */
  readonly #waiting = new Set<SctpDirection>()

  /** Of each stream the first `skip` bytes are left out, and those at `limit` behind them and farther. */
  constructor(
    chunks: ChunkList,
    packets: HeldPackets,
    notes: SctpNotes,
    tally: PayloadTally,
    limit: number,
    skip: number,
    maxGaps: number,
  ) {
    this.#chunks = chunks
    this.#packets = packets
    this.notes = notes
    this.#tally = tally
    this.#limit = limit
    this.#skip = skip
    this.#maxGaps = maxGaps
  }

  /** Gives a chunk of the batch at hand; returns its bits of pldStat. */
  give(direction: SctpDirection, chunk: DataChunk): number {
    const stream = this.#stream(direction, chunk)
    const left = this.#leaveOut(stream, chunk)
    const offset = stream.end + left
    const length = this.#grow(direction, stream, chunk, left)
    if (length > 0) {
      const { row, off, ppid, flags } = chunk
      this.#chunks.addOfStream(offset, row, off + left, length, chunk.stream, ppid, flags)
      direction.dumped = PLD_DUMPED
    }
    return chunk.got > 0 ? direction.dumped : 0
  }

  /** Gives a chunk that waited. */
  giveHeld(direction: SctpDirection, chunk: HeldChunk): void {
    direction.cost -= BESIDE + chunk.got
    this.#cost -= BESIDE + chunk.got
    if (chunk.bytes === undefined) {
      chunk.done = true
      this.give(direction, chunk)
      return
    }
    const stream = this.#stream(direction, chunk)
    const left = this.#leaveOut(stream, chunk)
    const offset = stream.end + left
    const length = this.#grow(direction, stream, chunk, left)
    if (length === 0) {
      this.#packets.drop(chunk)
      return
    }
    if (left > 0) chunk.bytes = chunk.bytes.subarray(left)
    this.#packets.give(chunk, offset, length)
    direction.dumped = PLD_DUMPED
  }

  /** Keeps a chunk of the batch at hand until its time has come. */
  hold(direction: SctpDirection, chunk: DataChunk, at: number): HeldChunk {
    const held = { ...chunk, at, bytes: undefined, packet: -1, done: false }
    this.#packets.add(held)
    direction.cost += BESIDE + chunk.got
    this.#cost += BESIDE + chunk.got
    this.#waiting.add(direction)
    return held
  }

  /** To be called when a direction has given some of what waited. */
  given(direction: SctpDirection): void {
    if (!direction.holds) this.#waiting.delete(direction)
  }

  /** Gives up gaps until what waits is within its bounds. */
  relieve(direction: SctpDirection): void {
    while (direction.cost > MOST_OF_ONE) {
      this.#tally.sctpBoundReached++
      direction.giveUp()
    }
    while (this.#cost > MOST_OF_ALL) {
      this.#tally.sctpBoundReached++
      const [oldest] = this.#waiting
      oldest!.giveUp()
    }
  }

  /** Counts a chunk whose TSN was there already; returns its bits of pldStat. */
  repeated(direction: SctpDirection, chunk: DataChunk): number {
    if (chunk.got === 0) return 0
    this.#stream(direction, chunk).overlaps++
    this.#tally.duplicateBytes += chunk.got
    return direction.dumped
  }

  reject(bytes: number): void {
    this.#tally.lateTsnBytes += bytes
    this.#tally.rejectedBytes += bytes
  }

  restarted(): void {
    this.#tally.sctpRestarts++
  }

  skipped(why: 'sctp-tsn-missing' | 'sctp-tsn-abandoned', count: number): void {
    this.#tally[why === 'sctp-tsn-missing' ? 'tsnsMissing' : 'tsnsAbandoned'] += count
  }

  #stream({ streams }: SctpDirection, chunk: DataChunk): SctpStream {
    let stream = streams.get(chunk.stream)
    if (stream === undefined) {
      stream = new SctpStream(this.#skip)
      streams.set(chunk.stream, stream)
    }
    return stream
  }

  /** How many bytes of the next chunk of a stream are left out, being among its first. */
  #leaveOut(stream: SctpStream, chunk: DataChunk): number {
    const left = Math.min(chunk.got, Math.max(0, -stream.end))
    this.#tally.strippedBytes += left
    return left
  }

  /** Lets the chunk's stream grow by it; returns how many bytes are to be given, beside those that are left out. */
  #grow(direction: SctpDirection, stream: SctpStream, chunk: DataChunk, left: number): number {
    const odd = stream.follow(chunk, direction.breaks, direction.reset)
    if (odd !== 0) {
      if ((odd & WRONG_NUMBER) !== 0) {
        this.#tally.ssnMismatches++
        direction.tell('sctp-ssn')
      }
      if ((odd & WRONG_FRAGMENT) !== 0) {
        this.#tally.fragmentMismatches++
        direction.tell('sctp-fragment')
      }
    }
    const isCut = chunk.length > chunk.got
    const length = stream.grow(chunk.length, chunk.got, this.#limit, direction.cuts < this.#maxGaps)
    if (isCut) direction.cuts++
    this.#tally.writtenBytes += length
    this.#tally.beyondMaxBytes += chunk.got - left - length
    return length
  }
}
