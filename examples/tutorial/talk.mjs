import { ACK, FIN, PSH, RST, SYN } from '../../bench/generate/capture-writer.mjs'

/** @import { Random } from '../../bench/generate/random.mjs' */

/**
 * @typedef {{ip: string, mac: string, port: number}} End
 * @typedef {object} Packet
 * @property {'A' | 'B'} dir A is what the client sends
 * @property {End} from
 * @property {End} to
 * @property {number} ipId
 * @property {number} flags of TCP
 * @property {number} seq
 * @property {number} ack
 * @property {Buffer} payload
 * @property {number | undefined} time microseconds since 1970
 * @property {string} [padding] what stands behind the packet in its frame; zeros if it is left out
 */

const NOTHING = Buffer.alloc(0)

/** One TCP conversation, packet by packet; times are pinned to some of them and spread over the rest. */
export class Talk {
  /** @type {Packet[]} */
  packets = []
  /** The next sequence number of each side, and the next that it expects of the other. */
  next = { A: 0, B: 0 }
  expected = { A: 0, B: 0 }
  #ends
  #random
  #ipId

  /** @param {End} client @param {End} server @param {Random} random */
  constructor(client, server, random) {
    this.#ends = { A: client, B: server }
    this.#random = random
    this.next = { A: random.u32(), B: random.u32() }
    this.#ipId = { A: random.u32(), B: random.u32() }
  }

  open() {
    this.#put('A', SYN)
    this.#put('B', SYN | ACK)
    return this.ack('A')
  }

  /** Sends bytes, and acknowledges all that has come. @param {'A' | 'B'} dir @param {Buffer | string} payload */
  say(dir, payload) {
    return this.#put(dir, PSH | ACK, Buffer.from(payload))
  }

  /** @param {'A' | 'B'} dir */
  ack(dir) {
    return this.#put(dir, ACK)
  }

  /** @param {'A' | 'B'} dir */
  fin(dir) {
    return this.#put(dir, FIN | ACK)
  }

  /** @param {'A' | 'B'} dir */
  rst(dir) {
    return this.#put(dir, RST | ACK)
  }

  /** A packet that was sent before, once more: only its IP identification is new. @param {Packet} packet */
  again(packet) {
    this.packets.push({ ...packet, ipId: this.#identify(packet.dir) })
    return this
  }

  /** Pins the last packet to a time. @param {number} time microseconds since 1970 */
  pin(time) {
    this.packets.at(-1).time = time
    return this
  }

  /** Gives times to all packets between pinned ones, each later than the one before. */
  spread() {
    let from = 0
    this.packets.forEach(({ time }, to) => {
      if (time === undefined || to === from) return
      this.#fill(from, to)
      from = to
    })
    return this
  }

  /** @param {number} from @param {number} to */
  #fill(from, to) {
    const [start, end] = [this.packets[from].time, this.packets[to].time]
    const gaps = to - from
    const sums = [0]
    for (let i = 0; i < gaps; i++) sums.push(sums[i] + this.#random.pareto(10, 2000, 0.6))
    const room = end - start - gaps
    if (room < 0) throw new Error(`${gaps} packets do not fit into ${end - start} µs`)
    for (let i = 1; i < gaps; i++) {
      this.packets[from + i].time = start + i + Math.floor((room * sums[i]) / sums[gaps])
    }
  }

  /** @param {'A' | 'B'} dir @param {number} flags @param {Buffer} payload */
  #put(dir, flags, payload = NOTHING) {
    const other = dir === 'A' ? 'B' : 'A'
    const packet = {
      dir,
      from: this.#ends[dir],
      to: this.#ends[other],
      ipId: this.#identify(dir),
      flags,
      seq: this.next[dir],
      ack: flags & ACK ? this.expected[dir] : 0,
      payload,
      time: undefined,
    }
    this.packets.push(packet)
    this.next[dir] = (this.next[dir] + payload.length + (flags & (SYN | FIN) ? 1 : 0)) >>> 0
    this.expected[other] = this.next[dir]
    return this
  }

  /** @param {'A' | 'B'} dir */
  #identify(dir) {
    this.#ipId[dir] = (this.#ipId[dir] + 1) & 0xffff
    return this.#ipId[dir]
  }
}
