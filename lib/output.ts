/** Size of the pieces that come out, but for single lines that are longer. */
const PIECE = 1 << 18
/** A piece with less in it is copied out, so that its memory can go on being used. */
const COPIED = 1 << 15

/**
 * Memory that lines are written to. It is handed out in pieces that end behind a line; a piece that was handed out is
 * not touched again, as nobody says when it has been written.
 */
export class Output {
  /** To be written to from `at` on, after `need()`; whoever writes moves `at`. */
  bytes = Buffer.allocUnsafeSlow(PIECE)
  at = 0
  #pieces: Buffer[] = []

  /** Makes room for a line, or for more of them, of `length` bytes together. */
  need(length: number): void {
    if (this.at + length <= this.bytes.length) return
    this.#cut()
    if (length > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(length)
  }

  /** All that was written. */
  take(): Buffer[] {
    this.#cut()
    const pieces = this.#pieces
    this.#pieces = []
    return pieces
  }

  #cut(): void {
    if (this.at === 0) return
    const written = this.bytes.subarray(0, this.at)
    if (this.at < COPIED) this.#pieces.push(Buffer.from(written))
    else {
      this.#pieces.push(written)
      this.bytes = Buffer.allocUnsafeSlow(PIECE)
    }
    this.at = 0
  }
}
