import { copyColumns, FrameColumns } from '../columns.ts'
import { chainDepth, chainText, OVERRUN, step, stepUnknown } from '../header-chains.ts'
import { PacketColumns } from '../packet-columns.ts'
import type { CaptureRecord } from '../records.ts'
import { HI_HEADER_OVERRUN, HI_STOPPED, LO_L2_FLOW, LO_NO_ETH, LO_WITHOUT_IP } from '../status-bits.ts'
import { Annex } from './annex.ts'
import { ALL_ENCAPSULATIONS } from './encapsulations.ts'
import { enclose } from './enclosure.ts'
import { FragmentTable } from './fragments.ts'
import type { HeaderFacts } from './header-facts.ts'

/** A chain of fewer headers than this cannot have outgrown its text (128 characters, longest words about 14). */
const SHORTEST_OVERRUN = 9
/** Layers that may hold another of their own kind; more of them than this in a packet stay unread. */
const MAX_NESTED = 32

/** Bits that speak of the frame, where it is not of IP or not of Ethernet. */
const OF_FRAMES = LO_NO_ETH | LO_WITHOUT_IP

/** Where the datagram of a UDP tunnel is, as long as no network header inside it was read. */
const NO_DATAGRAM = 0
const IN_ROW = 1
const IN_ROW_BEFORE = 2

const NO_BYTES = new Uint8Array(0)
const NO_FRAMES = new FrameColumns(0)
const NO_COLUMNS = new PacketColumns(0)

/** How packets are taken apart. */
export interface DissectionOptions {
  /** Encapsulations that are opened, as bits of encapsulations.ts. */
  opened: number
  /** Whether the outer packets of UDP tunnels are rows of their own. */
  outer: boolean
  /** Whether TCP checksums are worked out, and timestamps read. */
  checksums: boolean
  timestamps: boolean
  /** Datagrams that came in fragments, of which some are missing; and what headers say beyond the columns, if asked for. */
  fragments: FragmentTable
  headers: HeaderFacts | undefined
}

/**
 * The packet under the knife. A layer is a function that reads one header at `at`, notes what it says, and hands over
 * to the layer inside it. One object serves all packets of a stage: layers move `at` forward and narrow `end` and
 * `wireEnd` as they learn lengths, and write what they find straight into the columns, which are zero before.
 *
 * Layers check every length against `end` before they read. `wireEnd` can lie far behind `end`, never before it
 * where a layer is entered.
 *
 * A frame gives one row, unless it holds several packets or a tunnel's outer packet is wanted too: then `split()` ends
 * a row and begins the next. Bytes that lie in no frame, such as a datagram put together from fragments, are read in
 * the annex, see `turnTo()`.
 */
export class Dissection {
  bytes: Uint8Array = NO_BYTES
  packets: PacketColumns = NO_COLUMNS
  row = 0
  /** Position in `bytes` of the header to be read. */
  at = 0
  /** Where the captured bytes of the current layer end. */
  end = 0
  /** Where the current layer ended on the wire. */
  wireEnd = 0
  /** Header chain so far, and the packet's status bits. */
  chain = 0
  statLo = 0
  statHi = 0
  /** The IP packet is a first fragment, whose transport payload is only a part. */
  fragment = false
  /** No IP length says where the packet ends: offload left it 0, or it is a jumbogram. */
  lengthFree = false
  /** An LLC header was in the frame. */
  llc = false
  /** Bytes behind the end that an inner length gave to the frame. */
  padding = 0
  readonly opened: number
  readonly outer: boolean
  readonly checksums: boolean
  readonly timestamps: boolean
  readonly fragments: FragmentTable
  readonly headers: HeaderFacts | undefined
  readonly annex = new Annex()
  /**
   * Stands for the addresses of all packets around this one, so that fragments in one tunnel do not meet those in
   * another. A layer that splits a frame into neighbours sets it back for each.
   */
  enclosure = 0
  /** The frames of the batch, the number of the one at hand, and the capture they are of. */
  frames = NO_FRAMES
  frame = 0
  capture: CaptureRecord | undefined
  /** For each row beyond one a frame, the frame's own row, ascending. */
  inserted: number[] = []
  /** What a position in `bytes` has to be raised by to be one in the slab. */
  #base = 0
  #slab: Uint8Array = NO_BYTES
  #slabEnd = 0
  #nested = 0
  #datagram = NO_DATAGRAM
  /** Status and link facts of the datagram, which a frame in it changes. */
  #statBefore = 0
  readonly #link = new PacketColumns(1)

