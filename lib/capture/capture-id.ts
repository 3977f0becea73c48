import { createHash } from 'node:crypto'

/** Most bytes that go into a capture's id. */
const MAX_HASHED = 64 * 1024
const ID_DIGITS = 12

/**
 * Works out the id by which records name their capture: the first 12 hexadecimal digits of the SHA-256 of its
 * uncompressed bytes up to the end of the first packet's record (without a packet all that was read), at most 64 KiB.
 * So a file and a pipe agree, and a live pipe need not bring more than its first packet.
 */
export class CaptureId {
  readonly #hash = createHash('sha256')
  #left = MAX_HASHED

  /** Takes the capture's next bytes, `slab[from, to)`. */
  feed(slab: Uint8Array, from: number, to: number): void {
    const length = Math.min(to - from, this.#left)
    if (length <= 0) return
    this.#hash.update(slab.subarray(from, from + length))
    this.#left -= length
  }

  /** The id; nothing can be fed afterwards. */
  settle(): string {
    return this.#hash.digest('hex').slice(0, ID_DIGITS)
  }
}
