import type { FrameColumns } from '../columns.ts'
import type { PacketColumns } from '../packet-columns.ts'
import { LO_NO_ETH } from '../status-bits.ts'
import type { SeededHash } from './seeded-hash.ts'
import { SEGMENT_BITS, SEGMENT_MASK, Slots } from './slots.ts'

/** Words of a profile: three MAC pairs, four chains (two a word), three VLAN tags and the capture, the counts. */
const CONTENT_WORDS = 14
export const PROFILE_WORDS = 16
export const P_MAC = 0
export const P_CHAIN = 9
export const P_VLAN = 11
/** From the lowest byte up: MAC pairs, chains, VLAN tags, digits of the clock. */
export const P_COUNTS = 13
const P_REFS = 14
const P_NEXT = 15

const MAX_MACS = 3
const MAX_CHAINS = 4

/**
 * What many flow directions have in common: MACs, header chains, VLANs, capture and clock. Each combination is kept
 * once and counts the directions that have it; a direction that shows something new moves on to another profile.
 */
export class FlowProfiles {
  readonly slots = new Slots(PROFILE_WORDS)
  readonly #hash: SeededHash
  readonly #draft = new Int32Array(CONTENT_WORDS)
  #heads = new Int32Array(256)
  #latest = 0

  constructor(hash: SeededHash) {
    this.#hash = hash
  }

  /** The profile of a direction that begins with this packet. */
  begin(packets: PacketColumns, frames: FrameColumns, captureNo: number, row: number): number {
    const draft = this.#draft.fill(0)
    const mac0 = packets.mac[3 * row]!
    const mac1 = packets.mac[3 * row + 1]!
    const mac2 = packets.mac[3 * row + 2]!
    const hasMac = (packets.statLo[row]! & LO_NO_ETH) === 0 || (mac0 | mac1 | mac2) !== 0
    draft[P_MAC] = mac0
    draft[P_MAC + 1] = mac1
    draft[P_MAC + 2] = mac2
    draft[P_CHAIN] = packets.chain[row]!
    draft[P_VLAN] = packets.vlanTci[3 * row]! | (packets.vlanTci[3 * row + 1]! << 16)
    draft[P_VLAN + 1] = packets.vlanTci[3 * row + 2]! | (captureNo << 16)
    draft[P_COUNTS] =
      (hasMac ? 1 : 0) | (1 << 8) | (packets.vlanCount[row]! << 16) | (frames.digits[row]! << 24)
    return this.#acquire()
  }

  /** Whether the packet shows nothing but what the profile has first; cheap, and true for nearly all packets. */
  isPlain(profile: number, packets: PacketColumns, row: number): boolean {
    const words = this.slots.i32[profile >>> SEGMENT_BITS]!
    const at = (profile & SEGMENT_MASK) * PROFILE_WORDS
    const mac = packets.mac
    return (
      (words[at + P_CHAIN]! & 0xffff) === packets.chain[row] &&
      words[at + P_MAC] === (mac[3 * row]! | 0) &&
      words[at + P_MAC + 1] === (mac[3 * row + 1]! | 0) &&
      words[at + P_MAC + 2] === (mac[3 * row + 2]! | 0)
    )
  }

