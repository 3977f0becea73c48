import type { PacketColumns } from '../packet-columns.ts'
import { C_ADDR, C_LAYER, C_PORTS, C_STATE } from './flow-state.ts'
import type { SeededHash } from './seeded-hash.ts'

/** Words of a key; they stand at the start of a conversation's record as they stand here. */
export const KEY_WORDS = 11
/** How many keys are read ahead. */
export const KEY_BLOCK = 32

/**
 * The keys of packets' conversations: both endpoints in ascending order, so that the packets of both directions have
 * the same key. Frames without IP have their MACs as addresses. A block of keys is read ahead; one of them is the
 * current one.
 */
export class FlowKey {
  /** The keys of the block, and where the current one stands among them. */
  readonly words = new Int32Array(KEY_WORDS * KEY_BLOCK)
  at = 0
  hash = 0
  /** 0: the packet goes from the lower endpoint to the higher one; 1: the other way. */
  side = 0
  /** Of each key of the block. */
  readonly hashes = new Int32Array(KEY_BLOCK)
  readonly sides = new Uint8Array(KEY_BLOCK)
  readonly #hash: SeededHash

  constructor(hash: SeededHash) {
    this.#hash = hash
  }

  /** Makes a key of the block the current one. */
  select(index: number): void {
    this.at = index * KEY_WORDS
    this.hash = this.hashes[index]!
    this.side = this.sides[index]!
  }

  /** Whether both endpoints are the same. */
  get isMirrored(): boolean {
    const { words, at } = this
    for (let i = 0; i < 4; i++) if (words[at + C_ADDR + i] !== words[at + C_ADDR + 4 + i]) return false
    return words[at + C_PORTS]! >>> 16 === (words[at + C_PORTS]! & 0xffff)
  }

  /** Reads the keys of `count` packets, from this row on, as the new block. */
  read(packets: PacketColumns, row: number, count: number): void {
    const { words, hashes, sides } = this
    const { family, addr, mac, srcPort, dstPort, vlan, ethType, l4Proto } = packets
    for (let i = 0; i < count; i++) {
      const at = i * KEY_WORDS
      const from = row + i
      const version = family[from]!
      let order =
        version === 4
          ? this.#readIpv4(at, addr, 8 * from)
          : version === 6
            ? this.#readIpv6(at, addr, 8 * from)
            : this.#readMacs(at, mac, 3 * from)
      const src = srcPort[from]!
      const dst = dstPort[from]!
      if (order === 0) order = src - dst
      words[at + C_PORTS] = order > 0 ? (dst << 16) | src : (src << 16) | dst
      words[at + C_LAYER] = ((vlan[from]! & 0xfff) << 20) | (ethType[from]! << 4) | version
      words[at + C_STATE] = l4Proto[from]!
      sides[i] = order > 0 ? 1 : 0
      hashes[i] = this.hashAt(words, at)
    }
  }

  /** The hash of the key that stands at `at` in `words`, with whatever state in its last word. */
  hashAt(words: Int32Array, at: number): number {
    const hash = this.#hash
    let h = hash.start
    if ((words[at + C_LAYER]! & 15) === 4) {
      h = hash.add(hash.add(h, words[at + C_ADDR]!), words[at + C_ADDR + 4]!)
    } else {
      for (let i = 0; i < 8; i++) h = hash.add(h, words[at + C_ADDR + i]!)
    }
    h = hash.add(hash.add(h, words[at + C_PORTS]!), words[at + C_LAYER]!)
    return hash.finish(hash.add(h, words[at + C_STATE]! & 0xff))
  }

  /** Whether the key that stands at `at` in `words` is this one. */
  equals(words: Int32Array, at: number): boolean {
    const mine = this.words
    const my = this.at
    if (
      words[at + C_ADDR] !== mine[my + C_ADDR] ||
      words[at + C_ADDR + 4] !== mine[my + C_ADDR + 4] ||
      words[at + C_PORTS] !== mine[my + C_PORTS] ||
      words[at + C_LAYER] !== mine[my + C_LAYER] ||
      (words[at + C_STATE]! & 0xff) !== mine[my + C_STATE]
    ) {
      return false
    }
    // IPv4 has one word an address
    if ((words[at + C_LAYER]! & 15) === 4) return true
    for (let i = 1; i < 8; i++) if (words[at + C_ADDR + i] !== mine[my + C_ADDR + i]) return false
    return true
  }

  /** Each reader gives a positive number if source and destination were swapped, 0 if they are the same. */
  #readIpv4(to: number, addr: Uint32Array, at: number): number {
    const src = addr[at]!
    const dst = addr[at + 4]!
    const { words } = this
    const order = src < dst ? -1 : src > dst ? 1 : 0
    words[to + C_ADDR] = order > 0 ? dst : src
    words[to + C_ADDR + 4] = order > 0 ? src : dst
    words[to + C_ADDR + 1] = words[to + C_ADDR + 2] = words[to + C_ADDR + 3] = 0
    words[to + C_ADDR + 5] = words[to + C_ADDR + 6] = words[to + C_ADDR + 7] = 0
    return order
  }

  #readIpv6(to: number, addr: Uint32Array, at: number): number {
    let order = 0
    for (let i = 0; order === 0 && i < 4; i++) {
      const src = addr[at + i]!
      const dst = addr[at + 4 + i]!
      order = src < dst ? -1 : src > dst ? 1 : 0
    }
    const swap = order > 0 ? 4 : 0
    for (let i = 0; i < 8; i++) this.words[to + C_ADDR + (i ^ swap)] = addr[at + i]!
    return order
  }

  #readMacs(to: number, mac: Uint32Array, at: number): number {
    const middle = mac[at + 1]!
    const src = ((middle << 16) | (mac[at + 2]! >>> 16)) >>> 0
    const srcTail = mac[at + 2]! & 0xffff
    const dst = mac[at]!
    const dstTail = middle >>> 16
    const { words } = this
    words.fill(0, to + C_ADDR, to + C_ADDR + 8)
    const order = src < dst ? -1 : src > dst ? 1 : srcTail - dstTail
    const swap = order > 0 ? 4 : 0
    words[to + C_ADDR + swap] = src
    words[to + C_ADDR + swap + 1] = srcTail
    words[to + C_ADDR + 4 - swap] = dst
    words[to + C_ADDR + 5 - swap] = dstTail
    return order
  }
}
