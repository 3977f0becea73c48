import { closeSync, openSync, writeSync } from 'node:fs'
import { TCP } from './conversation.mjs'

/** @import { Conversation } from './conversation.mjs' */
/** @import { PayloadSource } from './payload-source.mjs' */

const WRITE = 4 << 20
const LONGEST_RECORD = 16 + 80 + 4 + 65_536
const LEAST_FRAME = 60
const FIRST_SECOND = 1_700_000_000

export const FIN = 0x01
export const SYN = 0x02
export const RST = 0x04
export const PSH = 0x08
export const ACK = 0x10

/** Writes a classic pcap file: microseconds, little-endian, Ethernet. All checksums are right. */
export class CaptureWriter {
  packets = 0
  #fd
  #pad
  #payload
  #buffer = Buffer.alloc(WRITE + LONGEST_RECORD)
  #used = 24
  #written = 0
  #sec = FIRST_SECOND
  #usec = 0

  /**
   * @param {string} file
   * @param {PayloadSource} payload
   * @param {boolean} pad fill frames up to 60 bytes, as a network card does before it sends them
   */
  constructor(file, payload, pad) {
    this.#fd = openSync(file, 'w')
    this.#payload = payload
    this.#pad = pad
    this.#buffer.writeUInt32LE(0xa1b2c3d4, 0)
    this.#buffer.writeUInt16LE(2, 4)
    this.#buffer.writeUInt16LE(4, 6)
    this.#buffer.writeUInt32LE(262_144, 16)
    this.#buffer.writeUInt32LE(1, 20)
  }

  /** Length of the file so far, in bytes. */
  get bytes() {
    return this.#written + this.#used
  }

  /** Lets time pass before the next packet. @param {number} microseconds below 10^6 */
  advance(microseconds) {
    this.#usec += microseconds
    if (this.#usec >= 1_000_000) {
      this.#usec -= 1_000_000
      this.#sec++
    }
  }

  /**
   * Writes one packet of a conversation.
   * @param {Conversation} conversation
   * @param {number} dir CLIENT or SERVER: who sends it
   * @param {number} flags of TCP
   * @param {number} offset of its first byte in the stream; −1 for a SYN
   * @param {number} ack offset of the next byte expected from the other side
   * @param {number} length of its payload in bytes
   */
  packet(conversation, dir, flags, offset, ack, length) {
    const out = this.#buffer
    const { l3, l4, end, number, proto } = conversation
    const frame = this.#used + 16
    const header = /** @type {Buffer} */ (conversation.headers[dir])
    out.set(header, frame)
    // A SYN carries the option for the segment size, like those of any system.
    const options = flags & SYN ? 4 : 0
    if (options) out.writeUInt32BE(0x020405b4, frame + end)
    const payloadAt = frame + end + options
    let sum = Number(conversation.l4Sum[dir])
    if (length > 0) sum += this.#payload.write(out, payloadAt, number * 2 + dir, offset, length)
    const segment = end - l4 + options + length
    sum += segment
    if (proto === TCP) sum += tcp(out, frame + l4, conversation, dir, flags, offset, ack)
    else {
      word(out, frame + l4 + 4, segment)
      sum += segment
    }
    const check = folded(sum)
    // RFC 768: a UDP checksum of 0 means that there is none, so it is sent as its other form.
    word(out, frame + l4 + (proto === TCP ? 16 : 6), check === 0 && proto !== TCP ? 0xffff : check)
    network(out, frame + l3, conversation, dir, segment)
    let frameLength = end + options + length
    if (this.#pad && frameLength < LEAST_FRAME) {
      out.fill(0, frame + frameLength, frame + LEAST_FRAME)
      frameLength = LEAST_FRAME
    }
    this.#record(frame - 16, frameLength)
  }

  close() {
    this.#flush()
    closeSync(this.#fd)
  }

  /** @param {number} at @param {number} frameLength */
  #record(at, frameLength) {
    const out = this.#buffer
    out.writeUInt32LE(this.#sec, at)
    out.writeUInt32LE(this.#usec, at + 4)
    out.writeUInt32LE(frameLength, at + 8)
    out.writeUInt32LE(frameLength, at + 12)
    this.packets++
    this.#used = at + 16 + frameLength
    if (this.#used >= WRITE) this.#flush()
  }

  #flush() {
    for (let at = 0; at < this.#used; ) at += writeSync(this.#fd, this.#buffer, at, this.#used - at)
    this.#written += this.#used
    this.#used = 0
  }
}

/**
 * Fills in the TCP header behind the ports and gives the sum of what it wrote.
 * @param {Buffer} out @param {number} at @param {Conversation} conversation @param {number} dir
 * @param {number} flags @param {number} offset @param {number} ack
 * @returns {number}
 */
function tcp(out, at, conversation, dir, flags, offset, ack) {
  const seq = (Number(conversation.isn[dir]) + 1 + offset) >>> 0
  const acknowledged = flags & ACK ? (Number(conversation.isn[1 - dir]) + 1 + ack) >>> 0 : 0
  const lengthAndFlags = ((flags & SYN ? 6 : 5) << 12) | flags
  const window = 0xfaf0
  word(out, at + 4, seq >>> 16)
  word(out, at + 6, seq)
  word(out, at + 8, acknowledged >>> 16)
  word(out, at + 10, acknowledged)
  word(out, at + 12, lengthAndFlags)
  word(out, at + 14, window)
  const numbers = (seq >>> 16) + (seq & 0xffff) + (acknowledged >>> 16) + (acknowledged & 0xffff)
  return numbers + lengthAndFlags + window + (flags & SYN ? 0x0204 + 0x05b4 : 0)
}

/**
 * Fills in what changes from packet to packet in the IP header.
 * @param {Buffer} out @param {number} at @param {Conversation} conversation @param {number} dir
 * @param {number} segment length of what follows the header
 */
function network(out, at, conversation, dir, segment) {
  if (conversation.ipv6) {
    word(out, at + 4, segment)
    return
  }
  const id = (Number(conversation.ipId[dir]) + 1) & 0xffff
  conversation.ipId[dir] = id
  word(out, at + 2, 20 + segment)
  word(out, at + 4, id)
  word(out, at + 10, folded(Number(conversation.ipSum[dir]) + 20 + segment + id))
}

/** @param {Buffer} out @param {number} at @param {number} value */
function word(out, at, value) {
  out[at] = value >>> 8
  out[at + 1] = value
}

/** The Internet checksum of a sum of words (RFC 1071). @param {number} sum below 2^32 @returns {number} */
function folded(sum) {
  const once = (sum >>> 16) + (sum & 0xffff)
  return ~((once >>> 16) + once) & 0xffff
}
