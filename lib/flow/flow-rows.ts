import type { FlowColumns } from '../flow-columns.ts'
import { PROTO_ICMP, PROTO_ICMPV6 } from '../packet-facts.ts'
import { chainAt, P_COUNTS, P_MAC, P_VLAN, PROFILE_WORDS } from './flow-profiles.ts'
import {
  C_ADDR,
  C_FLOW_IND_F64,
  C_LAYER,
  C_PORTS,
  C_SIDES,
  C_STATE,
  CONVERSATION_WORDS,
  D_CAP_BYTES_F64,
  D_FIRST_NSEC,
  D_FIRST_PKT_NO_F64,
  D_FIRST_SEC_F64,
  D_ICMP,
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
  STATE_OPENED_BY_1,
} from './flow-state.ts'
import { SEGMENT_BITS, SEGMENT_MASK, type Slots } from './slots.ts'

/** Adds a row for one direction of a conversation, from its records. */
export function writeFlowRow(
  flows: FlowColumns,
  conversations: Slots,
  directions: Slots,
  profiles: Slots,
  id: number,
  side: number,
): number {
  const row = flows.count++
  const conversation = conversations.i32[id >>> SEGMENT_BITS]!
  const at = (id & SEGMENT_MASK) * CONVERSATION_WORDS
  const slot = conversation[at + C_SIDES + side]!
  const words = directions.i32[slot >>> SEGMENT_BITS]!
  const doubles = directions.f64[slot >>> SEGMENT_BITS]!
  const d = (slot & SEGMENT_MASK) * DIRECTION_WORDS
  const d64 = d >>> 1
  flows.flowInd[row] = conversations.f64[id >>> SEGMENT_BITS]![(at >>> 1) + C_FLOW_IND_F64]!
  flows.firstSec[row] = doubles[d64 + D_FIRST_SEC_F64]!
  flows.lastSec[row] = doubles[d64 + D_LAST_SEC_F64]!
  flows.firstPktNo[row] = doubles[d64 + D_FIRST_PKT_NO_F64]!
  flows.packets[row] = (words[d + D_PACKETS]! >>> 0) + (words[d + D_IP_ID]! & 0xffff) * 2 ** 32
  flows.wireBytes[row] = doubles[d64 + D_WIRE_BYTES_F64]!
  flows.capBytes[row] = doubles[d64 + D_CAP_BYTES_F64]!
  flows.l7Bytes[row] = doubles[d64 + D_L7_BYTES_F64]!
  flows.firstNsec[row] = words[d + D_FIRST_NSEC]!
  flows.lastNsec[row] = words[d + D_LAST_NSEC]!
  flows.statLo[row] = words[d + D_STAT_LO]!
  flows.statHi[row] = words[d + D_STAT_HI]!
  flows.dir[row] = words[d + D_STAT_LO]! & 1

  const layer = conversation[at + C_LAYER]!
  const family = layer & 15
  const state = conversation[at + C_STATE]!
  const proto = state & 0xff
  const ports = conversation[at + C_PORTS]!
  flows.family[row] = family
  flows.ethType[row] = (layer >>> 4) & 0xffff
  flows.l4Proto[row] = proto
  flows.srcPort[row] = side === 0 ? ports >>> 16 : ports & 0xffff
  flows.dstPort[row] = side === 0 ? ports & 0xffff : ports >>> 16
  if (family !== 0) {
    const swap = 4 * side
    for (let i = 0; i < 8; i++) flows.addr[8 * row + (i ^ swap)] = conversation[at + C_ADDR + i]!
  }
  if ((family === 4 && proto === PROTO_ICMP) || (family === 6 && proto === PROTO_ICMPV6)) {
    const opener = conversation[at + C_SIDES + ((state & STATE_OPENED_BY_1) === 0 ? 0 : 1)]!
    flows.icmp[row] = directions.get(opener, D_ICMP)
  }
  writeProfile(flows, row, profiles, words[d + D_PROFILE]!)
  return row
}

function writeProfile(flows: FlowColumns, row: number, profiles: Slots, profile: number): void {
  const words = profiles.i32[profile >>> SEGMENT_BITS]!
  const at = (profile & SEGMENT_MASK) * PROFILE_WORDS
  const counts = words[at + P_COUNTS]!
  const chains = (counts >>> 8) & 0xff
  for (let i = 0; i < 9; i++) flows.mac[9 * row + i] = words[at + P_MAC + i]!
  for (let i = 0; i < chains; i++) flows.chain[4 * row + i] = chainAt(words, at, i)
  flows.vlanTci[3 * row] = words[at + P_VLAN]!
  flows.vlanTci[3 * row + 1] = words[at + P_VLAN]! >>> 16
  flows.vlanTci[3 * row + 2] = words[at + P_VLAN + 1]!
  flows.capture[row] = words[at + P_VLAN + 1]! >>> 16
  flows.macCount[row] = counts
  flows.chainCount[row] = chains
  flows.vlanCount[row] = counts >>> 16
  flows.digits[row] = counts >>> 24
}
