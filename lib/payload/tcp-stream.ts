import type { FrameColumns, PacketColumns } from '../columns.ts'
import { PLD_DUMPED, PLD_REJECTED } from '../status-bits.ts'
import type { ChunkList } from './chunk-list.ts'
import type { NoteCode, SideList } from './payload-notes.ts'
import type { PayloadTally, Rejection } from './payload-tally.ts'
import type { Placement } from './placement.ts'
import {
  ANCHORED,
  HAS_ACK,
  HAS_FIN,
  HAS_HOLES,
  HAS_ISN,
  HAS_RIVAL,
  SEQ_KNOWN,
  type StreamSegment,
} from './stream-table.ts'
import { wireLength } from './wire-length.ts'

const FIN = 0x01
const SYN = 0x02
const RST = 0x04
const ACK = 0x10

/** No window is larger (RFC 7323 section 2.2): what lies farther off belongs to no stream of ours. */
const MAX_WINDOW = 2 ** 30

/**
 * Places TCP payload by sequence number modulo 2^32 (RFC 9293 section 3.4). Offsets are doubles that count from ISN + 1
 * or from the first byte seen, so a stream can wrap any number of times; `nextSeq` is the sequence number at `end`,
 * and a segment's distance from it, as a signed 32-bit number, is its distance from the end of the stream.
 */
export class TcpStreams {
  readonly #placement: Placement
  readonly #chunks: ChunkList
  readonly #side: SideList
  readonly #tally: PayloadTally
  /** Farthest that a segment may lie from its stream. */
  readonly #maxGap: number

  constructor(placement: Placement, chunks: ChunkList, side: SideList, tally: PayloadTally, maxGap: number) {
    this.#placement = placement
    this.#chunks = chunks
    this.#side = side
    this.#tally = tally
    this.#maxGap = maxGap > 0 ? maxGap : Number.POSITIVE_INFINITY
  }

  /** Takes a packet of the stream at `index`; returns the bits of pldStat that it gets by its payload. */
  take(
    frames: FrameColumns,
    packets: PacketColumns,
    row: number,
    segment: StreamSegment,
    index: number,
    slot: number,
  ): number {
    const flags = packets.tcpFlags[row]!
    const length = packets.l7Len[row]!
    let state = segment.flags[index]!
    if ((flags & (ACK | RST)) === ACK) {
      const ack = packets.tcpAck[row]!
      if ((state & HAS_ACK) === 0 || ((ack - segment.maxAck[index]!) | 0) > 0) {
        segment.maxAck[index] = ack
        state |= HAS_ACK
        segment.flags[index] = state
      }
      if ((segment.flags[index ^ 1]! & HAS_RIVAL) !== 0) this.#choose(segment, index ^ 1, slot ^ 1, ack)
    }
    if (
      length !== 0 &&
      (flags & (SYN | FIN | RST)) === 0 &&
      (state & (ANCHORED | HAS_FIN | HAS_HOLES | HAS_RIVAL)) === ANCHORED &&
      packets.tcpSeq[row] === segment.nextSeq[index] &&
      packets.payLen[row] === length
    ) {
      const offset = segment.end[index]!
      if (offset + length <= this.#placement.limit) {
        this.#chunks.add(offset, row, packets.payOff[row]!, length)
        this.#tally.writtenBytes += length
        segment.end[index] = offset + length
        segment.nextSeq[index]! += length
        return PLD_DUMPED
      }
    }
    return this.#takeOther(packets, row, wireLength(frames, packets, row), segment, index, slot)
  }