  /** The profile of a direction after this packet; a fourth MAC pair and a fifth chain have no room in it. */
  extend(profile: number, packets: PacketColumns, row: number): number {
    const draft = this.#draft
    const words = this.slots.i32[profile >>> SEGMENT_BITS]!
    const at = (profile & SEGMENT_MASK) * PROFILE_WORDS
    for (let i = 0; i < CONTENT_WORDS; i++) draft[i] = words[at + i]!
    const isNew = [this.#addMac(packets, row), this.#addChain(packets.chain[row]!)].includes(true)
    if (!isNew) return profile
    const extended = this.#acquire()
    this.release(profile)
    return extended
  }

  /** Whether the profile has this header chain. */
  hasChain(profile: number, chain: number): boolean {
    const words = this.slots.i32[profile >>> SEGMENT_BITS]!
    const at = (profile & SEGMENT_MASK) * PROFILE_WORDS
    const count = (words[at + P_COUNTS]! >>> 8) & 0xff
    for (let i = 0; i < count; i++) if (chainAt(words, at, i) === chain) return true
    return false
  }

  release(profile: number): void {
    const words = this.slots.i32[profile >>> SEGMENT_BITS]!
    const at = (profile & SEGMENT_MASK) * PROFILE_WORDS
    if (--words[at + P_REFS]! > 0) return
    const head = this.#hashOf(words, at) & (this.#heads.length - 1)
    let before = 0
    for (let id = this.#heads[head]!; id !== profile; id = this.slots.get(id, P_NEXT)) before = id
    if (before === 0) this.#heads[head] = words[at + P_NEXT]!
    else this.slots.set(before, P_NEXT, words[at + P_NEXT]!)
    if (this.#latest === profile) this.#latest = 0
    this.slots.give(profile)
  }

  #addMac(packets: PacketColumns, row: number): boolean {
    const draft = this.#draft
    const count = draft[P_COUNTS]! & 0xff
    const [mac0, mac1, mac2] = packets.mac.subarray(3 * row, 3 * row + 3)
    for (let i = 0; i < count; i++) {
      const at = P_MAC + 3 * i
      if (draft[at] === (mac0! | 0) && draft[at + 1] === (mac1! | 0) && draft[at + 2] === (mac2! | 0))
        return false
    }
    if (count === MAX_MACS) return false
    draft[P_MAC + 3 * count] = mac0!
    draft[P_MAC + 3 * count + 1] = mac1!
    draft[P_MAC + 3 * count + 2] = mac2!
    draft[P_COUNTS]! += 1
    return true
  }

  #addChain(chain: number): boolean {
    const draft = this.#draft
    const count = (draft[P_COUNTS]! >>> 8) & 0xff
    for (let i = 0; i < count; i++) if (chainAt(draft, 0, i) === chain) return false
    if (count === MAX_CHAINS) return false
    draft[P_CHAIN + (count >> 1)]! |= chain << (16 * (count & 1))
    draft[P_COUNTS]! += 1 << 8
    return true
  }

  /** The profile that says what the draft says, with one more direction counted. */
  #acquire(): number {
    const hash = this.#hashOf(this.#draft, 0)
    let id = this.#latest !== 0 && this.#isDraft(this.#latest) ? this.#latest : 0
    if (id === 0) {
      id = this.#heads[hash & (this.#heads.length - 1)]!
      while (id !== 0 && !this.#isDraft(id)) id = this.slots.get(id, P_NEXT)
      if (id === 0) id = this.#create(hash)
      this.#latest = id
    }
    this.slots.i32[id >>> SEGMENT_BITS]![(id & SEGMENT_MASK) * PROFILE_WORDS + P_REFS]!++
    return id
  }

  #create(hash: number): number {
    const id = this.slots.take()
    this.slots.i32[id >>> SEGMENT_BITS]!.set(this.#draft, (id & SEGMENT_MASK) * PROFILE_WORDS)
    if (this.slots.count > this.#heads.length) this.#grow()
    this.#chainIn(id, hash)
    return id
  }

  #grow(): void {
    const old = this.#heads
    this.#heads = new Int32Array(old.length * 4)
    for (let id of old) {
      while (id !== 0) {
        const next = this.slots.get(id, P_NEXT)
        const at = (id & SEGMENT_MASK) * PROFILE_WORDS
        this.#chainIn(id, this.#hashOf(this.slots.i32[id >>> SEGMENT_BITS]!, at))
        id = next
      }
    }
  }

  #chainIn(id: number, hash: number): void {
    const head = hash & (this.#heads.length - 1)
    this.slots.set(id, P_NEXT, this.#heads[head]!)
    this.#heads[head] = id
  }

  #isDraft(id: number): boolean {
    const words = this.slots.i32[id >>> SEGMENT_BITS]!
    const at = (id & SEGMENT_MASK) * PROFILE_WORDS
    for (let i = 0; i < CONTENT_WORDS; i++) if (words[at + i] !== this.#draft[i]) return false
    return true
  }

  #hashOf(words: Int32Array, at: number): number {
    let hash = this.#hash.start
    for (let i = 0; i < CONTENT_WORDS; i++) hash = this.#hash.add(hash, words[at + i]!)
    return this.#hash.finish(hash)
  }
}

/** The chain at `index` of the profile at `at`. */
export function chainAt(words: Int32Array, at: number, index: number): number {
  return (words[at + P_CHAIN + (index >> 1)]! >>> (16 * (index & 1))) & 0xffff
}