  constructor(how: Partial<DissectionOptions> = {}) {
    this.opened = how.opened ?? ALL_ENCAPSULATIONS
    this.outer = how.outer ?? false
    this.checksums = how.checksums ?? false
    this.timestamps = how.timestamps ?? false
    this.fragments = how.fragments ?? new FragmentTable()
    this.headers = how.headers
  }

  /** Turns to the rows of another batch; `slabEnd` lies behind the last frame. */
  open(slab: Uint8Array, packets: PacketColumns, slabEnd: number): void {
    this.#slab = slab
    this.#slabEnd = slabEnd
    this.packets = packets
    this.inserted = []
    this.annex.clear()
  }

  /** Turns to the frame of this number, `capLen` captured bytes at `off`. */
  start(frame: number, off: number, capLen: number, wireLen: number): void {
    this.frame = frame
    this.#beginRow(frame + this.inserted.length)
    this.bytes = this.#slab
    this.#base = 0
    this.at = off
    this.end = off + capLen
    this.wireEnd = off + Math.max(wireLen, capLen)
    this.chain = 0
    this.statLo = 0
    this.statHi = 0
    this.fragment = false
    this.lengthFree = false
    this.llc = false
    this.padding = 0
    this.enclosure = 0
    this.#nested = 0
    this.#datagram = NO_DATAGRAM
    this.headers?.begin()
  }

  /** Goes on at `at` of the annex, in a stretch that ends at `end`. */
  turnTo(at: number, end: number): void {
    this.fragment = false
    this.lengthFree = false
    this.bytes = this.annex.bytes
    this.#base = this.#slabEnd
    this.at = at
    this.end = end
    this.wireEnd = end
  }

  /** Whether an encapsulation, a bit of encapsulations.ts, is to be opened. One that is in fragments has to be whole. */
  opens(encapsulation: number): boolean {
    return !this.fragment && (this.opened & encapsulation) !== 0
  }

  /**
   * Ends the row as a packet of its own, and begins another with the same link for what comes next. The caller sets
   * `at` and the ends; the chain and the status bits go on.
   */
  split(): void {
    this.finish()
    this.enclosure = enclose(this.enclosure, this.packets, this.row)
    this.inserted.push(this.frame)
    this.#beginRow(this.row + 1)
    this.packets.copyLink(this.row - 1, this.row)
  }

  /**
   * To be asked by a tunnel in UDP whose header is right and ends at `at`; `name` (−1: none) and `bits` are for chain and
   * status, `id` is the tunnel's number, 0 without one. The datagram becomes a row of its own where that is wanted; where
   * nothing inside it can be read it stays as it is, with all of its payload. False: too deep.
   */
  enterTunnel(name: number, bits: number, at: number, id = 0): boolean {
    if (!this.nest()) return false
    this.headers?.enterTunnel(this.packets, this.row)
    if (this.outer) this.split()
    else this.#link.copyLink(this.row, 0, this.packets)
    this.#datagram = this.outer ? IN_ROW_BEFORE : IN_ROW
    this.#statBefore = this.statLo
    if (name >= 0) this.step(name)
    if (id !== 0) this.packets.tunnelId[this.row] = id
    this.statLo |= bits
    this.at = at
    return true
  }

