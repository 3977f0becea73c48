import type { FrameColumns } from '../columns.ts'
import type { PacketColumns } from '../packet-columns.ts'
import { PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP } from '../packet-facts.ts'
import { HI_HEADER_OVERRUN, HI_LAND_ATTACK, HI_TABLE_FULL, LO_INVERTED } from '../status-bits.ts'
import { byArrival, passOver } from './arrival-order.ts'
import { opensAsB } from './direction.ts'
import { FirstHeaders } from './first-headers.ts'
import type { FlowCounters } from './flow-counters.ts'
import { FlowKey } from './flow-key.ts'
import { FlowProfiles } from './flow-profiles.ts'
import {
  C_FLOW_IND_F64,
  C_LAYER,
  C_PREVIOUS,
  C_SIDES,
  C_STATE,
  CONVERSATION_WORDS,
  D_FIRST_NSEC,
  D_FIRST_PKT_NO_F64,
  D_FIRST_SEC_F64,
  D_ICMP,
  D_PROFILE,
  D_STAT_HI,
  D_STAT_LO,
  DIRECTION_WORDS,
  STATE_OPENED_BY_1,
  STATE_RETIRED,
} from './flow-state.ts'
import { FlowTable } from './flow-table.ts'
import { IdleQueue } from './idle-queue.ts'
import { SeededHash } from './seeded-hash.ts'
import { SEGMENT_BITS, SEGMENT_MASK, Slots } from './slots.ts'
import { TcpConnections } from './tcp-connections.ts'
import { TimedOut } from './timed-out.ts'

const SYN = 0x02

/** Numbers of END_REASONS. */
const AT_END = 0
const TIMEOUT = 1
const NEW_CONNECTION = 2
const TABLE_FULL = 3

/**
 * How long a connection that a newer one has followed on the same addresses and ports stays open for late segments
 * (s); twice the longest time that a segment lives in practice. It does not end at once, as a flow that has ended can
 * take nothing in any more, and its late segments would be lost to it.
 */
const RETIRED_GRACE = 60

/** As many as `FlowColumns.chainCount` can count beside those of the profile. */
const MAX_EXTRA_CHAINS = 251

/** All conversations that are alive, from the packet that opens them to the packet that shows that they are over. */
export class LiveFlows {
  readonly key: FlowKey
  readonly table: FlowTable
  readonly conversations: Slots
  readonly directions = new Slots(DIRECTION_WORDS)
  readonly profiles: FlowProfiles
  readonly connections: TcpConnections
  /** flowInd of the flow that the idle timeout cut a conversation off from. */
  readonly continuationOf = new Map<number, number>()
  /** Header chains that a direction shows beyond those that its profile has room for. */
  readonly extraChains = new Map<number, Set<number>>()
  readonly firstHeaders = new FirstHeaders()
  /** Conversations that have ended but are not yet shown: slot, reason, the row that ended them. */
  readonly ended: number[] = []
  readonly endReasons: number[] = []
  readonly endedAt: number[] = []
  /** Number of the last packet that has arrived, modulo 2^32 and signed. */
  arrivals = 0
  readonly #counters: FlowCounters
  readonly maxFlows: number
  /** Directions that are idle while the opposite ones are not. */
  readonly #passed: number[] = []
  readonly #active: IdleQueue
  readonly #retired: IdleQueue
  readonly #timedOut = new TimedOut()
  #conversationsAlive = 0
  #flowsAlive = 0

  /** `timeout` in seconds, 0: never; `maxFlows`: most conversations alive, 0: no limit. */
  constructor(timeout: number, maxFlows: number, seed: number, counters: FlowCounters) {
    const hash = new SeededHash(seed)
    this.key = new FlowKey(hash)
    this.table = new FlowTable(this.key)
    this.conversations = this.table.conversations
    this.profiles = new FlowProfiles(hash)
    this.connections = new TcpConnections(this.conversations, this.directions)
    this.#counters = counters
    this.maxFlows = maxFlows
    const idle = timeout === 0 ? Number.POSITIVE_INFINITY : timeout
    this.#active = this.#queue(idle)
    this.#retired = this.#queue(Math.min(idle, RETIRED_GRACE))
  }

  /** Whether `expire()` can have something to do at this time. */
  isDue(sec: number, nsec: number): boolean {
    const active = this.#active
    const retired = this.#retired
    return (
      (sec >= active.dueSec && (sec > active.dueSec || nsec >= active.dueNsec)) ||
      (sec >= retired.dueSec && (sec > retired.dueSec || nsec >= retired.dueNsec))
    )
  }

