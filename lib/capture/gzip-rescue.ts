import { constants, gunzipSync } from 'node:zlib'

/** Compressed bytes that are remembered, and inflated bytes that a rescue may give. */
const MAX_KEPT = 64 * 1024
const MAX_INFLATED = 8 * 1024 * 1024

/**
 * Gets what zlib withholds: when it meets damage, it gives an error instead of what it had inflated since its last
 * answer, which for a small file is all of it. The beginning of the input is remembered for that, and as much of it
 * inflated again as is sound.
 */
export class GzipRescue {
  #kept: Buffer[] = []
  #length = 0

  /** Remembers the next compressed bytes; beyond a bound nothing is remembered any more. */
  keep(bytes: Buffer): void {
    this.#length += bytes.length
    if (this.#length > MAX_KEPT) this.#kept = []
    else this.#kept.push(Buffer.from(bytes))
  }

  /** What the longest sound prefix of the input inflates to, from the byte `given` on; nothing if that is unknown. */
  beyond(given: number): Buffer {
    if (this.#length > MAX_KEPT) return Buffer.alloc(0)
    const input = Buffer.concat(this.#kept)
    let sound: Buffer = Buffer.alloc(0)
    let low = 0
    let high = input.length
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      const inflated = inflate(input.subarray(0, middle))
      if (inflated === undefined) high = middle - 1
      else {
        sound = inflated
        low = middle
      }
    }
    return sound.subarray(Math.min(given, sound.length))
  }
}

/** What the beginning of gzip data inflates to; undefined if it is damaged, or too much. */
export function inflate(head: Uint8Array): Buffer | undefined {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_INFLATED })
  } catch {
    return undefined
  }
}
