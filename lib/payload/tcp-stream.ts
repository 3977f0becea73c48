import type { FrameColumns } from '../columns.ts'
import type { PacketColumns } from '../packet-columns.ts'
import { HI_FRAGMENT, HI_STOPPED, PLD_DUMPED, PLD_REJECTED } from '../status-bits.ts'
import type { ChunkList } from './chunk-list.ts'
import type { NoteCode, SideList } from './payload-notes.ts'
import type { PayloadTally, Rejection } from './payload-tally.ts'
import type { Placement } from './placement.ts'
import type { SegmentChecks } from './segment-checks.ts'
import { MAX_WINDOW, StreamBounds } from './stream-bounds.ts'
import {
  ANCHORED,
  BELOW_START,
  HAS_ACK,
  HAS_FIN,
  HAS_HOLES,
  HAS_ISN,
  HAS_RESET,
  HAS_RIVAL,
  HAS_URGENT,
  SEQ_KNOWN,
  type StreamSegment,
} from './stream-table.ts'
import type { UrgentBytes } from './urgent-bytes.ts'
import { wireLength } from './wire-length.ts'

const FIN = 0x01
const SYN = 0x02
const RST = 0x04
const ACK = 0x10
const URG = 0x20

/** Nothing without payload speaks of bytes that are farther off. */
const MAX_SEGMENT = 0xffff

const LATER_FRAGMENT = HI_FRAGMENT | HI_STOPPED

/**
 * Places TCP payload by sequence number modulo 2^32 (RFC 9293 section 3.4). Offsets are doubles that count from ISN + 1
 * or from the first byte seen, so a stream can wrap any number of times; `nextSeq` is the sequence number at `end`,
 * and a segment's distance from it, as a signed 32-bit number, is its distance from the end of the stream.
 */
export class TcpStreams {
  readonly bounds: StreamBounds
  readonly #placement: Placement
  readonly #chunks: ChunkList
  readonly #side: SideList
  readonly #tally: PayloadTally
  /** Farthest that a segment may lie from its stream. */
  readonly #maxGap: number
  /** What is done only if somebody asks for it. */
  readonly #checks: SegmentChecks | undefined
  readonly #urgent: UrgentBytes | undefined
  /** Flags of segments that need a closer look. */
  readonly #special: number