  #beginRow(row: number): void {
    const { packets } = this
    this.row = row
    if (row >= packets.capacity) this.packets = copyColumns(packets, Math.max(64, 2 * packets.capacity))
  }

  /** Writes what was gathered on the way. */
  finish(): void {
    if (this.#datagram !== NO_DATAGRAM) this.#keepDatagram(0)
    const { row, packets, chain } = this
    const deep = chainDepth(chain) >= SHORTEST_OVERRUN
    if (chain === OVERRUN || (deep && chainText(chain).endsWith('...'))) this.statHi |= HI_HEADER_OVERRUN
    packets.statLo[row] = this.statLo
    packets.statHi[row] = this.statHi
    packets.chain[row] = chain
    this.headers?.finish(packets, row)
  }

  /** Adds a header's word to the chain. */
  step(word: number): void {
    this.chain = step(this.chain, word)
  }

  /** Adds `UNK(number)` to the chain; what lies inside stays unread. */
  stepUnknown(number: number, hexadecimal: boolean): void {
    this.chain = stepUnknown(this.chain, number, hexadecimal)
    this.statHi |= HI_STOPPED
  }

  /** To be asked by layers that can hold themselves, before they go on; false: too deep, the rest stays unread. */
  nest(): boolean {
    if (this.#nested++ < MAX_NESTED) return true
    this.statHi |= HI_HEADER_OVERRUN | HI_STOPPED
    return false
  }

  /** Everything from `at` to the layer's end is payload. A part of a datagram counts as none: it waits for the rest. */
  payload(at: number): void {
    if (this.fragment) return
    const { row, packets, end } = this
    packets.payOff[row] = Math.min(at, end) + this.#base
    packets.payLen[row] = at < end ? end - at : 0
    packets.l7Len[row] = at < this.wireEnd ? this.wireEnd - at : 0
  }

  /** To be asked by what reads a network header: whether it stands in another's payload, whose ports it puts out. */
  enterNetwork(): void {
    this.#datagram = NO_DATAGRAM
    if (this.packets.family[this.row] === 0) return
    this.enclosure = enclose(this.enclosure, this.packets, this.row)
    this.packets.clearNetwork(this.row)
  }

  /** The current layer ends at `end`, as its own length says; what was behind is padding. */
  narrow(end: number): void {
    if (end >= this.wireEnd) return
    this.padding += this.wireEnd - end
    this.wireEnd = end
    if (end < this.end) this.end = end
  }

  /**
   * A frame without an IP packet that could be read: payload is all from `at`, padding included. If the frame came in
   * an IP packet, that packet remains.
   */
  layerTwo(ethType: number, at: number): void {
    if (this.keepOuter(0)) return
    this.statLo |= LO_L2_FLOW
    this.packets.ethType[this.row] = ethType
    this.payload(at)
  }

  /** A frame whose headers end too early for the layer that `bits` name; nothing is left that could be payload. */
  cutFrame(ethType: number, bits: number): void {
    if (this.keepOuter(bits)) return
    this.statHi |= bits | HI_STOPPED
    this.statLo |= LO_L2_FLOW
    this.packets.ethType[this.row] = ethType
  }

  /**
   * What an IP packet carries is not what it claims, too short for it, or no IP: the packet itself remains, and what it
   * carries is its payload, from where the carrying layer noted it, else from `at`. False where no IP packet is around.
   */
  keepOuter(bits: number): boolean {
    if (this.#keepDatagram(bits)) return true
    const { row, packets } = this
    if (packets.family[row] === 0) return false
    this.statHi |= bits | HI_STOPPED
    // the flow is the packet's, and these are of frames without IP
    this.statLo &= ~LO_WITHOUT_IP
    if (packets.payOff[row] === 0) this.payload(this.at)
    return true
  }

  /** What a UDP tunnel holds is no IP packet: back to the datagram, whose payload was noted. False: there is none. */
  #keepDatagram(bits: number): boolean {
    if (this.#datagram === NO_DATAGRAM) return false
    if (this.#datagram === IN_ROW_BEFORE) {
      this.packets.clearLink(this.row--)
      this.inserted.pop()
    } else this.packets.copyLink(0, this.row, this.#link)
    this.#datagram = NO_DATAGRAM
    this.headers?.leaveTunnel()
    this.statHi |= bits | HI_STOPPED
    this.statLo = this.#statBefore | (this.statLo & ~OF_FRAMES)
    return true
  }
}
