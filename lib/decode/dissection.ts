import { PacketColumns } from '../columns.ts'
import { chainDepth, chainText, OVERRUN, step, stepUnknown } from '../header-chains.ts'
import { HI_HEADER_OVERRUN, HI_STOPPED, LO_L2_FLOW } from '../status-bits.ts'

/** A chain of fewer headers than this cannot have outgrown its text (128 characters, longest words about 14). */
const SHORTEST_OVERRUN = 9
/** Layers that may hold another of their own kind; more of them than this in a packet stay unread. */
const MAX_NESTED = 32

const NO_BYTES = new Uint8Array(0)
const NO_COLUMNS = new PacketColumns(0)

/**
 * The packet under the knife. A layer is a function that reads one header at `at`, notes what it says, and hands over
 * to the layer inside it. One object serves all packets of a stage: layers move `at` forward and narrow `end` and
 * `wireEnd` as they learn lengths, and write what they find straight into the columns, which are zero before.
 *
 * Layers check every length against `end` before they read. `wireEnd` can lie far behind `end`, never before it
 * where a layer is entered.
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
  #nested = 0
  /** Whether TCP checksums are worked out, and timestamps read. */
  readonly checksums: boolean
  readonly timestamps: boolean

  constructor(checksums = false, timestamps = false) {
    this.checksums = checksums
    this.timestamps = timestamps
  }

  /** Turns to the rows of another batch. */
  open(bytes: Uint8Array, packets: PacketColumns): void {
    this.bytes = bytes
    this.packets = packets
  }

  /** Turns to a frame of `capLen` captured bytes at `off`. */
  start(row: number, off: number, capLen: number, wireLen: number): void {
    this.row = row
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
    this.#nested = 0
  }

  /** Writes what was gathered on the way. */
  finish(): void {
    const { row, packets, chain } = this
    const deep = chainDepth(chain) >= SHORTEST_OVERRUN
    if (chain === OVERRUN || (deep && chainText(chain).endsWith('...'))) this.statHi |= HI_HEADER_OVERRUN
    packets.statLo[row] = this.statLo
    packets.statHi[row] = this.statHi
    packets.chain[row] = chain
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
    packets.payOff[row] = Math.min(at, end)
    packets.payLen[row] = at < end ? end - at : 0
    packets.l7Len[row] = at < this.wireEnd ? this.wireEnd - at : 0
  }

  /** A frame without an IP packet that could be read: payload is all from `at`, padding included. */
  layerTwo(ethType: number, at: number): void {
    this.statLo |= LO_L2_FLOW
    this.packets.ethType[this.row] = ethType
    this.payload(at)
  }

  /** A frame whose headers end too early for the layer that `bits` name; nothing is left that could be payload. */
  cutFrame(ethType: number, bits: number): void {
    this.statLo |= LO_L2_FLOW
    this.statHi |= bits | HI_STOPPED
    this.packets.ethType[this.row] = ethType
  }
}
