import type { InterfaceInfo } from '../records.ts'
import { u16, u32 } from './bytes.ts'
import { type FrameParser, MAX_PCAP_RECORD, MAX_SNAPLEN } from './frame-parser.ts'
import type { FrameRows } from './frame-rows.ts'
import { PCAP_MICRO, PCAP_MODIFIED, PCAP_NANO } from './magic.ts'

const FILE_HEADER = 24
const RECORD_HEADER = 16
/** The modified format adds interface, protocol and packet type to each record. */
const MODIFIED_RECORD_HEADER = 24
/** Behind so many bytes of a record lie the headers of its packet's upper layers. */
const HEADERS = 56

/** Which of a record's two lengths comes first: versions before 2.3 had them the other way round, 2.3 had either. */
type LengthOrder = 'captured-first' | 'wire-first' | 'smaller-first'

/**
 * Classic pcap: microseconds or nanoseconds, either byte order, and the modified format.
 * Source: draft-ietf-opsawg-pcap, pcap-savefile(5).
 */
export class PcapParser implements FrameParser {
  readonly format = 'pcap'
  readonly interfaces: InterfaceInfo[] = []
  need = FILE_HEADER
  ended = false
  readonly otherBlocks = 0
  damaged = 0
  /** What was looked at ahead, lest the look be optimized away. */
  seen = 0
  #bigEndian = false
  #recordHeader = RECORD_HEADER
  #lengthOrder: LengthOrder = 'captured-first'
  #maxRecord = MAX_PCAP_RECORD
  /** Nanoseconds in a unit of the time's fraction. */
  #unit = 1000
  #announced = false
  #oddTime = false

  parse(slab: Uint8Array, at: number, end: number, rows: FrameRows): number {
    if (this.interfaces.length > 0) return this.#records(slab, at, end, rows)
    if (end - at < FILE_HEADER) return at
    this.#fileHeader(slab, at, rows)
    return this.#records(slab, at + FILE_HEADER, end, rows)
  }

  finish(left: number, rows: FrameRows, quiet: boolean): void {
    if (left === 0 || this.ended || quiet) return
    this.damaged++
    if (this.interfaces.length === 0) {
      rows.note(rows.count, 'error', 'cut-header', 'the file ends within its header')
    } else {
      rows.note(
        rows.count,
        'error',
        'cut-record',
        `the file ends within a record: ${left} of ${this.need} bytes are there`,
      )
    }
  }

  #fileHeader(slab: Uint8Array, at: number, rows: FrameRows): void {
    const bigEndian = u32(slab, at, true) >>> 16 === PCAP_MICRO >>> 16
    const magic = u32(slab, at, bigEndian)
    const major = u16(slab, at + 4, bigEndian)
    const minor = u16(slab, at + 6, bigEndian)
    const snaplen = u32(slab, at + 16, bigEndian)
    // above the link type's 16 bits lie the length of a frame check sequence and reserved bits
    const linkType = u32(slab, at + 20, bigEndian) & 0xffff
    this.#bigEndian = bigEndian
    this.#unit = magic === PCAP_NANO ? 1 : 1000
    if (magic === PCAP_MODIFIED) this.#recordHeader = MODIFIED_RECORD_HEADER
    this.need = this.#recordHeader
    if (major < 2 || (major === 2 && minor < 3)) this.#lengthOrder = 'wire-first'
    else if (major === 2 && minor === 3) this.#lengthOrder = 'smaller-first'
    if (snaplen > MAX_PCAP_RECORD && snaplen <= MAX_SNAPLEN) this.#maxRecord = snaplen
    this.interfaces.push({ linkType, snaplen, digits: magic === PCAP_NANO ? 9 : 6 })
    if (major === 2) return
    rows.note(
      rows.count,
      'warning',
      'odd-version',
      `version ${major}.${minor} of the format is unknown; read as 2.4`,
    )
  }

  #records(slab: Uint8Array, at: number, end: number, rows: FrameRows): number {
    const { sec, nsec, off, capLen, wireLen } = rows.frames
    const { limit, count: firstRow } = rows
    const bigEndian = this.#bigEndian
    const header = this.#recordHeader
    const unit = this.#unit
    const unitsPerSecond = 1_000_000_000 / unit
    const maxRecord = this.#maxRecord
    const inOrder = this.#lengthOrder === 'captured-first'
    let row = firstRow
    let seen = 0
    this.need = header
    while (row < limit) {
      const body = at + header
      if (body > end) break
      let captured = u32(slab, at + 8, bigEndian)
      let wire = u32(slab, at + 12, bigEndian)
      if (!inOrder && (this.#lengthOrder === 'wire-first' || captured > wire)) {
        const first = captured
        captured = wire
        wire = first
      }
      if (captured > maxRecord) {
        this.ended = true
        this.damaged++
        rows.note(
          row,
          'error',
          'bad-record',
          `a record claims ${captured} bytes; the rest of the file is not read`,
        )
        break
      }
      const next = body + captured
      if (next > end) {
        this.need = header + captured
        break
      }
      if (!this.#announced) {
        this.#announced = true
        rows.announce(row, slab, next)
      }
      let seconds = u32(slab, at, bigEndian)
      let fraction = u32(slab, at + 4, bigEndian)
      if (fraction >= unitsPerSecond) {
        this.#noteOddTime(row, rows)
        seconds += Math.floor(fraction / unitsPerSecond)
        fraction %= unitsPerSecond
      }
      sec[row] = seconds
      nsec[row] = fraction * unit
      off[row] = body
      capLen[row] = captured
      wireLen[row] = wire
      row++
      // each record tells where the next one is, and each would wait for memory: the next one's headers, and where the
      // one behind it is if the next is as long as this one, are asked for now
      seen ^= slab[Math.min(next + HEADERS, end - 1)]! ^ slab[Math.min(2 * next - at, end - 1)]!
      at = next
    }
    const { linkType, digits } = this.interfaces[0]!
    rows.frames.linkType.fill(linkType, firstRow, row)
    rows.frames.digits.fill(digits, firstRow, row)
    rows.frames.iface.fill(0, firstRow, row)
    rows.count = row
    this.seen = seen
    return at
  }

  #noteOddTime(row: number, rows: FrameRows): void {
    if (this.#oddTime) return
    this.#oddTime = true
    rows.note(
      row,
      'warning',
      'odd-time',
      'the fraction of a time is a second or more; it is added to the seconds',
    )
  }
}
