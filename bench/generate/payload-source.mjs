import { Random } from './random.mjs'

const PERIOD = 1 << 20
const LONGEST = 65_536
const STAMP = 8

/**
 * The bytes of every stream, worked out from its number, direction and offset, so that a retransmission needs no
 * memory of what was sent. They come out of one random pool; each segment of 8 bytes or more starts with a stamp
 * (stream, offset), without which two segments a multiple of the pool apart could be swapped unseen.
 */
export class PayloadSource {
  #pool = Buffer.alloc(PERIOD + LONGEST)
  /** Running sums of 16-bit words, one chain for even and one for odd starts: a checksum is then two look-ups. */
  #sums = new Uint32Array(PERIOD + LONGEST + 1)

  /** @param {number} seed */
  constructor(seed) {
    const random = new Random(seed)
    const pool = this.#pool
    for (let at = 0; at < pool.length; at += 4) pool.writeUInt32LE(random.u32(), at)
    const sums = this.#sums
    for (let i = 2; i < sums.length; i++) {
      sums[i] = Number(sums[i - 2]) + ((Number(pool[i - 2]) << 8) | Number(pool[i - 1]))
    }
  }

  /**
   * Writes a segment's payload.
   * @param {Buffer} target
   * @param {number} at position in `target`
   * @param {number} stream number of the flow's direction
   * @param {number} offset of the first byte in its stream
   * @param {number} length up to 65 536 bytes
   * @returns {number} sum of its 16-bit words, for the checksum (RFC 1071)
   */
  write(target, at, stream, offset, length) {
    let from = (Math.imul(stream, 0x9e3779b1) + offset) & (PERIOD - 1)
    let rest = length
    let sum = 0
    if (length >= STAMP) {
      target.writeUInt32BE(stream >>> 0, at)
      target.writeUInt32BE(offset >>> 0, at + 4)
      sum = (stream >>> 16) + (stream & 0xffff) + (offset >>> 16) + (offset & 0xffff)
      from += STAMP
      rest -= STAMP
    }
    const pool = this.#pool
    const end = from + rest
    pool.copy(target, at + length - rest, from, end)
    const even = from + (rest & ~1)
    sum += (Number(this.#sums[even]) - Number(this.#sums[from])) >>> 0
    return rest & 1 ? sum + (Number(pool[end - 1]) << 8) : sum
  }
}
