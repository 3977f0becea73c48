import type { InterfaceInfo } from '../records.ts'
import { u16, u32 } from './bytes.ts'
import { type FrameParser, MAX_BLOCK } from './frame-parser.ts'
import type { FrameRows } from './frame-rows.ts'
import { InterfaceList } from './interface-list.ts'
import { PCAPNG_BYTE_ORDER, PCAPNG_SECTION } from './magic.ts'
import { readInterface, type SectionInterface } from './pcapng-interface.ts'

const INTERFACE_DESCRIPTION = 1
/** The obsolete Packet Block: 16 bits of interface and 16 of drops where the enhanced one has 32 of interface. */
const OBSOLETE_PACKET = 2
const SIMPLE_PACKET = 3
const ENHANCED_PACKET = 6

/** Type and total length in front of a block's body, the total length again behind it. */
const BLOCK_HEADER = 8
const BLOCK_TRAILER = 4
/** A section's header has to be there up to its byte order before its length can be read. */
const SECTION_START = 12
const MIN_SECTION = 28
const MIN_INTERFACE = 20
const MIN_SIMPLE = 16
const MIN_PACKET = 32

/**
 * pcapng: sections of either byte order, any number of interfaces, packets in enhanced, simple and obsolete blocks;
 * all other blocks are passed over without being held. Source: draft-ietf-opsawg-pcapng.
 */
export class PcapngParser implements FrameParser {
  readonly format = 'pcapng'
  need = SECTION_START
  ended = false
  otherBlocks = 0
  damaged = 0
  readonly #interfaces = new InterfaceList()
  #bigEndian = false
  /** Bytes of a passed-over block that are still to come, and the total length that its trailer has to say. */
  #skip = 0
  #trailer = 0
  /** Interfaces were found that no capture record has told of; the first packet tells of all. */
  #untold = true
  #oddTime = false

  get interfaces(): readonly InterfaceInfo[] {
    return this.#interfaces.all
  }

