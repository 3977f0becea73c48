import type { FlowTagColumns, FrameColumns } from '../columns.ts'
import type { PacketColumns } from '../packet-columns.ts'
import { PROTO_TCP } from '../packet-facts.ts'
import {
  HI_DUPLICATE_IP_ID,
  HI_FRAGMENT,
  HI_L4_HEADER_SHORT,
  HI_TIME_JUMP,
  LO_INVERTED,
} from '../status-bits.ts'
import { ARRIVAL_STEP } from './arrival-order.ts'
import { KEY_BLOCK } from './flow-key.ts'
import {
  C_FLOW_IND_F64,
  C_SIDES,
  CONVERSATION_WORDS,
  D_ARRIVAL,
  D_CAP_BYTES_F64,
  D_FIRST_NSEC,
  D_FIRST_SEC_F64,
  D_IP_ID,
  D_L7_BYTES_F64,
  D_LAST_NSEC,
  D_LAST_SEC_F64,
  D_PACKETS,
  D_PROFILE,
  D_STAT_HI,
  D_STAT_LO,
  D_WIRE_BYTES_F64,
  DIRECTION_WORDS,
} from './flow-state.ts'
import type { LiveFlows } from './live-flows.ts'
import { SEGMENT_BITS, SEGMENT_MASK } from './slots.ts'

/**
 * Counts each packet to its flow and writes the flow's facts beside the packet: the path that every packet takes.
 *
 * It goes block by block, in two passes: the first finds the direction of each packet and opens and ends conversations,
 * the second counts. The second calls nothing, so that the compiler looks once at what the columns are and not behind
 * every call; and both end after a few rows, so that the first blocks of a capture are enough to compile them.
 * Conversations may end or be changed only when all packets before were counted, so the first pass stops there.
 */
export class PacketTagger {
  readonly #live: LiveFlows
  readonly #packetTimes: boolean
  readonly #maxEnded: number
  /** The latest time of all packets so far. */
  #newestSec = Number.NEGATIVE_INFINITY
  #newestNsec = 0
  /** By packet of the block, the slots of its direction (0: it does not count) and of the opposite one. */
  readonly #slots = new Int32Array(KEY_BLOCK)
  readonly #opposites = new Int32Array(KEY_BLOCK)

  /** `packetTimes`: fill the times of the packets before; `maxEnded`: how many ended conversations may lie ready. */
  constructor(live: LiveFlows, packetTimes: boolean, maxEnded: number) {
    this.#live = live
    this.#packetTimes = packetTimes
    this.#maxEnded = maxEnded
  }

