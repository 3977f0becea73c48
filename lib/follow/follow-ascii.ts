import type { PieceText } from './follow-format.ts'

const DOT = 0x2e
const CR = 0x0d
const LF = 0x0a

/** What each byte is shown as: printable ASCII, tab and line ends as they are, all else as a dot. */
const SHOWN = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === LF || byte === CR ? byte : DOT,
)

/**
 * Text with a dot for every byte that does not print, so that nothing in a capture can give orders to a terminal. On a
 * terminal that goes for a carriage return as well that is no part of a line end: it would let text hide what is before it.
 */
export class AsciiText implements PieceText {
  readonly isText = true
  readonly #toTerminal: boolean
  /** A carriage return ended the last piece, and what comes next says whether it counts. */
  #held = false

  constructor(toTerminal: boolean) {
    this.#toTerminal = toTerminal
  }

  begin(): void {}

  put(_piece: unknown, bytes: Uint8Array): Uint8Array {
    if (this.#toTerminal) return this.#forTerminal(bytes)
    const shown = Buffer.allocUnsafe(bytes.length)
    for (let at = 0; at < bytes.length; at++) shown[at] = SHOWN[bytes[at]!]!
    return shown
  }

  end(): string {
    const held = this.#held
    this.#held = false
    return held ? '.' : ''
  }

  #forTerminal(bytes: Uint8Array): Uint8Array {
    const shown = Buffer.allocUnsafe(bytes.length + 1)
    let to = 0
    for (const byte of bytes) {
      if (this.#held) shown[to++] = byte === LF ? CR : DOT
      this.#held = byte === CR
      if (!this.#held) shown[to++] = SHOWN[byte]!
    }
    return shown.subarray(0, to)
  }
}