  /** Takes a packet that is not simply the next piece of its stream. */
  #takeOther(
    packets: PacketColumns,
    row: number,
    length: number,
    segment: StreamSegment,
    index: number,
    slot: number,
  ): number {
    const flags = packets.tcpFlags[row]!
    const got = packets.payLen[row]!
    if ((flags & RST) !== 0) {
      // RFC 9293 section 3.5.3: what a RST carries explains it, and is not the application's
      return length === 0 ? 0 : this.#reject(segment, index, row, got, 'rstBytes', 'rst-data')
    }
    let seq = packets.tcpSeq[row]!
    if ((flags & SYN) !== 0) {
      // RFC 9293 section 3.4: the SYN takes the number before the data that it may carry
      seq = (seq + 1) >>> 0
      this.#synchronize(segment, index, slot, seq)
    }
    const state = segment.flags[index]!
    const knows = (state & (ANCHORED | SEQ_KNOWN)) !== 0
    const distance = (seq - segment.nextSeq[index]!) | 0
    if (length <= 1 && (flags & (SYN | FIN)) === 0 && knows && distance === -1) {
      // RFC 9293 section 3.8.4: a keep-alive repeats the number before the next, with a byte of garbage or none
      this.#tally.keepAlives++
      return length === 0 ? 0 : this.#reject(segment, index, row, got, 'keepAliveBytes')
    }
    if (length > 0) return this.#takeData(packets, row, length, segment, index, slot, seq)
    if ((flags & FIN) !== 0) this.#finish(segment, index, seq)
    else if ((state & ANCHORED) === 0 && (flags & ACK) !== 0 && (!knows || distance > 0)) {
      segment.nextSeq[index] = seq
      segment.flags[index]! |= SEQ_KNOWN
    }
    return 0
  }

  #takeData(
    packets: PacketColumns,
    row: number,
    length: number,
    segment: StreamSegment,
    index: number,
    slot: number,
    seq: number,
  ): number {
    let off = packets.payOff[row]!
    let got = packets.payLen[row]!
    if ((segment.flags[index]! & ANCHORED) === 0) {
      segment.nextSeq[index] = seq
      segment.flags[index]! |= ANCHORED
    }
    if ((segment.flags[index]! & HAS_RIVAL) !== 0) this.#choose(segment, index, slot, seq)
    const end = segment.end[index]!
    const distance = (seq - segment.nextSeq[index]!) | 0
    let from = end + distance
    const to = from + length
    if (distance > MAX_WINDOW || distance < -MAX_WINDOW) {
      this.#tally.outOfWindow++
      return this.#reject(segment, index, row, got, 'outOfWindowBytes', 'out-of-window')
    }
    const start = this.#placement.start(segment, index, slot)
    if ((segment.flags[index]! & HAS_ISN) !== 0 && to <= start) {
      return this.#reject(segment, index, row, got, 'beforeStartBytes', 'before-start')
    }
    if (
      start - to > this.#maxGap ||
      (from - end > this.#maxGap && !this.#acknowledged(segment, index, seq))
    ) {
      return this.#reject(segment, index, row, got, 'gapTooLargeBytes', 'gap-too-large')
    }
    if ((segment.flags[index]! & HAS_FIN) !== 0) {
      const fin = end + ((segment.finSeq[index]! - segment.nextSeq[index]!) | 0)
      // nothing follows a FIN: a segment that goes on across it, or a peer that has received more, shows it was none
      const believed =
        to <= fin || (from >= fin && !this.#acknowledged(segment, index, segment.finSeq[index]! + 2))
      if (!believed) segment.flags[index]! &= ~HAS_FIN
      else if (from >= fin) return this.#reject(segment, index, row, got, 'afterFinBytes', 'data-after-fin')
    }
    if ((segment.flags[index]! & HAS_ISN) !== 0 && from < start) {
      const lost = Math.min(got, start - from)
      this.#reject(segment, index, row, lost, 'beforeStartBytes', 'before-start')
      got -= lost
      off += lost
      from = start
    }
    segment.flags[index]! &= ~HAS_RIVAL
    const stat = this.#placement.place(segment, index, slot, row, from, to, off, got)
    if ((packets.tcpFlags[row]! & FIN) !== 0) {
      this.#finish(segment, index, (seq + length) >>> 0)
    }
    return stat
  }

  /** A SYN says that the stream begins at sequence number `first`. */
  #synchronize(segment: StreamSegment, index: number, slot: number, first: number): void {
    const state = segment.flags[index]!
    if ((state & ANCHORED) === 0) {
      segment.nextSeq[index] = first
      segment.flags[index] = (state & ~SEQ_KNOWN) | ANCHORED | HAS_ISN
      return
    }
    const end = segment.end[index]!
    const start = this.#placement.start(segment, index, slot)
    if ((state & HAS_ISN) === 0) {
      const offset = end + ((first - segment.nextSeq[index]!) | 0)
      if (offset > start || start - offset > Math.min(this.#maxGap, MAX_WINDOW)) return
      this.#placement.extend(segment, index, slot, offset)
      segment.flags[index]! |= HAS_ISN
    } else if (end === start && first !== segment.nextSeq[index]) {
      const peer = index ^ 1
      const acknowledged = (segment.flags[peer]! & HAS_ACK) !== 0
      if (acknowledged && segment.maxAck[peer] === segment.nextSeq[index]) return
      this.#placement.irregular(slot).rival = first
      segment.flags[index]! |= HAS_RIVAL
      if (acknowledged) this.#choose(segment, index, slot, segment.maxAck[peer]!)
    }
  }

  /** Of two SYNs with different numbers the one counts that an acknowledgement, or the first data, agrees with. */
  #choose(segment: StreamSegment, index: number, slot: number, seq: number): void {
    const { rival } = this.#placement.irregular(slot)
    if (seq === rival) segment.nextSeq[index] = seq
    if (seq === segment.nextSeq[index] || seq === rival) segment.flags[index]! &= ~HAS_RIVAL
  }

  /** A FIN says that the stream ends at `seq`; one that lies below what was seen already is not believed. */
  #finish(segment: StreamSegment, index: number, seq: number): void {
    const state = segment.flags[index]!
    if ((state & ANCHORED) === 0 || (state & HAS_FIN) !== 0) return
    if (((seq - segment.nextSeq[index]!) | 0) < 0) return
    segment.finSeq[index] = seq
    segment.flags[index] = state | HAS_FIN
  }

  /** Whether the other side has acknowledged all that lies before `seq`. */
  #acknowledged(segment: StreamSegment, index: number, seq: number): boolean {
    const peer = index ^ 1
    return (segment.flags[peer]! & HAS_ACK) !== 0 && ((segment.maxAck[peer]! - seq) | 0) >= 0
  }

  #reject(
    segment: StreamSegment,
    index: number,
    row: number,
    bytes: number,
    counter: Rejection,
    note?: NoteCode,
  ): number {
    this.#tally[counter] += bytes
    this.#tally.rejectedBytes += bytes
    if (note !== undefined) this.#side.note(note, row, segment, index)
    // as in the original, a packet with payload of a stream that has a file shows that, even if it adds nothing
    return bytes > 0 ? PLD_REJECTED | (segment.stat[index]! & PLD_DUMPED) : PLD_REJECTED
  }
}
