import type { Text } from './follow-runs.ts'

const SIZE = 1 << 16

/** Puts small pieces of text and bytes together, to buffers that are worth a write of their own. */
export class TextGather {
  #buffer = Buffer.allocUnsafeSlow(SIZE)
  #fill = 0;

  /** Copies a piece; yields what has become full. */
  *add(text: Text): Generator<Buffer> {
    const length = typeof text === 'string' ? Buffer.byteLength(text) : text.length
    if (this.#fill + length > SIZE) yield* this.flush()
    if (length > SIZE) {
      yield Buffer.from(text as string)
      return
    }
    if (typeof text === 'string') this.#buffer.write(text, this.#fill)
    else this.#buffer.set(text, this.#fill)
    this.#fill += length
  }

  /** What there is. */
  *flush(): Generator<Buffer> {
    if (this.#fill === 0) return
    yield this.#buffer.subarray(0, this.#fill)
    // those who write it may still be at it
    this.#buffer = Buffer.allocUnsafeSlow(SIZE)
    this.#fill = 0
  }
}