  /** Ends what has been idle for too long when the packet in this row arrives. */
  expire(sec: number, nsec: number, row: number): void {
    const idle = this.#retired.drawIdle(sec, nsec)
    for (const id of idle) this.#detach(id)
    for (const id of this.#active.drawIdle(sec, nsec)) idle.push(id)
    this.arrivals = passOver(this.#passed, this.directions, this.arrivals)
    for (const id of this.#byArrival(idle)) this.#end(id, this.#isRetired(id) ? NEW_CONNECTION : TIMEOUT, row)
  }

  /** Everything that is left, in the order in which it comes out; to be ended one by one with `endAtEnd()`. */
  rest(): Uint32Array {
    const rest = new Uint32Array(this.#conversationsAlive)
    let count = 0
    for (let id = this.#retired.drawAny(); id !== 0; id = this.#retired.drawAny()) {
      this.#detach(id)
      rest[count++] = id
    }
    for (let id = this.#active.drawAny(); id !== 0; id = this.#active.drawAny()) rest[count++] = id
    return this.#byArrival(rest)
  }

  endAtEnd(id: number): void {
    this.#end(id, this.#isRetired(id) ? NEW_CONNECTION : AT_END, 0)
  }

  /**
   * Opens a conversation with the packet in this row, whose key was read. `previous` is the connection that had the
   * key until now, 0 if there is none. Returns the new conversation's slot.
   */
  open(
    packets: PacketColumns,
    frames: FrameColumns,
    captureNo: number,
    row: number,
    current: number,
    isTcp: boolean,
  ): number {
    const { key, conversations, directions } = this
    let previous = current
    if (this.maxFlows > 0 && this.#conversationsAlive >= this.maxFlows) {
      this.#makeRoom(row)
      if (previous !== 0) previous = this.table.find()
    }
    if (previous !== 0) this.#retire(previous, row)
    const id = this.table.add(previous)
    conversations.set(id, C_PREVIOUS, previous)
    if (previous !== 0) conversations.set(previous, C_PREVIOUS, id)
    if (key.side === 1) conversations.set(id, C_STATE, conversations.get(id, C_STATE) | STATE_OPENED_BY_1)
    conversations.setF64(id, C_FLOW_IND_F64, ++this.#counters.conversations)
    this.#conversationsAlive++
    const cut = isTcp && previous === 0 ? this.#timedOut.recall(key) : 0
    if (cut !== 0 && (packets.tcpFlags[row]! & SYN) === 0) {
      this.continuationOf.set(id, cut)
      this.#counters.continuations++
    }
    const slot = this.openDirection(id, packets, frames, captureNo, row)
    const family = packets.family[row]
    const proto = packets.l4Proto[row]
    if ((family === 4 && proto === PROTO_ICMP) || (family === 6 && proto === PROTO_ICMPV6))
      directions.set(slot, D_ICMP, packets.icmp[row]!)
    this.#active.add(id, frames.sec[row]!, frames.nsec[row]!)
    return id
  }

  /** Opens the direction that the read key's side says; the packet itself is not counted by this. */
  openDirection(
    id: number,
    packets: PacketColumns,
    frames: FrameColumns,
    captureNo: number,
    row: number,
  ): number {
    const { side } = this.key
    const { directions } = this
    const slot = directions.take()
    const counters = this.#counters
    const other = this.conversations.get(id, C_SIDES + 1 - side)
    this.conversations.set(id, C_SIDES + side, slot)
    directions.setF64(slot, D_FIRST_SEC_F64, frames.sec[row]!)
    directions.setF64(slot, D_FIRST_PKT_NO_F64, frames.pktNo[row]!)
    directions.set(slot, D_FIRST_NSEC, frames.nsec[row]!)
    directions.set(slot, D_PROFILE, this.profiles.begin(packets, frames, captureNo, row))
    const isB = other === 0 ? opensAsB(packets, row) : (directions.get(other, D_STAT_LO) & LO_INVERTED) === 0
    if (isB) directions.set(slot, D_STAT_LO, LO_INVERTED)
    if (packets.family[row] !== 0 && packets.l4Proto[row] === PROTO_TCP && this.key.isMirrored) {
      directions.set(slot, D_STAT_HI, HI_LAND_ATTACK)
    }
    this.firstHeaders.begin(slot, row)
    if (other === 0) counters.aFlows++
    else counters.bFlows++
    if (packets.family[row] === 4) counters.ipv4Flows++
    else if (packets.family[row] === 6) counters.ipv6Flows++
    else counters.l2Flows++
    if (++this.#flowsAlive > counters.maxFlowsInMemory) counters.maxFlowsInMemory = this.#flowsAlive
    return slot
  }

  /** To be told of packets whose time is earlier than that of some packet before them. */
  seenOutOfOrder(id: number, sec: number, nsec: number): void {
    if (this.#isRetired(id)) this.#retired.seenOutOfOrder(id, sec, nsec)
    else this.#active.seenOutOfOrder(id, sec, nsec)
  }

  /** Adds to a direction's profile what this packet shows. */
  extendProfile(slot: number, packets: PacketColumns, row: number): void {
    const { directions, profiles } = this
    const profile = profiles.extend(directions.get(slot, D_PROFILE), packets, row)
    directions.set(slot, D_PROFILE, profile)
    const chain = packets.chain[row]!
    if (profiles.hasChain(profile, chain)) return
    directions.set(slot, D_STAT_HI, directions.get(slot, D_STAT_HI) | HI_HEADER_OVERRUN)
    const chains = this.extraChains.get(slot)
    if (chains === undefined) this.extraChains.set(slot, new Set([chain]))
    else if (chains.size < MAX_EXTRA_CHAINS) chains.add(chain)
  }

  #queue(timeout: number): IdleQueue {
    const seconds = Math.floor(timeout)
    const nanoseconds = timeout === seconds ? 0 : Math.round((timeout - seconds) * 1e9)
    return new IdleQueue(this.conversations, this.directions, this.#passed, seconds, nanoseconds)
  }

  #end(id: number, reason: number, row: number): void {
    const previous = this.#isRetired(id) ? 0 : this.conversations.get(id, C_PREVIOUS)
    if (reason === TIMEOUT) this.#rememberCut(id)
    if (previous !== 0) {
      // late segments have kept the connection before this one alive for longer: it has the key to itself again
      this.#retired.remove(previous)
      this.#detach(previous)
      this.conversations.set(previous, C_STATE, this.conversations.get(previous, C_STATE) & ~STATE_RETIRED)
      this.table.replace(id, previous)
      this.#active.file(previous)
    } else if (reason !== AT_END && !this.#isRetired(id)) this.table.remove(id)
    const first = this.conversations.get(id, C_SIDES)
    const second = this.conversations.get(id, C_SIDES + 1)
    for (const slot of [first, second]) {
      if (slot === 0) continue
      this.#flowsAlive--
      if (reason === TABLE_FULL)
        this.directions.set(slot, D_STAT_HI, this.directions.get(slot, D_STAT_HI) | HI_TABLE_FULL)
    }
    const isLone = first === 0 || second === 0
    if (isLone && (this.directions.get(first + second, D_STAT_LO) & LO_INVERTED) !== 0)
      this.#counters.loneBFlows++
    this.#conversationsAlive--
    this.#counters.ended[reason]!++
    this.ended.push(id)
    this.endReasons.push(reason)
    this.endedAt.push(row)
  }

  /** Leaves a connection open for late segments only. */
  #retire(id: number, row: number): void {
    const before = this.conversations.get(id, C_PREVIOUS)
    if (before !== 0) {
      this.#retired.remove(before)
      this.#detach(before)
      this.#end(before, NEW_CONNECTION, row)
    }
    this.#active.remove(id)
    this.conversations.set(id, C_STATE, this.conversations.get(id, C_STATE) | STATE_RETIRED)
    this.#retired.file(id)
  }

  /** Cuts the link between a retired connection and the one that followed it. */
  #detach(retired: number): void {
    this.conversations.set(this.conversations.get(retired, C_PREVIOUS), C_PREVIOUS, 0)
    this.conversations.set(retired, C_PREVIOUS, 0)
  }

  /** Ends the least recently used conversation; those that only wait for late segments go first. */
  #makeRoom(row: number): void {
    const retired = this.#retired.drawOldest()
    if (retired !== 0) this.#detach(retired)
    this.#end(retired !== 0 ? retired : this.#active.drawOldest(), TABLE_FULL, row)
  }

  #rememberCut(id: number): void {
    const words = this.conversations.i32[id >>> SEGMENT_BITS]!
    const at = (id & SEGMENT_MASK) * CONVERSATION_WORDS
    const isTcp = (words[at + C_LAYER]! & 15) !== 0 && (words[at + C_STATE]! & 0xff) === PROTO_TCP
    if (!isTcp || this.connections.isClosed(id)) return
    this.#timedOut.remember(words, at, this.table.hashOf(id), this.conversations.getF64(id, C_FLOW_IND_F64))
  }

  #byArrival(ids: ArrayLike<number>): Uint32Array {
    return byArrival(ids, this.conversations, this.directions, this.arrivals)
  }

  #isRetired(id: number): boolean {
    return (this.conversations.get(id, C_STATE) & STATE_RETIRED) !== 0
  }
}
