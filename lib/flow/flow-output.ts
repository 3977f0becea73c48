import type { Batch, SideItem } from '../batch.ts'
import { FlowColumns } from '../flow-columns.ts'
import type { HeaderMembers } from '../header-columns.ts'
import type { FlowCounters } from './flow-counters.ts'
import { writeFlowRow } from './flow-rows.ts'
import { C_SIDES, D_PROFILE, D_STAT_LO } from './flow-state.ts'
import type { LiveFlows } from './live-flows.ts'

/** Rows for flows that have ended, and for each the row of the batch before which it stands. */
export interface EndedFlows {
  flows: FlowColumns
  flowHeaders: Batch['flowHeaders']
  at: number[]
}

/**
 * Takes the first `count` ended conversations out of `live`; the A row of each comes before its B row. `isLast`: no
 * conversation will be opened any more, so that there is no use in giving their memory back piece by piece.
 */
export function takeEnded(
  live: LiveFlows,
  counters: FlowCounters,
  count: number,
  isLast = false,
): EndedFlows {
  const { conversations, directions, profiles } = live
  const ids = live.ended.splice(0, count)
  const reasons = live.endReasons.splice(0, count)
  const endedAt = live.endedAt.splice(0, count)
  const flows = new FlowColumns(2 * ids.length)
  const headers = new Map<number, HeaderMembers>()
  const at: number[] = []
  ids.forEach((id, index) => {
    for (const side of sidesInOrder(live, id)) {
      const row = writeFlowRow(flows, conversations, directions, profiles.slots, id, side)
      const slot = conversations.get(id, C_SIDES + side)
      const extra = live.extraChains.get(slot)
      if (extra !== undefined) flows.chainCount[row] = Math.min(255, flows.chainCount[row]! + extra.size)
      flows.continuationOf[row] = live.continuationOf.get(id) ?? 0
      flows.endReason[row] = reasons[index]!
      const first = live.firstHeaders.of(slot)
      if (first !== undefined) headers.set(row, first)
      counters.packets[flows.dir[row]!]! += flows.packets[row]!
      counters.bytes[flows.dir[row]!]! += flows.capBytes[row]!
      counters.statLo |= flows.statLo[row]!
      counters.statHi |= flows.statHi[row]!
      at.push(endedAt[index]!)
    }
    if (!isLast) release(live, id)
  })
  return { flows, flowHeaders: headers.size === 0 ? undefined : headers, at }
}

/** Gives back what a conversation that was shown has taken. */
function release(
  { conversations, directions, profiles, extraChains, firstHeaders, continuationOf }: LiveFlows,
  id: number,
): void {
  for (let side = 0; side < 2; side++) {
    const slot = conversations.get(id, C_SIDES + side)
    if (slot === 0) continue
    profiles.release(directions.get(slot, D_PROFILE))
    extraChains.delete(slot)
    firstHeaders.forget(slot)
    directions.give(slot)
  }
  continuationOf.delete(id)
  conversations.give(id)
}

/** The sides of a conversation that were seen, A first. */
function sidesInOrder({ conversations, directions }: LiveFlows, id: number): number[] {
  const first = conversations.get(id, C_SIDES)
  const second = conversations.get(id, C_SIDES + 1)
  if (second === 0) return [0]
  if (first === 0) return [1]
  return (directions.get(first, D_STAT_LO) & 1) === 0 ? [0, 1] : [1, 0]
}

/** The batch's side items from `from` up to `to`, with the flows among them: what stood there came earlier. */
export function mergeSide(
  batch: Batch,
  from: number,
  to: number,
  { at }: EndedFlows,
): { side: SideItem[]; sideAt: number[] } {
  const side: SideItem[] = []
  const sideAt: number[] = []
  let next = from
  for (let flow = 0; flow <= at.length; flow++) {
    const limit = flow < at.length ? at[flow]! : Number.POSITIVE_INFINITY
    for (; next < to && batch.sideAt[next]! <= limit; next++) {
      side.push(batch.side[next]!)
      sideAt.push(batch.sideAt[next]!)
    }
    if (flow === at.length) break
    side.push(flow)
    sideAt.push(limit)
  }
  return { side, sideAt }
}
