/** @import { Packet } from './talk.mjs' */

const L3 = 14
const L4 = L3 + 20
const SYN = 0x02
const WINDOW = 0xffff
const MAXIMUM_SEGMENT = 0x020405b4

/**
 * An Ethernet frame with IPv4 and TCP, its checksums right. It has at least 60 bytes, as on the wire: what the packet
 * does not fill is padding (RFC 894).
 * @param {Packet} packet
 * @returns {Buffer}
 */
export function frameOf({ from, to, ipId, flags, seq, ack, payload, padding }) {
  const options = flags & SYN ? 4 : 0
  const payloadAt = L4 + 20 + options
  const end = payloadAt + payload.length
  const frame = Buffer.alloc(Math.max(60, end))
  frame.write(to.mac.replaceAll(':', ''), 0, 'hex')
  frame.write(from.mac.replaceAll(':', ''), 6, 'hex')
  frame.writeUInt16BE(0x0800, 12)

  frame[L3] = 0x45
  frame.writeUInt16BE(end - L3, L3 + 2)
  frame.writeUInt16BE(ipId, L3 + 4)
  frame.writeUInt16BE(0x4000, L3 + 6)
  frame[L3 + 8] = 64
  frame[L3 + 9] = 6
  frame.set(from.ip.split('.').map(Number), L3 + 12)
  frame.set(to.ip.split('.').map(Number), L3 + 16)
  frame.writeUInt16BE(folded(words(frame, L3, L4)), L3 + 10)

  frame.writeUInt16BE(from.port, L4)
  frame.writeUInt16BE(to.port, L4 + 2)
  frame.writeUInt32BE(seq, L4 + 4)
  frame.writeUInt32BE(ack, L4 + 8)
  frame.writeUInt16BE(((options ? 6 : 5) << 12) | flags, L4 + 12)
  frame.writeUInt16BE(WINDOW, L4 + 14)
  if (options) frame.writeUInt32BE(MAXIMUM_SEGMENT, L4 + 20)
  frame.set(payload, payloadAt)
  // the pseudo header: addresses, protocol, length of the segment
  const sum = words(frame, L3 + 12, L4) + 6 + (end - L4) + words(frame, L4, end)
  frame.writeUInt16BE(folded(sum), L4 + 16)
  if (padding !== undefined) frame.write(padding, end, 60 - end, 'latin1')
  return frame
}

/** @param {Buffer} bytes @param {number} from @param {number} to @returns {number} sum of the 16-bit words */
function words(bytes, from, to) {
  let sum = 0
  for (let at = from; at < to - 1; at += 2) sum += (bytes[at] << 8) | bytes[at + 1]
  return (to - from) & 1 ? sum + (bytes[to - 1] << 8) : sum
}

/** The Internet checksum of a sum of words (RFC 1071). @param {number} sum below 2^32 */
function folded(sum) {
  const once = (sum >>> 16) + (sum & 0xffff)
  return ~((once >>> 16) + once) & 0xffff
}