  constructor(
    placement: Placement,
    chunks: ChunkList,
    side: SideList,
    tally: PayloadTally,
    maxGap: number,
    startOffset: number,
    checks: SegmentChecks | undefined,
    urgent: UrgentBytes | undefined,
  ) {
    this.#placement = placement
    this.#chunks = chunks
    this.#side = side
    this.#tally = tally
    this.#maxGap = maxGap > 0 ? maxGap : Number.POSITIVE_INFINITY
    this.bounds = new StreamBounds(placement, this.#maxGap, startOffset)
    this.#checks = checks
    this.#urgent = urgent
    this.#special = SYN | FIN | RST | (urgent === undefined ? 0 : URG)
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
    if (this.#checks !== undefined && !this.#passes(this.#checks, packets, row, segment, index, slot)) {
      return length === 0 ? 0 : PLD_REJECTED | (segment.stat[index]! & PLD_DUMPED)
    }
    let state = segment.flags[index]!
    if ((flags & (ACK | RST)) === ACK) {
      const ack = packets.tcpAck[row]!
      if ((state & HAS_ACK) === 0 || ((ack - segment.maxAck[index]!) | 0) > 0) {
        segment.maxAck[index] = ack
        state |= HAS_ACK
        segment.flags[index] = state
      }
      if ((segment.flags[index ^ 1]! & HAS_RIVAL) !== 0) this.bounds.choose(segment, index ^ 1, slot ^ 1, ack)
    }
    if (
      length !== 0 &&
      (flags & this.#special) === 0 &&
      (state & (ANCHORED | HAS_FIN | HAS_HOLES | HAS_RIVAL | HAS_URGENT | BELOW_START)) === ANCHORED &&
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
    // a later IP fragment has no TCP header, and its sequence number of 0 is none
    if (length === 0 && (packets.statHi[row]! & LATER_FRAGMENT) === LATER_FRAGMENT) return 0
    if ((flags & RST) !== 0) {
      this.bounds.reset(segment, index, packets.tcpSeq[row]!)
      // RFC 9293 section 3.5.3: what a RST carries explains it, and is not the application's
      return length === 0 ? 0 : this.#reject(segment, index, row, got, 'rstBytes', 'rst-data')
    }
    let seq = packets.tcpSeq[row]!
    if ((flags & SYN) !== 0) {
      // RFC 9293 section 3.4: the SYN takes the number before the data that it may carry
      seq = (seq + 1) >>> 0
      this.bounds.synchronize(segment, index, slot, seq)
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
    if ((state & ANCHORED) !== 0) this.#noteEmpty(packets, row, segment, index, slot, distance)
    if ((flags & FIN) !== 0) this.bounds.finish(segment, index, seq)
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
    if ((segment.flags[index]! & ANCHORED) === 0) this.bounds.anchor(segment, index, seq)
    if ((segment.flags[index]! & HAS_RIVAL) !== 0) this.bounds.choose(segment, index, slot, seq)
    const end = segment.end[index]!
    const distance = (seq - segment.nextSeq[index]!) | 0
    let from = end + distance
    const to = from + length
    if (distance > MAX_WINDOW || distance < -MAX_WINDOW) {
      this.#tally.outOfWindow++
      return this.#reject(segment, index, row, got, 'outOfWindowBytes', 'out-of-window')
    }
    const start = this.bounds.first(segment, index, slot)
    if ((segment.flags[index]! & HAS_ISN) !== 0 && to <= start) {
      return this.#reject(segment, index, row, got, 'beforeStartBytes', 'before-start')
    }
    if (
      start - to > this.#maxGap ||
      (from - end > this.#maxGap && !this.bounds.acknowledged(segment, index, seq))
    ) {
      return this.#reject(segment, index, row, got, 'gapTooLargeBytes', 'gap-too-large')
    }
    if ((segment.flags[index]! & HAS_FIN) !== 0 && !this.bounds.reaches(segment, index, from, to)) {
      if ((segment.flags[index]! & HAS_RESET) !== 0)
        return this.#reject(segment, index, row, got, 'afterRstBytes', 'data-after-rst')
      return this.#reject(segment, index, row, got, 'afterFinBytes', 'data-after-fin')
    }
    if ((segment.flags[index]! & HAS_ISN) !== 0 && from < start) {
      const lost = Math.min(got, start - from)
      this.#reject(segment, index, row, lost, 'beforeStartBytes', 'before-start')
      got -= lost
      off += lost
      from = start
    }
    segment.flags[index]! &= ~HAS_RIVAL
    if (this.#urgent !== undefined && (packets.tcpFlags[row]! & URG) !== 0 && packets.tcpUrg[row] !== 0) {
      this.#urgent.announce(segment, index, slot, to - length + packets.tcpUrg[row]! - 1)
    }
    const skipped = this.bounds.leaveOut(segment, index, from, to)
    const left = Math.min(got, skipped)
    this.#tally.strippedBytes += left
    const hasUrgent = (segment.flags[index]! & HAS_URGENT) !== 0
    const placement = hasUrgent ? this.#urgent! : this.#placement
    const stat =
      skipped === to - from
        ? 0
        : placement.place(segment, index, slot, row, from + skipped, to, off + left, got - left)
    if ((packets.tcpFlags[row]! & FIN) !== 0) {
      this.bounds.finish(segment, index, (seq + length) >>> 0)
    }
    return stat
  }

  /** What a segment without payload can say of the bytes to come: that one is urgent, or that fragments are. */
  #noteEmpty(
    packets: PacketColumns,
    row: number,
    segment: StreamSegment,
    index: number,
    slot: number,
    distance: number,
  ): void {
    if (Math.abs(distance) > MAX_SEGMENT) return
    const from = segment.end[index]! + distance
    if (this.#urgent !== undefined && packets.tcpUrg[row] !== 0) {
      this.#urgent.announce(segment, index, slot, from + packets.tcpUrg[row]! - 1)
    }
    if ((packets.statHi[row]! & HI_FRAGMENT) !== 0) this.#placement.fragment(slot, from)
  }

  /** Notes what a filter took out of a stream, so that its gap has a reason. */
  filter(
    frames: FrameColumns,
    packets: PacketColumns,
    row: number,
    segment: StreamSegment,
    index: number,
    slot: number,
  ): void {
    const length = wireLength(frames, packets, row)
    const flags = packets.tcpFlags[row]!
    if (length === 0 || (flags & RST) !== 0 || (segment.flags[index]! & ANCHORED) === 0) return
    const seq = packets.tcpSeq[row]! + ((flags & SYN) !== 0 ? 1 : 0)
    const distance = (seq - segment.nextSeq[index]!) | 0
    if (Math.abs(distance) > Math.min(this.#maxGap, MAX_WINDOW)) return
    const from = segment.end[index]! + distance
    this.#placement.filter(slot, from, from + length)
  }

  /** Whether a segment is one for its receiver; what is not is told of. */
  #passes(
    checks: SegmentChecks,
    packets: PacketColumns,
    row: number,
    segment: StreamSegment,
    index: number,
    slot: number,
  ): boolean {
    const verdict = checks.verdict(packets, row, segment, index)
    if (verdict === undefined) {
      const ahead = segment.end[index]! - this.#placement.inOrder(segment, index, slot)
      const distance = (packets.tcpSeq[row]! - segment.nextSeq[index]! + ahead) | 0
      checks.remember(packets, row, segment, index, distance)
      return true
    }
    const bytes = packets.payLen[row]!
    const counter = verdict === 'bad-checksum' ? 'badChecksumBytes' : 'oldTimestampBytes'
    this.#reject(segment, index, row, bytes, counter, verdict)
    return false
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
