/** Stretches at least this long go out as they are; shorter ones are gathered. */
const LONG = 1 << 14
const BLOCK = 1 << 16

/** Puts selected stretches of bytes together: long ones are handed on without a copy, short ones are copied into blocks. */
export class Output {
  #ready: Uint8Array[] = []
  #block = Buffer.allocUnsafe(BLOCK)
  /** What of the block is filled, and what of that has gone out. */
  #used = 0
  #sent = 0
  /** A stretch that the next one may go on from. */
  #bytes: Uint8Array | undefined
  #from = 0
  #to = 0

  /** The bytes stay as they are until they are written. */
  add(bytes: Uint8Array, from: number, to: number): void {
    if (bytes === this.#bytes && from === this.#to) {
      this.#to = to
      return
    }
    this.#flush()
    this.#bytes = bytes
    this.#from = from
    this.#to = to
  }

  addText(text: string): void {
    const bytes = Buffer.from(text)
    this.add(bytes, 0, bytes.length)
  }

  /** All that has come in since the last call. */
  take(): Uint8Array[] {
    this.#flush()
    this.#send()
    const ready = this.#ready
    this.#ready = []
    return ready
  }

  #flush(): void {
    const bytes = this.#bytes
    if (bytes === undefined) return
    this.#bytes = undefined
    const length = this.#to - this.#from
    if (length >= LONG) {
      this.#send()
      this.#ready.push(bytes.subarray(this.#from, this.#to))
      return
    }
    if (this.#used + length > BLOCK) {
      this.#send()
      // what went out may still be waiting to be written
      this.#block = Buffer.allocUnsafe(BLOCK)
      this.#used = 0
      this.#sent = 0
    }
    this.#block.set(bytes.subarray(this.#from, this.#to), this.#used)
    this.#used += length
  }

  #send(): void {
    if (this.#used > this.#sent) this.#ready.push(this.#block.subarray(this.#sent, this.#used))
    this.#sent = this.#used
  }
}
