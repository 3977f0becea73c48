import type { PacketColumns } from '../packet-columns.ts'
import { PAYLOAD_IN_LINE } from '../packet-facts.ts'
import { base64Length, decodeBase64 } from './base64.ts'
import type { LineCursor } from './line-cursor.ts'
import { literal } from './literal.ts'

const PAYLOAD = literal(',"payload":"')
const AT_OFFSET = literal(',"atOffset":')
const AT_LENGTH = literal(',"atLength":')
const BACKSLASH = 0x5c
const QUOTE = 0x22
const CLOSE = 0x7d

/** A reference that claims more bytes is taken for damage, and nothing is set aside for it. */
export const MAX_REFERENCE = 1 << 28

/** A payload that the line gives as a place in the capture file. */
export interface Reference {
  row: number
  offset: number
  length: number
}

/**
 * Takes the payloads out of lines: leaves them where they are, or decodes them, in the place of their text or, where
 * the lines are still needed, into the room behind all lines.
 */
export class PayloadReader {
  /** Whether payloads of packets are decoded, and whether the lines have to stay as they are. */
  readonly decode: boolean
  readonly lines: boolean
  /** Where the next payload goes that must not go into its line. */
  room = 0
  references: Reference[] = []
  #slab: Buffer = Buffer.alloc(0)
  /** The next backslash at or behind where we are; looked for once, as there are few. */
  #backslash = -1

  constructor(decode: boolean, lines: boolean) {
    this.decode = decode
    this.lines = lines
  }

  /** To be called for each slab; `room` is the position behind its text. */
  start(slab: Buffer, room: number): void {
    this.#slab = slab
    this.room = room
    this.#backslash = -1
  }

  /** Reads the end of a canonical packet line, from behind its last other member. `payLen` of the row has to be set. */
  scan(line: LineCursor, packets: PacketColumns, row: number, to: number): boolean {
    const length = packets.payLen[row]!
    if (line.literal(PAYLOAD)) return this.scanText(line, packets, row, to, this.decode)
    if (!line.literal(AT_OFFSET)) {
      this.leave(packets, row)
      return ends(line, to)
    }
    const offset = line.uint(Number.MAX_SAFE_INTEGER)
    if (offset < 0 || length > MAX_REFERENCE || !line.literal(AT_LENGTH)) return false
    if (line.uint(length) !== length || !ends(line, to)) return false
    this.refer(packets, row, offset, length)
    return true
  }

  /** Reads a payload of `payLen` bytes and the end of its line. */
  scanText(line: LineCursor, packets: PacketColumns, row: number, to: number, decode: boolean): boolean {
    const length = packets.payLen[row]!
    const { bytes, at: from } = line
    const end = to - 2
    if (end < from || bytes[end] !== QUOTE || bytes[end + 1] !== CLOSE) return false
    if (decode) {
      const place = this.placeFor(from)
      if (!decodeBase64(bytes, from, end, place, length)) return false
      this.put(packets, row, place, length)
      return true
    }
    if (end - from !== base64Length(length) || bytes.indexOf(QUOTE, from) !== end) return false
    packets.payOff[row] = length === 0 ? 0 : PAYLOAD_IN_LINE
    return this.#nextBackslash(from) > end && isPrintable(line.view, from, end)
  }

  /** Where a payload is decoded to whose text, or whose line, begins at `from`. */
  placeFor(from: number): number {
    return this.lines ? this.room : from
  }

  /** Notes where a row's payload lies; `place` is in the slab. */
  put(packets: PacketColumns, row: number, place: number, length: number): void {
    packets.payOff[row] = place
    packets.payLen[row] = length
    if (place === this.room) this.room += length
  }

  /** Notes that a row's payload has to be fetched. */
  refer(packets: PacketColumns, row: number, offset: number, length: number): void {
    this.leave(packets, row)
    if (this.decode && length > 0) this.references.push({ row, offset, length })
  }

  /** Notes that a row's line has no payload, though its packet may have had one. */
  leave(packets: PacketColumns, row: number): void {
    if (this.decode) packets.payLen[row] = 0
    packets.payOff[row] = packets.payLen[row] === 0 ? 0 : PAYLOAD_IN_LINE
  }

  /** To be called for a row that is not taken after all. */
  forget(row: number): void {
    if (this.references.at(-1)?.row === row) this.references.pop()
  }

  #nextBackslash(from: number): number {
    if (this.#backslash < from) {
      const next = this.#slab.indexOf(BACKSLASH, from)
      this.#backslash = next < 0 ? Number.POSITIVE_INFINITY : next
    }
    return this.#backslash
  }
}

/** Whether all bytes of a text, whose length is a multiple of four, are ASCII and no control characters. */
function isPrintable(view: DataView, from: number, end: number): boolean {
  let any = 0
  let all = -1
  for (let at = from; at < end; at += 4) {
    const word = view.getInt32(at)
    any |= word
    // printable bytes have bit 5 or bit 6
    all &= word | (word << 1)
  }
  return (any & 0x8080_8080) === 0 && (all & 0x4040_4040) === 0x4040_4040
}

/** Whether nothing but the closing brace is left. */
function ends(line: LineCursor, to: number): boolean {
  return line.at === to - 1 && line.bytes[line.at] === CLOSE
}