  parse(slab: Uint8Array, at: number, end: number, rows: FrameRows): number {
    while (!rows.full && !this.ended) {
      if (this.#trailer !== 0) {
        const step = Math.min(this.#skip, end - at)
        this.#skip -= step
        at += step
        this.need = BLOCK_TRAILER
        if (this.#skip > 0 || end - at < BLOCK_TRAILER) break
        const total = this.#trailer
        this.#trailer = 0
        if (u32(slab, at, this.#bigEndian) !== total) {
          this.#damage(rows, 'bad-block', LENGTHS_DIFFER)
          break
        }
        this.otherBlocks++
        at += BLOCK_TRAILER
      }
      this.need = SECTION_START
      if (end - at < SECTION_START) break
      const type = u32(slab, at, this.#bigEndian)
      if (type === PCAPNG_SECTION && !this.#readByteOrder(slab, at, rows)) break
      const total = u32(slab, at + 4, this.#bigEndian)
      if (total < BLOCK_HEADER + BLOCK_TRAILER) {
        this.#damage(rows, 'bad-block', `a block claims a length of ${total} bytes`)
        break
      }
      if (!isHeld(type)) {
        this.#skip = total - BLOCK_TRAILER
        this.#trailer = total
        continue
      }
      if (total > MAX_BLOCK) {
        this.#damage(rows, 'bad-block', `a block claims a length of ${total} bytes`)
        break
      }
      this.need = total
      if (end - at < total) break
      if (u32(slab, at + total - BLOCK_TRAILER, this.#bigEndian) !== total) {
        this.#damage(rows, 'bad-block', LENGTHS_DIFFER)
        break
      }
      this.#block(type, slab, at, total, rows)
      if (this.ended) break
      at += total
    }
    return at
  }

  finish(left: number, rows: FrameRows, quiet: boolean): void {
    if (!quiet && !this.ended && (left > 0 || this.#trailer !== 0)) {
      this.damaged++
      rows.note(rows.count, 'error', 'cut-block', 'the file ends within a block')
    }
    if (this.#untold) rows.announce(rows.count, NOTHING, 0)
    this.#untold = false
  }

  #readByteOrder(slab: Uint8Array, at: number, rows: FrameRows): boolean {
    if (u32(slab, at + 8, true) === PCAPNG_BYTE_ORDER) this.#bigEndian = true
    else if (u32(slab, at + 8, false) === PCAPNG_BYTE_ORDER) this.#bigEndian = false
    else this.#damage(rows, 'bad-section', 'a section has no byte order')
    return !this.ended
  }

  #block(type: number, slab: Uint8Array, at: number, total: number, rows: FrameRows): void {
    if (type === ENHANCED_PACKET || type === OBSOLETE_PACKET) this.#packet(type, slab, at, total, rows)
    else if (type === SIMPLE_PACKET) this.#simplePacket(slab, at, total, rows)
    else if (type === INTERFACE_DESCRIPTION) this.#interface(slab, at, total, rows)
    else this.#section(slab, at, total, rows)
  }

  #section(slab: Uint8Array, at: number, total: number, rows: FrameRows): void {
    const major = u16(slab, at + 12, this.#bigEndian)
    const minor = u16(slab, at + 14, this.#bigEndian)
    if (total < MIN_SECTION) this.#damage(rows, 'bad-section', 'a section header is too short')
    else if (major !== 1) {
      this.#damage(rows, 'bad-section', `a section is of unknown version ${major}.${minor}`)
    } else this.#interfaces.startSection()
  }

  #interface(slab: Uint8Array, at: number, total: number, rows: FrameRows): void {
    if (total < MIN_INTERFACE) {
      this.#damage(rows, 'bad-block', 'an interface description is too short')
      return
    }
    const found = readInterface(slab, at + BLOCK_HEADER, at + total - BLOCK_TRAILER, this.#bigEndian)
    const grew = this.#interfaces.add(found)
    if (grew === undefined) {
      rows.note(
        rows.count,
        'error',
        'too-many-interfaces',
        'there are more interfaces than can be told apart',
      )
      return
    }
    this.#untold ||= grew
    if (!found.clock.tooFine) return
    const number = this.#interfaces.section.length - 1
    rows.note(rows.count, 'warning', 'fine-clock', `the clock of interface ${number} is cut to nanoseconds`)
  }

  #packet(type: number, slab: Uint8Array, at: number, total: number, rows: FrameRows): void {
    const bigEndian = this.#bigEndian
    if (total < MIN_PACKET) {
      this.#skipPacket(rows, 'bad-packet', 'a packet block is too short; it is passed over')
      return
    }
    const number = type === ENHANCED_PACKET ? u32(slab, at + 8, bigEndian) : u16(slab, at + 8, bigEndian)
    const from = this.#interfaces.section[number]
    if (from === undefined) {
      this.#skipPacket(
        rows,
        'unknown-interface',
        `a packet comes from interface ${number}, which is not described`,
      )
      return
    }
    const captured = u32(slab, at + 20, bigEndian)
    if (captured > total - MIN_PACKET) {
      this.#skipPacket(rows, 'bad-packet', `a packet claims ${captured} bytes, more than its block holds`)
      return
    }
    const { clock } = from
    clock.read(u32(slab, at + 12, bigEndian), u32(slab, at + 16, bigEndian))
    if (clock.outside) this.#noteOddTime(rows)
    this.#row(slab, at, total, from, 28, captured, u32(slab, at + 24, bigEndian), clock.sec, clock.nsec, rows)
  }

  #simplePacket(slab: Uint8Array, at: number, total: number, rows: FrameRows): void {
    const from = this.#interfaces.section[0]
    if (from === undefined) {
      this.#skipPacket(rows, 'unknown-interface', 'a packet comes from interface 0, which is not described')
      return
    }
    if (total < MIN_SIMPLE) {
      this.#skipPacket(rows, 'bad-packet', 'a packet block is too short; it is passed over')
      return
    }
    const wire = u32(slab, at + 8, this.#bigEndian)
    const captured = Math.min(wire, total - MIN_SIMPLE, from.info.snaplen || wire)
    this.#row(slab, at, total, from, 12, captured, wire, 0, 0, rows)
  }

  /** Takes a row for the packet whose bytes begin `data` bytes into its block. */
  #row(
    slab: Uint8Array,
    at: number,
    total: number,
    from: SectionInterface,
    data: number,
    captured: number,
    wire: number,
    sec: number,
    nsec: number,
    rows: FrameRows,
  ): void {
    const { frames, count: row } = rows
    if (this.#untold) {
      this.#untold = false
      rows.announce(row, slab, at + total)
    }
    frames.sec[row] = sec
    frames.nsec[row] = nsec
    frames.off[row] = at + data
    frames.capLen[row] = captured
    frames.wireLen[row] = wire
    frames.linkType[row] = from.info.linkType
    frames.iface[row] = from.index
    frames.digits[row] = from.info.digits
    rows.count = row + 1
  }

  #noteOddTime(rows: FrameRows): void {
    if (this.#oddTime) return
    this.#oddTime = true
    rows.note(rows.count, 'warning', 'odd-time', 'a time lies before 1970 or too far ahead; it is told as 0')
  }

  /** The block's frame is sound, so the next one can be read. */
  #skipPacket(rows: FrameRows, code: string, message: string): void {
    this.damaged++
    rows.note(rows.count, 'error', code, message)
  }

  /** Where the next block begins is unknown, so nothing more can be read. */
  #damage(rows: FrameRows, code: string, what: string): void {
    this.damaged++
    this.ended = true
    rows.note(rows.count, 'error', code, `${what}; the rest of the file is not read`)
  }
}

const NOTHING = new Uint8Array(0)
const LENGTHS_DIFFER = 'the two lengths of a block differ'

/** Whether a block has to be in memory as a whole to be read. */
function isHeld(type: number): boolean {
  return (
    type === ENHANCED_PACKET ||
    type === SIMPLE_PACKET ||
    type === OBSOLETE_PACKET ||
    type === INTERFACE_DESCRIPTION ||
    type === PCAPNG_SECTION
  )
}
