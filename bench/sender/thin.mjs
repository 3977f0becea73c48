import { Random } from '../generate/random.mjs'
import { records } from './walk.mjs'

const GLOBAL = 24
/** No Ethernet, IP and TCP header with options is longer, so what is cut is payload. */
const HEADERS = 14 + 40 + 60
const TCP = 6
const UDP = 17

const mayCut = frame => {
  if (frame.length <= HEADERS) return false
  if (frame.readUInt16BE(12) === 0x86dd) return frame[20] === TCP || frame[20] === UDP
  return (frame[23] === TCP || frame[23] === UDP) && (frame.readUInt16BE(20) & 0x3fff) === 0
}

/**
 * The capture that a recorder under load would have made: some frames are missing, of some only the beginning is there.
 * @param {Buffer} pcap
 * @param {{seed: number, drop: number, cut: number}} how probabilities; fragments and SCTP are not cut
 */
export const thin = (pcap, { seed, drop, cut }) => {
  const random = new Random(seed)
  const parts = [pcap.subarray(0, GLOBAL)]
  for (const { header, frame } of records(pcap)) {
    if (random.chance(drop)) continue
    if (!random.chance(cut) || !mayCut(frame)) {
      parts.push(header, frame)
      continue
    }
    const left = random.between(HEADERS, frame.length - 1)
    const shorter = Buffer.from(header)
    shorter.writeUInt32LE(left, 8)
    parts.push(shorter, frame.subarray(0, left))
  }
  return Buffer.concat(parts)
}
