import type { Base, Place } from './tests.ts'

/** The frame at hand. Positions outside of what was captured give −1. */
export class FrameAt {
  bytes: Uint8Array = new Uint8Array(0)
  /** Of the frame's first byte, and of the one behind its last captured one, in `bytes`. */
  start = 0
  end = 0
  wireLen = 0
  /** Of the link header's first byte and the payload's, for link types where these vary. */
  link = 0
  payload = 0

  baseOf(base: Base): number {
    if (base === 'frame') return this.start
    return base === 'link' ? this.link : this.payload
  }

  load(at: number, size: number): number {
    if (at < this.start || at + size > this.end) return -1
    const { bytes } = this
    if (size === 1) return bytes[at]!
    const high = (bytes[at]! << 8) | bytes[at + 1]!
    return size === 2 ? high : ((high << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  }

  /** Length of the IPv4 header at a place. */
  headerLength(place: Place): number {
    const first = this.load(this.baseOf(place.base) + place.offset, 1)
    return first < 0 ? -1 : 4 * (first & 0x0f)
  }
}
