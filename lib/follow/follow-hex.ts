import type { PieceText } from './follow-format.ts'
import type { Piece } from './follow-piece.ts'

const ROW = 16
/** What direction B says is set in by as much, as there may be no colours: 80 columns in all. */
const INDENT = 4
const OFFSET_DIGITS = 8
/** Most that a row takes: offsets of streams beyond 4 GiB have more digits. */
const ROW_ROOM = INDENT + 16 + 2 + 3 * ROW + 2 + ROW + 1
const SPACE = 0x20
const LF = 0x0a
const DOT = 0x2e

/** Both digits of each byte, and what it is shown as. */
const HIGH = Uint8Array.from({ length: 256 }, (_, byte) => (byte >> 4).toString(16).charCodeAt(0))
const LOW = Uint8Array.from({ length: 256 }, (_, byte) => (byte & 15).toString(16).charCodeAt(0))
const SHOWN = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x20 && byte < 0x7f ? byte : DOT))

/**
 * Rows of sixteen bytes: offset in the stream, the bytes in hexadecimal, and what of them prints. A run begins with a
 * row of its own.
 */
export class HexText implements PieceText {
  readonly isText = true
  readonly #row = new Uint8Array(ROW)
  #fill = 0
  #offset = 0
  #indent = 0

  begin({ dir, offset }: Piece): void {
    this.#offset = offset
    this.#indent = dir === 1 ? INDENT : 0
  }

  put(_piece: unknown, bytes: Uint8Array): Uint8Array {
    const out = Buffer.allocUnsafe(Math.ceil((this.#fill + bytes.length) / ROW) * ROW_ROOM)
    let to = 0
    for (let at = 0; at < bytes.length; ) {
      const count = Math.min(ROW - this.#fill, bytes.length - at)
      for (let i = 0; i < count; i++) this.#row[this.#fill++] = bytes[at++]!
      if (this.#fill === ROW) to = this.#line(out, to)
    }
    return out.subarray(0, to)
  }

  end(): string {
    if (this.#fill === 0) return ''
    const out = Buffer.allocUnsafe(ROW_ROOM)
    return out.toString('latin1', 0, this.#line(out, 0))
  }

  /** Writes the row; returns the position behind it. */
  #line(out: Buffer, from: number): number {
    const row = this.#row
    const fill = this.#fill
    const digits = Math.abs(this.#offset).toString(16)
    const offset =
      this.#offset < 0 ? `-${digits.padStart(OFFSET_DIGITS - 1, '0')}` : digits.padStart(OFFSET_DIGITS, '0')
    out.fill(SPACE, from, from + ROW_ROOM)
    let to = from + this.#indent
    to += out.write(offset, to, 'latin1') + 2
    for (let i = 0; i < fill; i++) {
      const at = to + 3 * i + (i < ROW / 2 ? 0 : 1)
      out[at] = HIGH[row[i]!]!
      out[at + 1] = LOW[row[i]!]!
    }
    to += 3 * ROW + 2
    for (let i = 0; i < fill; i++) out[to++] = SHOWN[row[i]!]!
    out[to++] = LF
    this.#offset += fill
    this.#fill = 0
    return to
  }
}
