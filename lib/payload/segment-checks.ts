import type { PacketColumns } from '../packet-columns.ts'
import { TCP_CHECKSUM_BAD, TCP_CHECKSUM_OK, TCP_TSVAL } from '../packet-facts.ts'
import type { NoteRecord } from '../records.ts'
import type { PayloadTally } from './payload-tally.ts'
import { HAS_TS, type StreamSegment } from './stream-table.ts'

const SYN = 0x02
const RST = 0x04

/** What a receiver would have looked at before a segment's payload, for those who ask for it. */
export class SegmentChecks {
  readonly #checksums: boolean
  readonly #paws: boolean
  readonly #tally: PayloadTally
  /** Whether any packet came with what is checked. */
  #sawChecksum = false
  #sawTimestamp = false

  constructor(checksums: boolean, paws: boolean, tally: PayloadTally) {
    this.#checksums = checksums
    this.#paws = paws
    this.#tally = tally
  }

  /** Why the segment is none for its receiver; undefined: it is one. */
  verdict(
    { tcpExtra, tcpTsVal, tcpFlags }: PacketColumns,
    row: number,
    segment: StreamSegment,
    index: number,
  ): 'bad-checksum' | 'old-timestamp' | undefined {
    const extra = tcpExtra[row]!
    if (this.#checksums) {
      if ((extra & (TCP_CHECKSUM_OK | TCP_CHECKSUM_BAD)) === 0) this.#tally.uncheckedSegments++
      else this.#sawChecksum = true
      if ((extra & TCP_CHECKSUM_BAD) !== 0) {
        this.#tally.badChecksums++
        return 'bad-checksum'
      }
    }
    if (this.#paws && (extra & TCP_TSVAL) !== 0) {
      this.#sawTimestamp = true
      const flags = tcpFlags[row]!
      // RFC 7323 section 5.3: older than what was seen in order, and no RST; a SYN begins anew
      const isOld = ((tcpTsVal[row]! - segment.tsRecent[index]!) | 0) < 0
      if (isOld && (flags & (SYN | RST)) === 0 && (segment.flags[index]! & HAS_TS) !== 0) {
        this.#tally.oldTimestamps++
        return 'old-timestamp'
      }
    }
    return undefined
  }

  /**
   * Takes over the timestamp of a segment that is not ahead of its stream: its number lies at `distance` from the next
   * one in order (RFC 7323 section 4.3; what we have seen in order stands for what was acknowledged).
   */
  remember(
    { tcpExtra, tcpTsVal, tcpFlags }: PacketColumns,
    row: number,
    segment: StreamSegment,
    index: number,
    distance: number,
  ): void {
    if ((tcpExtra[row]! & TCP_TSVAL) === 0 || (tcpFlags[row]! & RST) !== 0) return
    const knows = (segment.flags[index]! & HAS_TS) !== 0
    if (knows && (tcpFlags[row]! & SYN) === 0) {
      if (distance > 0 || ((tcpTsVal[row]! - segment.tsRecent[index]!) | 0) < 0) return
    }
    segment.tsRecent[index] = tcpTsVal[row]!
    segment.flags[index]! |= HAS_TS
  }

  /** What nobody who asked for a check would guess: that there was nothing to check. */
  notes(): NoteRecord[] {
    const notes: NoteRecord[] = []
    const add = (code: string, message: string): void => {
      notes.push({ type: 'note', level: 'warning', code, message })
    }
    if (this.#checksums && !this.#sawChecksum && this.#tally.uncheckedSegments > 0)
      add('no-checksums', 'no packet came with a checksum that was worked out; decode them with --checksums')
    if (this.#paws && !this.#sawTimestamp && this.#tally.packets > 0)
      add('no-timestamps', 'no packet came with a TCP timestamp; decode them with --timestamps')
    return notes
  }
}
