/** Where records, or blocks, lie in a sound capture, and which of their fields are lengths. */
export interface CaptureMap {
  /** Bytes of the file header in front of the first record; 0 for pcapng. */
  header: number
  bigEndian: boolean
  records: { from: number; to: number; lengths: number[]; frame: number }[]
}

/** Takes a capture apart as far as it is sound; undefined for what is neither pcap nor pcapng. */
export function mapCapture(bytes: Buffer): CaptureMap | undefined {
  if (bytes.length < 24) return undefined
  const magic = bytes.readUInt32LE(0)
  if (magic === 0x0a0d0d0a) return mapPcapng(bytes)
  const swapped = bytes.readUInt32BE(0)
  const known = [0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34]
  if (!known.includes(magic) && !known.includes(swapped)) return undefined
  const bigEndian = known.includes(swapped)
  const headerBytes = magic === 0xa1b2cd34 || swapped === 0xa1b2cd34 ? 24 : 16
  const map: CaptureMap = { header: 24, bigEndian, records: [] }
  for (let from = 24; from + headerBytes <= bytes.length; ) {
    const capLen = bigEndian ? bytes.readUInt32BE(from + 8) : bytes.readUInt32LE(from + 8)
    const frame = from + headerBytes
    const to = frame + capLen
    if (to > bytes.length) break
    map.records.push({ from, to, lengths: [from + 8, from + 12], frame })
    from = to
  }
  return map
}

function mapPcapng(bytes: Buffer): CaptureMap {
  let bigEndian = false
  const map: CaptureMap = { header: 0, bigEndian, records: [] }
  for (let from = 0; from + 12 <= bytes.length; ) {
    if (bytes.readUInt32LE(from) === 0x0a0d0d0a) bigEndian = bytes[from + 8] === 0x1a
    const total = bigEndian ? bytes.readUInt32BE(from + 4) : bytes.readUInt32LE(from + 4)
    if (total < 12 || from + total > bytes.length) break
    const to = from + total
    const type = bigEndian ? bytes.readUInt32BE(from) : bytes.readUInt32LE(from)
    const frame = from + (type === 3 ? 12 : 28)
    // total length on both sides; captured and original length, or options where they begin in other blocks
    const lengths = [from + 4, to - 4, from + 20, from + 24, from + 18, from + 26].filter(at => at + 4 <= to)
    map.records.push({ from, to, lengths, frame: Math.min(frame, to) })
    from = to
  }
  map.bigEndian = bigEndian
  return map
}
