import type { PieceText } from './follow-format.ts'
import type { Piece } from './follow-piece.ts'

const ROW = 16
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
/** What direction B says is set in by as much, as there may be no colours: 80 columns in all. */
const INDENT = '    '

/**
 * Rows of sixteen bytes: offset in the stream, the bytes in hexadecimal, and what of them prints. A run begins with a
 * row of its own.
 */
export class HexText implements PieceText {
  readonly isText = true
  readonly #row = new Uint8Array(ROW)
  #fill = 0
  #offset = 0
  #indent = ''

  begin({ dir, offset }: Piece): void {
    this.#offset = offset
    this.#indent = dir === 1 ? INDENT : ''
  }

  put(_piece: unknown, bytes: Uint8Array): string {
    let text = ''
    for (let at = 0; at < bytes.length; ) {
      const count = Math.min(ROW - this.#fill, bytes.length - at)
      this.#row.set(bytes.subarray(at, at + count), this.#fill)
      this.#fill += count
      at += count
      if (this.#fill === ROW) text += this.#line()
    }
    return text
  }

  end(): string {
    return this.#fill === 0 ? '' : this.#line()
  }

  #line(): string {
    const bytes = this.#row.subarray(0, this.#fill)
    const hex = Array.from(bytes, (byte, i) => (i === ROW / 2 ? ` ${HEX[byte]}` : HEX[byte])).join(' ')
    const text = Array.from(bytes, byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
    const offset = this.#offset < 0 ? `-${hexOf(-this.#offset, 7)}` : hexOf(this.#offset, 8)
    this.#offset += this.#fill
    this.#fill = 0
    return `${this.#indent}${offset}  ${hex.padEnd(3 * ROW)}  ${text.join('')}\n`
  }
}

function hexOf(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
