import type { FlowTagColumns, FrameColumns, PacketColumns } from '../columns.ts'
import { PROTO_TCP } from '../packet-facts.ts'
import {
  HI_FRAGMENT,
  HI_HEADER_OVERRUN,
  HI_L4_HEADER_SHORT,
  HI_TIME_JUMP,
  LO_INVERTED,
} from '../status-bits.ts'
import type { FlowCounters } from './flow-counters.ts'
import { KEY_BLOCK } from './flow-key.ts'
import {
  C_FLOW_IND_F64,
  C_SIDES,
  CONVERSATION_WORDS,
  D_ARRIVAL,
  D_CAP_BYTES_F64,
  D_FIRST_NSEC,
  D_FIRST_SEC_F64,
  D_L7_BYTES_F64,
  D_LAST_NSEC,
  D_LAST_SEC_F64,
  D_PACKETS_F64,
  D_PROFILE,
  D_STAT_HI,
  D_STAT_LO,
  D_WIRE_BYTES_F64,
  DIRECTION_WORDS,
} from './flow-state.ts'
import type { LiveFlows } from './live-flows.ts'
import { SEGMENT_BITS, SEGMENT_MASK } from './slots.ts'

/** Counts each packet to its flow and writes the flow's facts beside the packet: the path that every packet takes. */
export class PacketTagger {
  readonly #live: LiveFlows
  readonly #counters: FlowCounters
  readonly #packetTimes: boolean
  readonly #maxEnded: number
  /** The latest time of all packets so far. */
  #newestSec = Number.NEGATIVE_INFINITY
  #newestNsec = 0

  /** `packetTimes`: fill the times of the packets before; `maxEnded`: how many ended conversations may lie ready. */
  constructor(live: LiveFlows, counters: FlowCounters, packetTimes: boolean, maxEnded: number) {
    this.#live = live
    this.#counters = counters
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
    const live = this.#live
    const { key, table, connections, conversations, directions, profiles } = live
    const packetTimes = this.#packetTimes
    const counters = this.#counters
    const { sec: secs, nsec: nsecs, capLen, wireLen } = frames
    const { statLo, statHi, tcpSeq, tcpAck, tcpFlags, l4Proto, l7Len, chain } = packets
    const { flowInd, firstSec, firstNsec, prevSec, prevNsec, oppSec, oppNsec } = tags
    let newestSec = this.#newestSec
    let newestNsec = this.#newestNsec
    let block = from
    let stop = rows
    for (let row = from, ahead = from; row < rows; row++) {
      if (row === ahead) {
        ahead = Math.min(row + KEY_BLOCK, rows)
        key.read(packets, row, ahead - row)
        table.warm(ahead - row, directions, packetTimes)
        block = row
      }
      if (keep !== undefined && keep[row] === 0) continue
      const sec = secs[row]!
      const nsec = nsecs[row]!
      if (live.isDue(sec, nsec)) {
        live.expire(sec, nsec, row)
        if (live.ended.length > this.#maxEnded) {
          stop = row
          break
        }
      }
      key.select(row - block)
      const { side } = key
      const flags = tcpFlags[row]!
      // a header that was not captured says nothing, and its flags are 0
      const isTcp = flags !== 0 && l4Proto[row] === PROTO_TCP && (statHi[row]! & HI_L4_HEADER_SHORT) === 0
      let id = table.find()
      if (id !== 0 && isTcp) {
        const chosen = connections.choose(id, side, flags, tcpSeq[row]! | 0, tcpAck[row]! | 0)
        id = chosen !== 0 ? chosen : live.open(packets, frames, captureNo, row, id, true)
      } else if (id === 0) id = live.open(packets, frames, captureNo, row, 0, isTcp)
      const conversation = conversations.i32[id >>> SEGMENT_BITS]!
      const at = (id & SEGMENT_MASK) * CONVERSATION_WORDS
      let slot = conversation[at + C_SIDES + side]!
      if (slot === 0) slot = live.openDirection(id, packets, frames, captureNo, row)

      const words = directions.i32[slot >>> SEGMENT_BITS]!
      const doubles = directions.f64[slot >>> SEGMENT_BITS]!
      const d = (slot & SEGMENT_MASK) * DIRECTION_WORDS
      const d64 = d >>> 1
      const lo = words[d + D_STAT_LO]! | (statLo[row]! & ~LO_INVERTED)
      const own = statHi[row]!
      // a fragment that says no more are pending has completed its datagram
      let hi = (words[d + D_STAT_HI]! & ~((own & HI_FRAGMENT) << 3)) | own
      const count = doubles[d64 + D_PACKETS_F64]!
      let beforeSec = sec
      let beforeNsec = nsec
      if (count !== 0) {
        beforeSec = doubles[d64 + D_LAST_SEC_F64]!
        beforeNsec = words[d + D_LAST_NSEC]!
        if (sec < beforeSec || (sec === beforeSec && nsec < beforeNsec)) hi |= HI_TIME_JUMP
      }
      let profile = words[d + D_PROFILE]!
      if (!profiles.isPlain(profile, packets, row)) {
        profile = profiles.extend(profile, packets, row)
        words[d + D_PROFILE] = profile
        if (!profiles.hasChain(profile, chain[row]!)) {
          hi |= HI_HEADER_OVERRUN
          live.addExtraChain(slot, chain[row]!)
        }
      }
      doubles[d64 + D_PACKETS_F64] = count + 1
      doubles[d64 + D_LAST_SEC_F64] = sec
      doubles[d64 + D_WIRE_BYTES_F64]! += wireLen[row]!
      doubles[d64 + D_CAP_BYTES_F64]! += capLen[row]!
      doubles[d64 + D_L7_BYTES_F64]! += l7Len[row]!
      words[d + D_LAST_NSEC] = nsec
      words[d + D_STAT_LO] = lo
      words[d + D_STAT_HI] = hi
      words[d + D_ARRIVAL] = live.arrivals = (live.arrivals + 1) | 0
      if (isTcp) connections.track(id, side, flags, tcpSeq[row]! | 0, l7Len[row]!)

      if (sec > newestSec || (sec === newestSec && nsec >= newestNsec)) {
        newestSec = sec
        newestNsec = nsec
      } else live.seenOutOfOrder(id, sec, nsec)

      const dir = lo & LO_INVERTED
      counters.packets[dir]!++
      counters.bytes[dir]! += capLen[row]!
      flowInd[row] = conversations.f64[id >>> SEGMENT_BITS]![(at >>> 1) + C_FLOW_IND_F64]!
      firstSec[row] = doubles[d64 + D_FIRST_SEC_F64]!
      firstNsec[row] = words[d + D_FIRST_NSEC]!
      tags.statLo[row] = lo
      tags.statHi[row] = hi
      tags.dir[row] = dir
      if (packetTimes) {
        const opposite = conversation[at + C_SIDES + 1 - side]!
        prevSec[row] = beforeSec
        prevNsec[row] = beforeNsec
        oppSec[row] = opposite === 0 ? sec : directions.getF64(opposite, D_LAST_SEC_F64)
        oppNsec[row] = opposite === 0 ? nsec : directions.get(opposite, D_LAST_NSEC)
      }
    }
    this.#newestSec = newestSec
    this.#newestNsec = newestNsec
    return stop
  }
}
