import { ACK, FIN, PSH, RST, SYN } from './capture-writer.mjs'
import { CLIENT, SERVER } from './conversation.mjs'

/** @import { CaptureWriter } from './capture-writer.mjs' */
/** @import { Conversation } from './conversation.mjs' */
/** @import { Digests } from './digests.mjs' */
/** @import { Random } from './random.mjs' */

const STRIDE = 5
const FLAGS = 1
const LENGTH = 4
const RECORD_AND_HEADERS = 72

/** The packets of one conversation, planned as a whole and then sent one by one. */
export class Script {
  #conversation
  #digests
  /** Direction, flags, offset, acknowledged offset and length of each packet. @type {number[]} */
  #packets = []
  #sent = [0, 0]
  #at = 0
  #payload = 0

  /**
   * @param {Conversation} conversation
   * @param {Digests | undefined} digests
   */
  constructor(conversation, digests) {
    this.#conversation = conversation
    this.#digests = digests
  }

  /** What the planned packets will take in a capture, in bytes; about, as headers differ. */
  get bytes() {
    return this.#payload + (this.#packets.length / STRIDE) * RECORD_AND_HEADERS
  }

  handshake() {
    this.syn()
    this.synAck()
    this.ack(CLIENT)
  }

  syn() {
    this.#packets.push(CLIENT, SYN, -1, 0, 0)
  }

  synAck() {
    this.#packets.push(SERVER, SYN | ACK, -1, 0, 0)
  }

  /** @param {number} dir */
  ack(dir) {
    this.#plan(dir, ACK, 0)
  }

  /** @param {number} dir */
  fin(dir) {
    this.#plan(dir, FIN | ACK, 0)
    this.#sent[dir] = Number(this.#sent[dir]) + 1
  }

  /** @param {number} dir */
  rst(dir) {
    this.#plan(dir, RST | ACK, 0)
  }

  /** One segment or datagram with payload. @param {number} dir @param {number} length at least 1 */
  data(dir, length) {
    this.#digests?.add(this.#conversation, dir, Number(this.#sent[dir]), length)
    this.#plan(dir, PSH | ACK, length)
    this.#sent[dir] = Number(this.#sent[dir]) + length
  }

  /**
   * A message cut into segments, acknowledged as it goes.
   * @param {number} dir
   * @param {number} length
   * @param {number} segmentSize
   * @param {number} every segments an acknowledgement
   */
  message(dir, length, segmentSize, every) {
    let segments = 0
    for (let rest = length; rest > 0; rest -= segmentSize) {
      this.data(dir, Math.min(rest, segmentSize))
      if (++segments % every === 0 || rest <= segmentSize) this.ack(1 - dir)
    }
  }

  /**
   * Swaps some neighbouring segments and sends some a second time a few packets later; nothing moves past the first
   * FIN or RST, where extractors rightly differ on what still belongs to the stream.
   * @param {Random} random
   * @param {number} reordered share of segments
   * @param {number} repeated share of segments
   */
  disturb(random, reordered, repeated) {
    const from = this.#packets
    /** @type {number[][]} */
    const packets = []
    for (let at = 0; at < from.length; at += STRIDE) packets.push(from.slice(at, at + STRIDE))
    const closing = packets.findIndex(packet => Number(packet[FLAGS]) & (FIN | RST))
    const end = closing < 0 ? packets.length : closing
    for (let i = 0; i + 1 < end; i++) {
      const [packet, next] = [/** @type {number[]} */ (packets[i]), /** @type {number[]} */ (packets[i + 1])]
      if (!packet[LENGTH] || !next[LENGTH] || packet[0] !== next[0] || !random.chance(reordered)) continue
      packets[i] = next
      packets[++i] = packet
    }
    for (let i = end - 1; i >= 0; i--) {
      const packet = /** @type {number[]} */ (packets[i])
      if (!packet[LENGTH] || !random.chance(repeated)) continue
      packets.splice(Math.min(end, i + random.between(1, 6)), 0, packet)
    }
    this.#packets = packets.flat()
  }

  /** All packets are planned. @returns {this} */
  planned() {
    this.#digests?.end(this.#conversation)
    return this
  }

  /** Sends the next packet. @param {CaptureWriter} writer @returns {boolean} whether there are more */
  send(writer) {
    const packets = this.#packets
    const at = this.#at
    const [dir, flags, offset] = [Number(packets[at]), Number(packets[at + 1]), Number(packets[at + 2])]
    writer.packet(
      this.#conversation,
      dir,
      flags,
      offset,
      Number(packets[at + 3]),
      Number(packets[at + LENGTH]),
    )
    this.#at = at + STRIDE
    return this.#at < packets.length
  }

  /** @param {number} dir @param {number} flags @param {number} length */
  #plan(dir, flags, length) {
    this.#payload += length
    this.#packets.push(dir, flags, Number(this.#sent[dir]), Number(this.#sent[1 - dir]), length)
  }
}
