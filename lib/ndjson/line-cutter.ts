const LINE_FEED = 0x0a
const END = Uint8Array.of(LINE_FEED)

/** Longest line that is taken by default, and that can be asked for (bytes). */
export const MAX_LINE = 1 << 28

/** A text of whole lines, in the pieces in which it came; undefined: a line that was too long to be kept. */
export type Lines = readonly Uint8Array[] | undefined

/** Cuts a stream of bytes behind line ends, into texts of about `size` bytes. A line that is not complete is kept back. */
export class LineCutter {
  readonly #size: number
  readonly #maxLine: number
  #kept: Uint8Array[] = []
  #keptBytes = 0
  /** Inside a line that was too long. */
  #skipping = false

  constructor(size: number, maxLine: number) {
    this.#size = size
    this.#maxLine = maxLine
  }

  *feed(piece: Uint8Array): Iterable<Lines> {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length)
    let from = 0
    while (from < bytes.length) {
      if (this.#skipping) {
        const end = bytes.indexOf(LINE_FEED, from)
        if (end < 0) return
        this.#skipping = false
        from = end + 1
        continue
      }
      const to = this.#cutBehind(bytes, from)
      this.#keep(bytes.subarray(from, to === 0 ? bytes.length : to))
      if (to > 0) yield this.#take()
      else if (this.#keptBytes > this.#maxLine + 1) {
        // even if its last byte is the first one of its line end
        this.#take()
        this.#skipping = true
        yield undefined
      }
      from = to === 0 ? bytes.length : to
    }
  }

  /** The last line, which gets a line end if it has none. */
  *end(): Iterable<Lines> {
    if (this.#keptBytes === 0) return
    this.#keep(END)
    yield this.#take()
  }

  /** Position behind the last line end that fits into a text, or else behind the next one; 0: there is none. */
  #cutBehind(bytes: Buffer, from: number): number {
    const limit = from + Math.max(1, this.#size - this.#keptBytes)
    const last = bytes.lastIndexOf(LINE_FEED, Math.min(limit, bytes.length) - 1) + 1
    if (last > from) return last
    return limit < bytes.length ? bytes.indexOf(LINE_FEED, limit) + 1 : 0
  }

  #keep(bytes: Uint8Array): void {
    this.#kept.push(bytes)
    this.#keptBytes += bytes.length
  }

  #take(): Uint8Array[] {
    const kept = this.#kept
    this.#kept = []
    this.#keptBytes = 0
    return kept
  }
}
