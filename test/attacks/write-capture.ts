import { closeSync, openSync, writeSync } from 'node:fs'

/** One frame, Ethernet with IPv4: what is left out is 0 or a plain default. */
export interface AttackFrame {
  sec?: number
  nsec?: number
  src?: number
  dst?: number
  /** 6 (default) or 17. */
  proto?: number
  srcPort?: number
  dstPort?: number
  seq?: number
  ack?: number
  /** TCP flags, ACK by default. */
  flags?: number
  /** Identification, and the word of flags and offset, of fragments. */
  id?: number
  fragment?: number
  payload?: Uint8Array
  /** Bytes of payload that were on the wire and not captured. */
  cut?: number
}

const RECORD = 16
const ETHERNET = 14
const IPV4 = 20
const CHUNK = 1 << 20
const NOTHING = new Uint8Array(0)

/** Writes frames into a classic pcap file, as many as come; gives its size. */
export function writeCapture(path: string, frames: Iterable<AttackFrame>): number {
  const fd = openSync(path, 'w', 0o600)
  const out = Buffer.alloc(CHUNK)
  let at = 24
  let size = 0
  const flush = (): void => {
    for (let done = 0; done < at; ) done += writeSync(fd, out, done, at - done)
    size += at
    at = 0
  }
  out.writeUInt32LE(0xa1b23c4d, 0)
  out.writeUInt16LE(2, 4)
  out.writeUInt16LE(4, 6)
  out.writeUInt32LE(262_144, 16)
  out.writeUInt32LE(1, 20)
  for (const frame of frames) {
    if (at + 70_000 > CHUNK) flush()
    at += putFrame(out, at, frame)
  }
  flush()
  closeSync(fd)
  return size
}

function putFrame(out: Buffer, at: number, frame: AttackFrame): number {
  const { proto = 6, payload = NOTHING, cut = 0, fragment = 0 } = frame
  // later fragments have no header of their own
  const header = (fragment & 0x1fff) !== 0 ? 0 : proto === 6 ? 20 : 8
  const captured = ETHERNET + IPV4 + header + payload.length
  out.fill(0, at, at + RECORD + ETHERNET + IPV4 + header)
  out.writeUInt32LE((frame.sec ?? 1_000_000) >>> 0, at)
  out.writeUInt32LE(frame.nsec ?? 0, at + 4)
  out.writeUInt32LE(captured, at + 8)
  out.writeUInt32LE(captured + cut, at + 12)
  const eth = at + RECORD
  out[eth + 5] = 2
  out[eth + 11] = 1
  out[eth + 12] = 8
  const ip = eth + ETHERNET
  out[ip] = 0x45
  out.writeUInt16BE(IPV4 + header + payload.length + cut, ip + 2)
  out.writeUInt16BE((frame.id ?? 0) & 0xffff, ip + 4)
  out.writeUInt16BE(fragment, ip + 6)
  out[ip + 8] = 64
  out[ip + 9] = proto
  out.writeUInt32BE((frame.src ?? 0x0a00_0001) >>> 0, ip + 12)
  out.writeUInt32BE((frame.dst ?? 0x0a00_0002) >>> 0, ip + 16)
  const l4 = ip + IPV4
  if (header > 0) {
    out.writeUInt16BE(frame.srcPort ?? 40_000, l4)
    out.writeUInt16BE(frame.dstPort ?? 50_000, l4 + 2)
    if (proto === 6) {
      out.writeUInt32BE((frame.seq ?? 0) >>> 0, l4 + 4)
      out.writeUInt32BE((frame.ack ?? 0) >>> 0, l4 + 8)
      out[l4 + 12] = 0x50
      out[l4 + 13] = frame.flags ?? 0x10
    } else out.writeUInt16BE(8 + payload.length + cut, l4 + 4)
  }
  out.set(payload, l4 + header)
  return RECORD + captured
}
