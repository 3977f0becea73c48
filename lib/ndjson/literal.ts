/**
 * A text that lines are compared with, as words of four bytes. Comparing word by word is more than twice as fast as
 * byte by byte, and that is most of the work of reading a line whose spelling is known.
 */
export class Literal {
  readonly length: number
  /** All bytes but what is left over behind the last whole word, and the last four bytes. */
  readonly words: Int32Array
  readonly last: number

  /** At least four bytes. */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.length = bytes.length
    this.words = new Int32Array(bytes.length >> 2)
    for (let i = 0; i < this.words.length; i++) this.words[i] = view.getInt32(4 * i)
    this.last = view.getInt32(bytes.length - 4)
  }

  /** Whether these bytes stand at `at`; there have to be as many. */
  standsAt(view: DataView, at: number): boolean {
    const { words } = this
    for (let i = 0; i < words.length; i++) {
      if (view.getInt32(at + 4 * i) !== words[i]) return false
    }
    return view.getInt32(at + this.length - 4) === this.last
  }
}

export function literal(text: string): Literal {
  return new Literal(Buffer.from(text))
}

/** Bytes that have to follow the last line of a slab, so that comparing may run past its end. */
export const SLACK = 64
