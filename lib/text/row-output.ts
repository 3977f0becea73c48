/** Memory that rows are put into; `lib/output.ts` has one whose pieces may be kept. */
export interface RowOutput {
  /** To be written to from `at` on, after `need()`; whoever writes moves `at`. */
  bytes: Buffer
  at: number
  /** Makes room for so many bytes. */
  need(length: number): void
}

/** What is written at once where there is much, and the first memory (bytes). */
const SIZE = 1 << 18
const FIRST = 1 << 14

/** Hands rows on as often as the memory is full, which is then used again: for those who are done with it at once. */
export class FlushedOutput implements RowOutput {
  bytes: Buffer = Buffer.alloc(0)
  at = 0
  readonly #write: (bytes: Uint8Array) => void

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write
  }

  need(length: number): void {
    if (this.at + length <= this.bytes.length) return
    this.flush()
    const { length: had } = this.bytes
    // short results make do with little, long ones come to the full size in two steps
    if (had < SIZE || length > had)
      this.bytes = Buffer.allocUnsafeSlow(Math.max(length, Math.min(SIZE, 4 * had), FIRST))
  }

  /** Hands on what there is. */
  flush(): void {
    if (this.at === 0) return
    this.#write(this.bytes.subarray(0, this.at))
    this.at = 0
    // room for one long row is not kept
    if (this.bytes.length > SIZE) this.bytes = Buffer.allocUnsafeSlow(SIZE)
  }
}
