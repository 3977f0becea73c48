// What a capture holds of each conversation, as far as a sender can be compared with: segments of TCP,
// datagrams, chunks of SCTP.
import { packets } from './walk.mjs'

const TCP = 6
const UDP = 17
const SCTP = 132
const DATA = 0
const FIN = 1
const SYN = 2
const CLIENT_PORTS = 20_000

/** The client's port names the conversation, the side it stands on the direction. */
const wayOf = body => {
  const up = body.readUInt16BE(0) >= CLIENT_PORTS
  return { port: body.readUInt16BE(up ? 0 : 2), direction: up ? 'up' : 'down' }
}

const entry = (map, key, make) => {
  if (!map.has(key)) map.set(key, make())
  return map.get(key)
}

const takeSegment = (streams, body, length) => {
  const { port, direction } = wayOf(body)
  const stream = entry(streams, `${port} ${direction}`, () => ({
    segments: [],
    isn: undefined,
    fin: undefined,
  }))
  const header = 4 * (body[12] >> 4)
  const syn = body[13] & SYN
  const seq = body.readUInt32BE(4)
  if (syn) stream.isn = seq
  const first = (seq + (syn ? 1 : 0)) >>> 0
  if (length > header)
    stream.segments.push({ seq: first, bytes: body.subarray(header), length: length - header })
  if (body[13] & FIN) stream.fin = (first + length - header) >>> 0
}

const takeChunks = (associations, body) => {
  const { port, direction } = wayOf(body)
  const chunks = entry(associations, `${port} ${direction}`, () => new Map())
  for (let at = 12; at + 4 <= body.length; ) {
    const length = body.readUInt16BE(at + 2)
    if (body[at] === DATA) {
      const tsn = body.readUInt32BE(at + 4)
      const chunk = { stream: body.readUInt16BE(at + 8), bytes: body.subarray(at + 16, at + length) }
      if (!chunks.has(tsn)) chunks.set(tsn, chunk)
    }
    at += (Math.max(length, 4) + 3) & ~3
  }
}

/** Collects the fragments of a datagram; gives it when the last one is there, as a receiver does. */
class Fragments {
  #waiting = new Map()

  take({ ends, fragment: { id, offset, more }, body }) {
    const parts = entry(this.#waiting, `${ends} ${id}`, () => new Map())
    parts.set(offset, { body, more })
    let at = 0
    for (;;) {
      const part = parts.get(at)
      if (part === undefined) return undefined
      at += part.body.length
      if (!part.more) break
    }
    this.#waiting.delete(`${ends} ${id}`)
    return Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, part]) => part.body))
  }
}

/**
 * @param {Buffer} pcap
 * @returns `streams`, `datagrams` and `associations`, maps by "port direction": the client's port, and `up` or `down`. A
 *   datagram stands where its last fragment came; one that lacks fragments is none. Chunks are a map by their TSN.
 */
export const captured = pcap => {
  const streams = new Map()
  const datagrams = new Map()
  const associations = new Map()
  const fragments = new Fragments()
  for (const packet of packets(pcap)) {
    const { protocol, body, length, fragment } = packet
    if (protocol === TCP) takeSegment(streams, body, length)
    if (protocol === SCTP) takeChunks(associations, body)
    if (protocol !== UDP) continue
    const whole = fragment === undefined ? body : fragments.take(packet)
    if (whole === undefined) continue
    const { port, direction } = wayOf(whole)
    const list = entry(datagrams, `${port} ${direction}`, () => [])
    list.push({ bytes: whole.subarray(8), length: whole.readUInt16BE(4) - 8 })
  }
  return { streams, datagrams, associations }
}
