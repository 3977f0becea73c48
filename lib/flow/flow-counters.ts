import type { SummaryRecord } from '../records.ts'
import { mask64 } from '../status-bits.ts'

/** What the flow stage counts for the end report. A flow is one direction of a conversation. */
export class FlowCounters {
  conversations = 0
  l2Flows = 0
  ipv4Flows = 0
  ipv6Flows = 0
  /** Flows that opened a conversation, and flows that found one. */
  aFlows = 0
  bFlows = 0
  /** Flows of direction B that nothing ever answered: they count as replies though they opened. */
  loneBFlows = 0
  maxFlowsInMemory = 0
  /** Flows that there may be at a time, two for each conversation; 0: any number. */
  maxFlows = 0
  /** Packets and captured bytes by direction (status bit 0). */
  readonly packets = new Float64Array(2)
  readonly bytes = new Float64Array(2)
  statLo = 0
  statHi = 0
  /** Conversations by the reason of their end, see END_REASONS. */
  readonly ended = new Float64Array(4)
  continuations = 0

  summary(): SummaryRecord {
    return {
      type: 'summary',
      stage: 'flow',
      packets: this.packets[0]! + this.packets[1]!,
      flows: this.aFlows + this.bFlows,
      conversations: this.conversations,
      l2Flows: this.l2Flows,
      ipv4Flows: this.ipv4Flows,
      ipv6Flows: this.ipv6Flows,
      aFlows: this.aFlows,
      bFlows: this.bFlows,
      requestFlows: this.aFlows - this.loneBFlows,
      replyFlows: this.bFlows + this.loneBFlows,
      aPackets: this.packets[0]!,
      bPackets: this.packets[1]!,
      aBytes: this.bytes[0]!,
      bBytes: this.bytes[1]!,
      maxFlowsInMemory: this.maxFlowsInMemory,
      ...(this.maxFlows > 0 ? { maxFlows: this.maxFlows } : {}),
      endedAtEnd: this.ended[0]!,
      endedByTimeout: this.ended[1]!,
      endedByNewConnection: this.ended[2]!,
      endedByTableFull: this.ended[3]!,
      continuations: this.continuations,
      aggFlowStat: mask64(this.statHi, this.statLo),
    }
  }
}
