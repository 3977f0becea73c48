// Reads a classic little-endian pcap of Ethernet frames into packets. It shares no code with lib/: what is in a capture
// is found out twice, here without care for speed.
const GLOBAL = 24
const RECORD = 16
const FRAGMENT = 44

/** Cuts a capture into records; `header` and `frame` are views. */
export function* records(pcap) {
  if (pcap.readUInt32LE(0) !== 0xa1b2c3d4) throw new Error('no little-endian pcap')
  for (let at = GLOBAL; at < pcap.length; ) {
    const capLen = pcap.readUInt32LE(at + 8)
    const end = at + RECORD + capLen
    yield { header: pcap.subarray(at, at + RECORD), frame: pcap.subarray(at + RECORD, end) }
    at = end
  }
}

const ipv4 = frame => {
  const ip = frame.subarray(14)
  const field = ip.readUInt16BE(6)
  return {
    ends: [ip.toString('hex', 12, 16), ip.toString('hex', 16, 20)],
    protocol: ip[9],
    from: 14 + 4 * (ip[0] & 15),
    length: ip.readUInt16BE(2) - 4 * (ip[0] & 15),
    fragment:
      (field & 0x3fff) === 0 ? undefined : piece(ip.readUInt16BE(4), (field & 0x1fff) * 8, field & 0x2000),
  }
}

const ipv6 = frame => {
  const ip = frame.subarray(14)
  const ends = [ip.toString('hex', 8, 24), ip.toString('hex', 24, 40)]
  const length = ip.readUInt16BE(4)
  if (ip[6] !== FRAGMENT) return { ends, protocol: ip[6], from: 54, length, fragment: undefined }
  const field = ip.readUInt16BE(42)
  const fragment = piece(ip.readUInt32BE(44), field & 0xfff8, field & 1)
  return { ends, protocol: ip[40], from: 62, length: length - 8, fragment }
}

const piece = (id, offset, more) => ({ id, offset, more: more !== 0 })

/**
 * The packets of a capture, as they come: `protocol`, `ends` (addresses in hex), `fragment` and `body`, what was
 * captured behind the IP header, `length`, how much it was on the wire.
 */
export function* packets(pcap) {
  for (const { frame } of records(pcap)) {
    const type = frame.readUInt16BE(12)
    if (type !== 0x0800 && type !== 0x86dd) continue
    const { from, ...packet } = type === 0x0800 ? ipv4(frame) : ipv6(frame)
    yield { ...packet, body: frame.subarray(from, from + packet.length) }
  }
}
