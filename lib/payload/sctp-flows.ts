import type { Batch } from '../batch.ts'
import type { CaptureRecord, StreamPayload } from '../records.ts'
import { PLD_CHUNK_CUT, PLD_REJECTED } from '../status-bits.ts'
import { StreamEnd } from '../stream-end.ts'
import type { ChunkList } from './chunk-list.ts'
import type { GapList } from './gap-list.ts'
import { HeldPackets } from './held-packets.ts'
import type { SideList } from './payload-notes.ts'
import { type PayloadTally, statText } from './payload-tally.ts'
import { DATA_HEADER, emptyChunk, I_DATA_HEADER, readData } from './sctp-data.ts'
import { SctpDelivery } from './sctp-delivery.ts'
import { SctpDirection } from './sctp-direction.ts'
import { SctpNotes } from './sctp-notes.ts'
import { emptyStream } from './stream-close.ts'
import { wireLength } from './wire-length.ts'

/** Chunk types: RFC 9260 section 3.2, RFC 8260 section 2, RFC 6525 section 3.1, RFC 3758 section 3.2. */
const DATA = 0
const INIT = 1
const INIT_ACK = 2
const COOKIE_ECHO = 10
const COOKIE_ACK = 11
const I_DATA = 64
const RE_CONFIG = 130
const FORWARD_TSN = 192
const I_FORWARD_TSN = 194

/** Re-configuration Response Parameter, and its length with both TSNs (RFC 6525 section 4.4). */
const RESPONSE = 16
const RESPONSE_WITH_TSNS = 20
const PERFORMED = 1

/** Takes the chunks of SCTP packets apart, and puts user data into the streams of its direction in the order of TSNs. */
export class SctpFlows {
  readonly #tally: PayloadTally
  readonly #limit: number
  readonly #notes: SctpNotes
  readonly #held = new HeldPackets()
  readonly #delivery: SctpDelivery
  /** By `2 × conversation + direction`. */
  readonly #directions = new Map<number, SctpDirection>()
  readonly #data = emptyChunk()

  /** Of each stream the first `skip` bytes are left out, and those at `limit` behind them and farther. */
  constructor(
    chunks: ChunkList,
    side: SideList,
    tally: PayloadTally,
    limit: number,
    skip: number,
    maxGaps: number,
  ) {
    this.#tally = tally
    this.#limit = limit
    this.#notes = new SctpNotes(side)
    this.#delivery = new SctpDelivery(chunks, this.#held, this.#notes, tally, limit, skip, maxGaps)
  }

  begin(capture: CaptureRecord | undefined): void {
    this.#notes.begin(capture)
  }

  /** Takes a packet of the direction at `slot`; returns the bits of pldStat that it gets by its chunks. */
  take({ frames, packets, slab, tags }: Batch, row: number, slot: number): number {
    const columns = packets!
    const start = columns.payOff[row]!
    const captured = columns.payLen[row]!
    const wire = wireLength(frames, columns, row)
    this.#notes.at = row
    this.#notes.pktNo = frames.pktNo[row]!
    let stat = 0
    let taken = 0
    let at = 0
    for (; at + 4 <= captured; ) {
      const type = slab[start + at]!
      const length = slab.readUInt16BE(start + at + 2)
      const isData = type === DATA || type === I_DATA
      const header = type === I_DATA ? I_DATA_HEADER : DATA_HEADER
      if (length < (isData ? header : 4) || at + length > wire) {
        taken += this.#refuse(slot, tags!.flowInd[row]!, captured - at)
        stat |= PLD_REJECTED
        at = wire
        break
      }
      const got = Math.min(length, captured - at)
      if (got < length) stat |= PLD_CHUNK_CUT
      if (isData && got >= header) {
        const data = this.#data
        readData(data, slab, start + at, length, got, type === I_DATA)
        data.row = row
        stat |= this.#direction(slot, tags!.flowInd[row]!).take(data)
        taken += data.got
      } else if (!isData) this.#control(type, slab, start + at, got, slot, tags!.flowInd[row]!)
      // chunks are padded to a multiple of four bytes, which their length does not count
      at += (length + 3) & ~3
    }
    if (captured < wire && wire - at >= 4) stat |= PLD_CHUNK_CUT
    this.#tally.sctpHeaderBytes += captured - taken
    return stat
  }

