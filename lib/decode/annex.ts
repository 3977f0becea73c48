/** Least room that is set aside (bytes). */
const MIN_ROOM = 1 << 16

/** Bytes of a batch that lie in none of its frames, such as datagrams put together from fragments. */
export class Annex {
  bytes: Buffer = Buffer.alloc(0)
  /** How many bytes are in use. */
  length = 0

  /** Room for `length` bytes, to be filled by the caller; returns where it begins. Changes `bytes` where it grows. */
  reserve(length: number): number {
    const at = this.length
    this.length += length
    if (this.length > this.bytes.length) {
      const wider = Buffer.allocUnsafeSlow(Math.max(MIN_ROOM, this.length, 2 * this.bytes.length))
      this.bytes.copy(wider, 0, 0, at)
      this.bytes = wider
    }
    return at
  }

  clear(): void {
    this.length = 0
  }
}