  /**
   * Tags the rows from `from` on, of `rows` in all. Stops in front of a row when more conversations have ended than may lie ready.
   * Returns the row to go on with.
   */
  tag(
    frames: FrameColumns,
    packets: PacketColumns,
    tags: FlowTagColumns,
    keep: Uint8Array | undefined,
    captureNo: number,
    from: number,
    rows: number,
  ): number {
    const { key, table, directions } = this.#live
    for (let block = from; block < rows; block += KEY_BLOCK) {
      const end = Math.min(block + KEY_BLOCK, rows)
      key.read(packets, block, end - block)
      table.warm(end - block, directions, this.#packetTimes)
      for (let row = block; row < end; ) {
        const stop = this.#find(frames, packets, tags, keep, captureNo, block, row, end)
        if (stop === row) return row
        this.#count(frames, packets, tags, block, row, stop)
        row = stop
      }
    }
    return rows
  }

  /**
   * Finds the directions of the rows from `from` up to `to`, of the block that begins at `block`. Returns the row in
   * front of which it stopped because those before have to be counted first; or `from` if too many have ended.
   */
  #find(
    frames: FrameColumns,
    packets: PacketColumns,
    tags: FlowTagColumns,
    keep: Uint8Array | undefined,
    captureNo: number,
    block: number,
    from: number,
    to: number,
  ): number {
    const live = this.#live
    const { key, table, connections, conversations, directions, profiles } = live
    const { sec: secs, nsec: nsecs } = frames
    const { statHi, tcpSeq, tcpAck, tcpFlags, l4Proto, l7Len } = packets
    const { flowInd } = tags
    const slots = this.#slots
    const opposites = this.#opposites
    let newestSec = this.#newestSec
    let newestNsec = this.#newestNsec
    let row = from
    for (; row < to; row++) {
      if (keep !== undefined && keep[row] === 0) {
        slots[row - block] = 0
        continue
      }
      const sec = secs[row]!
      const nsec = nsecs[row]!
      if (live.isDue(sec, nsec)) {
        if (row > from) break
        live.expire(sec, nsec, row)
        if (live.ended.length > this.#maxEnded) break
      }
      key.select(row - block)
      const { side } = key
      const flags = tcpFlags[row]!
      // a header that was not captured says nothing, and its flags are 0
      const isTcp = flags !== 0 && l4Proto[row] === PROTO_TCP && (statHi[row]! & HI_L4_HEADER_SHORT) === 0
      const current = table.find()
      let id = current
      if (isTcp && id !== 0) id = connections.choose(id, side, flags, tcpSeq[row]! | 0, tcpAck[row]! | 0)
      if (id === 0) {
        if (row > from && (current !== 0 || live.maxFlows > 0)) break
        id = live.open(packets, frames, captureNo, row, current, isTcp)
      }
      const conversation = conversations.i32[id >>> SEGMENT_BITS]!
      const at = (id & SEGMENT_MASK) * CONVERSATION_WORDS
      let slot = conversation[at + C_SIDES + side]!
      if (slot === 0) slot = live.openDirection(id, packets, frames, captureNo, row)
      const profile =
        directions.i32[slot >>> SEGMENT_BITS]![(slot & SEGMENT_MASK) * DIRECTION_WORDS + D_PROFILE]!
      if (!profiles.isPlain(profile, packets, row)) {
        if (row > from) break
        live.extendProfile(slot, packets, row)
      }
      if (isTcp) connections.track(id, side, flags, tcpSeq[row]! | 0, l7Len[row]!)
      if (sec > newestSec || (sec === newestSec && nsec >= newestNsec)) {
        newestSec = sec
        newestNsec = nsec
      } else live.seenOutOfOrder(id, sec, nsec)
      flowInd[row] = conversations.f64[id >>> SEGMENT_BITS]![(at >>> 1) + C_FLOW_IND_F64]!
      slots[row - block] = slot
      opposites[row - block] = conversation[at + C_SIDES + 1 - side]!
    }
    this.#newestSec = newestSec
    this.#newestNsec = newestNsec
    return row
  }

  /** Counts the rows from `from` up to `to`, of which `#find()` has found the directions. */
  #count(
    frames: FrameColumns,
    packets: PacketColumns,
    tags: FlowTagColumns,
    block: number,
    from: number,
    to: number,
  ): void {
    const live = this.#live
    const { i32, f64 } = live.directions
    const packetTimes = this.#packetTimes
    const slots = this.#slots
    const opposites = this.#opposites
    const { sec: secs, nsec: nsecs, capLen, wireLen } = frames
    const { l7Len, ipId } = packets
    const { firstSec, firstNsec, prevSec, prevNsec, oppSec, oppNsec, dir } = tags
    let { arrivals } = live
    for (let row = from; row < to; row++) {
      const slot = slots[row - block]!
      if (slot === 0) continue
      const words = i32[slot >>> SEGMENT_BITS]!
      const doubles = f64[slot >>> SEGMENT_BITS]!
      const d = (slot & SEGMENT_MASK) * DIRECTION_WORDS
      const d64 = d >>> 1
      const sec = secs[row]!
      const nsec = nsecs[row]!
      const lo = words[d + D_STAT_LO]! | (packets.statLo[row]! & ~LO_INVERTED)
      const own = packets.statHi[row]!
      // a fragment that says no more are pending has completed its datagram
      let hi = (words[d + D_STAT_HI]! & ~((own & HI_FRAGMENT) << 3)) | own
      const count = words[d + D_PACKETS]!
      const idAndCount = words[d + D_IP_ID]!
      let beforeSec = sec
      let beforeNsec = nsec
      if ((count | idAndCount) !== 0) {
        beforeSec = doubles[d64 + D_LAST_SEC_F64]!
        beforeNsec = words[d + D_LAST_NSEC]!
        if (sec < beforeSec || (sec === beforeSec && nsec < beforeNsec)) hi |= HI_TIME_JUMP
        const id = ipId[row]!
        // as in the original, the identification of the first packet is not remembered
        if (id !== 0 && idAndCount >>> 16 === id) hi |= HI_DUPLICATE_IP_ID
        words[d + D_IP_ID] = (id << 16) | ((idAndCount + Number(count === -1)) & 0xffff)
      }
      arrivals = (arrivals + ARRIVAL_STEP) | 0
      words[d + D_PACKETS] = (count + 1) | 0
      doubles[d64 + D_LAST_SEC_F64] = sec
      doubles[d64 + D_WIRE_BYTES_F64]! += wireLen[row]!
      doubles[d64 + D_CAP_BYTES_F64]! += capLen[row]!
      doubles[d64 + D_L7_BYTES_F64]! += l7Len[row]!
      words[d + D_LAST_NSEC] = nsec
      words[d + D_STAT_LO] = lo
      words[d + D_STAT_HI] = hi
      words[d + D_ARRIVAL] = arrivals
      firstSec[row] = doubles[d64 + D_FIRST_SEC_F64]!
      firstNsec[row] = words[d + D_FIRST_NSEC]!
      tags.statLo[row] = lo
      tags.statHi[row] = hi
      dir[row] = lo & LO_INVERTED
      if (packetTimes) {
        const opposite = opposites[row - block]!
        const o = (opposite & SEGMENT_MASK) * DIRECTION_WORDS
        prevSec[row] = beforeSec
        prevNsec[row] = beforeNsec
        oppSec[row] = opposite === 0 ? sec : f64[opposite >>> SEGMENT_BITS]![(o >>> 1) + D_LAST_SEC_F64]!
        oppNsec[row] = opposite === 0 ? nsec : i32[opposite >>> SEGMENT_BITS]![o + D_LAST_NSEC]!
      }
    }
    live.arrivals = arrivals
  }
}
