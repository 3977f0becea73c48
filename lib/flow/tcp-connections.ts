import {
  C_PREVIOUS,
  C_SIDES,
  C_STATE,
  CONVERSATION_WORDS,
  D_TCP_NEXT,
  D_TCP_START,
  DIRECTION_WORDS,
  STATE_FIN,
  STATE_ISN,
  STATE_RST,
  STATE_SEQ,
} from './flow-state.ts'
import { SEGMENT_BITS, SEGMENT_MASK, type Slots } from './slots.ts'

const FIN = 0x01
const SYN = 0x02
const RST = 0x04
const ACK = 0x10

/** How far a handshake that is seen late may lie before the first sequence number that was seen. */
const LATE_HANDSHAKE = 65_535

/**
 * Tells the connections apart that use the same addresses and ports one after the other. Each conversation is one
 * connection; the one before it stays within reach for late segments.
 */
export class TcpConnections {
  readonly #conversations: Slots
  readonly #directions: Slots

  constructor(conversations: Slots, directions: Slots) {
    this.#conversations = conversations
    this.#directions = directions
  }

  /** The connection that a segment belongs to: `id`, or the one before it, or 0 for one that begins with it. */
  choose(id: number, side: number, flags: number, seq: number, ack: number): number {
    const previous = this.#conversations.get(id, C_PREVIOUS)
    if ((flags & (SYN | RST)) === SYN) {
      if ((flags & ACK) === 0) {
        if (this.#fitsSyn(id, side, seq)) return id
        return previous !== 0 && this.#repeatsSyn(previous, side, seq) ? previous : 0
      }
      if (this.#fitsSynAck(id, side, seq, ack)) return id
      return previous !== 0 && this.#acknowledgesSyn(previous, 1 - side, ack) ? previous : 0
    }
    if (previous === 0) return id
    return this.#distance(previous, side, flags, seq, ack) < this.#distance(id, side, flags, seq, ack)
      ? previous
      : id
  }

  /** Notes what a segment, already counted to a direction of this connection, says of the sequence numbers. */
  track(id: number, side: number, flags: number, seq: number, length: number): void {
    const segment = this.#conversations.i32[id >>> SEGMENT_BITS]!
    const stateAt = (id & SEGMENT_MASK) * CONVERSATION_WORDS + C_STATE
    let state = segment[stateAt]!
    if ((flags & RST) !== 0) {
      // its sequence number need not lie in the stream (RFC 9293 section 3.5.2: 0 if there is no ACK to take it from)
      segment[stateAt] = state | STATE_RST
      return
    }
    const slot = segment[stateAt - C_STATE + C_SIDES + side]!
    const words = this.#directions.i32[slot >>> SEGMENT_BITS]!
    const at = (slot & SEGMENT_MASK) * DIRECTION_WORDS
    const shift = 3 * side
    const isSyn = (flags & SYN) !== 0
    const end = (seq + length + (isSyn ? 1 : 0) + (flags & FIN)) | 0
    const isFirst = (state & (STATE_SEQ << shift)) === 0
    // another ISN in the same connection: a second SYN,ACK; the stream is that of the latest
    const isNewIsn = isSyn && (state & (STATE_ISN << shift)) !== 0 && words[at + D_TCP_START] !== seq
    if (isFirst || isNewIsn || ((end - words[at + D_TCP_NEXT]!) | 0) > 0) words[at + D_TCP_NEXT] = end
    if (isFirst || isSyn) words[at + D_TCP_START] = seq
    else if ((state & (STATE_ISN << shift)) === 0 && ((seq - words[at + D_TCP_START]!) | 0) < 0) {
      words[at + D_TCP_START] = seq
    }
    state |= STATE_SEQ << shift
    if (isSyn) state |= STATE_ISN << shift
    if ((flags & FIN) !== 0) state |= STATE_FIN << shift
    segment[stateAt] = state
  }

  /** Whether both sides have closed the connection, or one has reset it. */
  isClosed(id: number): boolean {
    const both = STATE_FIN | (STATE_FIN << 3)
    const state = this.#conversations.get(id, C_STATE)
    return (state & STATE_RST) !== 0 || (state & both) === both
  }

  #fitsSyn(id: number, side: number, seq: number): boolean {
    if (this.#knows(id, side, STATE_SEQ)) return this.#startsAt(id, side, seq)
    // nothing seen from here: it can be the other half of a simultaneous open, or a SYN that comes behind its answer,
    // but no SYN comes behind data
    return this.#knows(id, 1 - side, STATE_ISN) || !this.#knows(id, 1 - side, STATE_SEQ)
  }

  #fitsSynAck(id: number, side: number, seq: number, ack: number): boolean {
    if (this.#knows(id, 1 - side, STATE_ISN)) return this.#acknowledgesSyn(id, 1 - side, ack)
    if (this.#knows(id, 1 - side, STATE_SEQ)) {
      return (this.#direction(id, 1 - side, D_TCP_START) - ack) >>> 0 <= LATE_HANDSHAKE
    }
    return !this.#knows(id, side, STATE_SEQ) || this.#startsAt(id, side, seq)
  }

  /** Whether a SYN with this sequence number can have opened what this direction carries. */
  #startsAt(id: number, side: number, seq: number): boolean {
    const start = this.#direction(id, side, D_TCP_START)
    if (this.#knows(id, side, STATE_ISN)) return start === seq
    return (start - seq - 1) >>> 0 <= LATE_HANDSHAKE
  }

  #repeatsSyn(id: number, side: number, seq: number): boolean {
    return this.#knows(id, side, STATE_ISN) && this.#direction(id, side, D_TCP_START) === seq
  }

  /** Whether `ack` acknowledges the SYN of this direction, perhaps with data that came in it or right behind it. */
  #acknowledgesSyn(id: number, side: number, ack: number): boolean {
    if (!this.#knows(id, side, STATE_ISN)) return false
    const first = this.#direction(id, side, D_TCP_START) + 1
    const sent = (this.#direction(id, side, D_TCP_NEXT) - first) >>> 0
    return (ack - first) >>> 0 <= Math.min(sent, LATE_HANDSHAKE)
  }

  /** How far a segment lies from what comes next in a connection (bytes). */
  #distance(id: number, side: number, flags: number, seq: number, ack: number): number {
    if (this.#knows(id, side, STATE_SEQ)) return Math.abs((seq - this.#direction(id, side, D_TCP_NEXT)) | 0)
    if ((flags & ACK) !== 0 && this.#knows(id, 1 - side, STATE_SEQ)) {
      return Math.abs((ack - this.#direction(id, 1 - side, D_TCP_NEXT)) | 0)
    }
    return Number.POSITIVE_INFINITY
  }

  #knows(id: number, side: number, what: number): boolean {
    return (this.#conversations.get(id, C_STATE) & (what << (3 * side))) !== 0
  }

  #direction(id: number, side: number, word: number): number {
    return this.#directions.get(this.#conversations.get(id, C_SIDES + side), word)
  }
}