  /**
   * Ends a direction whose pldStat is this; undefined if it is none of SCTP. Notes stand at row `at`; `list` hears of
   * gaps that are not listed.
   */
  close(slot: number, stat: number, at: number, list: GapList): StreamEnd | undefined {
    const direction = this.#directions.size === 0 ? undefined : this.#directions.get(slot)
    if (direction === undefined) return undefined
    this.#notes.at = at
    this.#notes.pktNo = 0
    direction.flush()
    this.#directions.delete(slot)
    for (const { moreGaps, moreGapBytes } of direction.streams.values()) list.leaveOut(moreGaps, moreGapBytes)
    const streams = [...direction.streams]
      .filter(([, { end }]) => end > 0)
      .sort(([a], [b]) => a - b)
      .map(([number, stream]) => stream.payload(number, this.#limit))
    if (streams.length === 0) return emptyStream(stat)
    const sum = (name: 'pldLen' | 'pldBytes' | 'pldOverlaps'): number =>
      streams.reduce((all: number, stream: StreamPayload) => all + stream[name], 0)
    const end = new StreamEnd(0, statText(stat), sum('pldLen'), sum('pldBytes'), [], sum('pldOverlaps'))
    end.pldFiles = streams
    return end
  }

  /**
   * To be called when a batch was worked off. Gives batches of the chunks that came in earlier ones and had to wait;
   * they go before it. Their memory is of the kind of `batch`'s.
   */
  late(batch: Batch, captures: readonly CaptureRecord[]): Batch[] {
    this.#held.keep(batch)
    return [...this.#held.batches(batch, captures)]
  }

  #direction(slot: number, flowInd: number): SctpDirection {
    let direction = this.#directions.get(slot)
    if (direction === undefined) {
      direction = new SctpDirection(this.#delivery, flowInd, slot & 1)
      this.#directions.set(slot, direction)
    }
    return direction
  }

  /** Takes a chunk that carries no user data and has `got` bytes. */
  #control(type: number, slab: Buffer, at: number, got: number, slot: number, flowInd: number): void {
    switch (type) {
      case INIT:
      case INIT_ACK:
        if (got < 20) break
        this.#direction(slot, flowInd).init(slab.readUInt32BE(at + 4), slab.readUInt32BE(at + 16))
        break
      case COOKIE_ECHO:
      case COOKIE_ACK:
        this.#directions.get(slot)?.cookie()
        break
      case FORWARD_TSN:
      case I_FORWARD_TSN:
        if (got >= 8) this.#directions.get(slot)?.forward((slab.readUInt32BE(at + 4) + 1) >>> 0)
        break
      case RE_CONFIG:
        this.#reconfigure(slab, at, got, slot)
    }
  }

  /** Streams may begin anew with message 0, and TSNs may jump (RFC 6525 section 5.2). */
  #reconfigure(slab: Buffer, at: number, got: number, slot: number): void {
    const own = this.#directions.get(slot)
    const peer = this.#directions.get(slot ^ 1)
    if (own !== undefined) own.reset = true
    if (peer !== undefined) peer.reset = true
    const end = at + got
    for (let from = at + 4; from + 4 <= end; ) {
      const length = slab.readUInt16BE(from + 2)
      if (length < 4 || from + length > end) break
      const isResponse = slab.readUInt16BE(from) === RESPONSE && length >= RESPONSE_WITH_TSNS
      if (isResponse && slab.readUInt32BE(from + 8) === PERFORMED) {
        own?.renumber(slab.readUInt32BE(from + 12))
        peer?.renumber(slab.readUInt32BE(from + 16))
      }
      from += (length + 3) & ~3
    }
  }

  /** A chunk that no receiver takes, with all behind it; returns how many bytes that are. */
  #refuse(slot: number, flowInd: number, bytes: number): number {
    this.#tally.badChunkBytes += bytes
    this.#tally.rejectedBytes += bytes
    this.#direction(slot, flowInd).tell('sctp-bad-chunk')
    return bytes
  }
}
