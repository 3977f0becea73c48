import type { FrameColumns } from './columns.ts'

/** Block types of pcapng (draft-ietf-opsawg-pcapng), and the option that tells a clock's resolution. */
const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE = 1
const ENHANCED_PACKET = 6
const IF_TSRESOL = 9

const BYTE_ORDER_MAGIC = 0x1a2b3c4d
/** The same for all interfaces: libpcap reads no file in which they differ. */
const SNAPLEN = 262_144

/** Bytes of an enhanced packet block beside its frame. */
const PACKET_OVERHEAD = 32

const NOTHING = Buffer.alloc(0)
/** Least room that is taken at a time (bytes). */
const LEAST = 2048

/** What a frame is put down with. */
export interface FrameFacts {
  linkType: number
  sec: number
  nsec: number
  /** Digits of the time's fraction: 6 or 9. */
  digits: number
  capLen: number
  wireLen: number
}

/**
 * Writes frames as pcapng, little-endian, with an interface for each link type and resolution of time that comes up.
 * The bytes gather until `take()` hands them out.
 */
export class PcapngWriter {
  #out = NOTHING
  #length = 0
  #began = false
  /** Link type × 16 + digits of each interface; there are few. */
  readonly #interfaces: number[] = []

  /** Adds a frame, whose `capLen` bytes lie in the slab at `off`. */
  add(frame: FrameFacts, slab: Uint8Array, off: number): void {
    const iface = this.#interfaceOf(frame)
    const { capLen, wireLen, sec, nsec, digits } = frame
    const padded = (capLen + 3) & ~3
    const at = this.#block(ENHANCED_PACKET, PACKET_OVERHEAD + padded)
    const out = this.#out
    // units of the interface's clock since 1970, which a double does not hold exactly
    const units =
      digits === 9
        ? BigInt(sec) * 1_000_000_000n + BigInt(nsec)
        : BigInt(sec) * 1_000_000n + BigInt(Math.trunc(nsec / 1000))
    out.writeUInt32LE(iface, at)
    out.writeUInt32LE(Number((units >> 32n) & 0xffff_ffffn), at + 4)
    out.writeUInt32LE(Number(units & 0xffff_ffffn), at + 8)
    out.writeUInt32LE(capLen, at + 12)
    out.writeUInt32LE(wireLen, at + 16)
    out.set(slab.subarray(off, off + capLen), at + 20)
    out.fill(0, at + 20 + capLen, at + 20 + padded)
  }

  /** Adds the frame of a row. */
  addRow(frames: FrameColumns, row: number, slab: Uint8Array): void {
    const frame = {
      linkType: frames.linkType[row]!,
      sec: frames.sec[row]!,
      nsec: frames.nsec[row]!,
      digits: frames.digits[row]!,
      capLen: frames.capLen[row]!,
      wireLen: frames.wireLen[row]!,
    }
    this.add(frame, slab, frames.off[row]!)
  }

  /** Bytes that wait to be taken. */
  get length(): number {
    return this.#length
  }

  /** What was added since the last time. A file of nothing is a file as well. */
  take(): Buffer {
    this.#begin()
    const bytes = this.#out.subarray(0, this.#length)
    // there can be a writer for every live conversation, and between two batches none of them needs memory
    this.#out = NOTHING
    this.#length = 0
    return bytes
  }

  #begin(): void {
    if (this.#began) return
    this.#began = true
    const at = this.#block(SECTION_HEADER, 28)
    this.#out.writeUInt32LE(BYTE_ORDER_MAGIC, at)
    this.#out.writeUInt16LE(1, at + 4)
    this.#out.writeUInt16LE(0, at + 6)
    // the section's length is not known
    this.#out.writeBigInt64LE(-1n, at + 8)
  }

  #interfaceOf({ linkType, digits }: FrameFacts): number {
    this.#begin()
    const key = linkType * 16 + digits
    const known = this.#interfaces.indexOf(key)
    if (known >= 0) return known
    const at = this.#block(INTERFACE, 32)
    const out = this.#out
    out.writeUInt16LE(linkType, at)
    out.writeUInt16LE(0, at + 2)
    out.writeUInt32LE(SNAPLEN, at + 4)
    out.writeUInt16LE(IF_TSRESOL, at + 8)
    out.writeUInt16LE(1, at + 10)
    out.writeUInt32LE(digits, at + 12)
    out.writeUInt32LE(0, at + 16)
    return this.#interfaces.push(key) - 1
  }

  /** Makes room for a block and writes what every block has; returns where its body begins. */
  #block(type: number, length: number): number {
    const at = this.#length
    if (at + length > this.#out.length) {
      const more = Buffer.allocUnsafe(Math.max(at + length, LEAST, this.#out.length * 2))
      this.#out.copy(more, 0, 0, at)
      this.#out = more
    }
    this.#length = at + length
    this.#out.writeUInt32LE(type, at)
    this.#out.writeUInt32LE(length, at + 4)
    this.#out.writeUInt32LE(length, at + length - 4)
    return at + 8
  }
}
