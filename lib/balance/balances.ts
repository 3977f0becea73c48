import type { SummaryRecord } from '../records.ts'

/**
 * A number of the ledger: `<stage>.<counter>` of a summary record, `flows.<sum>` over all flow records (`FLOW_SUMS`),
 * or `gaps.<sum>` over all gap records.
 */
export type Term = `${SummaryRecord['stage'] | 'flows' | 'gaps'}.${string}`

/** Places where records go from one stage to the next, and so can be filtered away in a pipe. */
export type Passage = 'frames' | 'packets' | 'tagged' | 'chunks' | 'flows' | 'gaps'

/** Two sums that must be the same number. */
export interface Balance {
  name: string
  left: readonly Term[]
  right: readonly Term[]
  /** Holds only with, or only without, a filter of frames. */
  filter?: boolean
  /** Says whether all came through this passage: `left` came of what `right` says. */
  passage?: Passage
  /** Says something only if all came through these. */
  behind?: readonly Passage[]
}

/** All that has to add up. What leaves one stage comes into the next, and nothing is lost in between. */
export const BALANCES: readonly Balance[] = [
  // capture, filter
  {
    name: 'packets decoded of those read',
    passage: 'frames',
    filter: false,
    left: ['decode.packets'],
    right: ['capture.packets'],
  },
  {
    name: 'bytes decoded of those read',
    behind: ['frames'],
    filter: false,
    left: ['decode.bytes'],
    right: ['capture.capBytes'],
  },
  {
    name: 'packets filtered and kept of those read',
    filter: true,
    left: ['filter.keptPackets', 'filter.filteredPackets', 'filter.afterCountPackets'],
    right: ['capture.packets'],
  },
  {
    name: 'packets that the filter looked at',
    filter: true,
    left: ['filter.keptPackets', 'filter.filteredPackets'],
    right: ['filter.packets'],
  },
  {
    name: 'bytes filtered and kept of those read',
    filter: true,
    left: ['filter.keptBytes', 'filter.filteredBytes', 'filter.afterCountBytes'],
    right: ['capture.capBytes'],
  },
  {
    name: 'packets decoded of those kept',
    passage: 'frames',
    filter: true,
    left: ['decode.packets'],
    right: ['filter.keptPackets'],
  },
  {
    name: 'bytes decoded of those kept',
    behind: ['frames'],
    filter: true,
    left: ['decode.bytes'],
    right: ['filter.keptBytes'],
  },

  // decode
  {
    name: 'packets by network layer',
    left: ['decode.l2Packets', 'decode.ipv4Packets', 'decode.ipv6Packets'],
    right: ['decode.packets'],
  },
  {
    name: 'bytes of fragments',
    left: [
      'decode.reassembledBytes',
      'decode.repeatedFragmentBytes',
      'decode.cutFragmentBytes',
      'decode.refusedFragmentBytes',
      'decode.discardedFragmentBytes',
      'decode.timedOutFragmentBytes',
      'decode.evictedFragmentBytes',
      'decode.unfinishedFragmentBytes',
    ],
    right: ['decode.fragmentBytes'],
  },

  // flow
  {
    name: 'packets in flows',
    passage: 'packets',
    left: ['flow.packets'],
    right: ['decode.packets', 'decode.extraPackets'],
  },
  {
    name: 'bytes in flows',
    behind: ['packets'],
    left: ['flow.aBytes', 'flow.bBytes'],
    right: ['decode.bytes', 'decode.extraBytes'],
  },
  { name: 'packets by direction', left: ['flow.aPackets', 'flow.bPackets'], right: ['flow.packets'] },
  { name: 'flows by direction', left: ['flow.aFlows', 'flow.bFlows'], right: ['flow.flows'] },
  { name: 'requests and replies', left: ['flow.requestFlows', 'flow.replyFlows'], right: ['flow.flows'] },
  {
    name: 'flows by network layer',
    left: ['flow.l2Flows', 'flow.ipv4Flows', 'flow.ipv6Flows'],
    right: ['flow.flows'],
  },
  {
    name: 'conversations by the reason of their end',
    left: ['flow.endedAtEnd', 'flow.endedByTimeout', 'flow.endedByNewConnection', 'flow.endedByTableFull'],
    right: ['flow.conversations'],
  },
  { name: 'flow records', passage: 'flows', left: ['flows.records'], right: ['flow.flows'] },
  { name: 'packets of flow records', behind: ['flows'], left: ['flows.packets'], right: ['flow.packets'] },
  {
    name: 'bytes of flow records',
    behind: ['flows'],
    left: ['flows.capBytes'],
    right: ['flow.aBytes', 'flow.bBytes'],
  },

  // payload
  {
    name: 'packets looked at for payload',
    passage: 'tagged',
    left: ['payload.packets'],
    right: ['flow.packets'],
  },
  {
    name: 'payload of selected and other packets',
    behind: ['packets', 'tagged'],
    left: ['payload.payloadBytes', 'payload.notSelectedBytes'],
    right: ['decode.payloadBytes'],
  },
  {
    name: 'payload by what became of it',
    left: [
      'payload.writtenBytes',
      'payload.duplicateBytes',
      'payload.overwrittenBytes',
      'payload.rejectedBytes',
      'payload.urgentBytes',
      'payload.beyondMaxBytes',
      'payload.strippedBytes',
      'payload.sctpHeaderBytes',
    ],
    right: ['payload.payloadBytes'],
  },
  {
    name: 'rejected payload by reason',
    left: [
      'payload.keepAliveBytes',
      'payload.outOfWindowBytes',
      'payload.gapTooLargeBytes',
      'payload.rstBytes',
      'payload.afterFinBytes',
      'payload.afterRstBytes',
      'payload.beforeStartBytes',
      'payload.badChecksumBytes',
      'payload.oldTimestampBytes',
      'payload.lateTsnBytes',
      'payload.badChunkBytes',
    ],
    right: ['payload.rejectedBytes'],
  },
  { name: 'gap records', passage: 'gaps', left: ['gaps.records'], right: ['payload.gaps'] },
  { name: 'bytes of gap records', behind: ['gaps'], left: ['gaps.bytes'], right: ['payload.gapBytes'] },
  { name: 'gaps of flow records', behind: ['flows'], left: ['flows.gaps'], right: ['payload.gaps'] },
  {
    name: 'bytes in gaps of flow records',
    behind: ['flows'],
    left: ['flows.gapBytes'],
    right: ['payload.gapBytes'],
  },
  {
    name: 'flow records with payload',
    behind: ['flows'],
    left: ['flows.withPayload'],
    right: ['payload.flowsWithPayload'],
  },
  {
    name: 'payload of flow records',
    behind: ['flows'],
    left: ['flows.pldBytes'],
    right: ['payload.writtenBytes'],
  },
  {
    name: 'length of TCP streams as bytes and gaps',
    left: ['flows.tcpBytes', 'flows.tcpGapBytes'],
    right: ['flows.tcpLen'],
  },

  // sink
  {
    name: 'bytes written to files',
    passage: 'chunks',
    left: ['sink.bytes', 'sink.failedBytes'],
    right: ['payload.writtenBytes', 'payload.overwrittenBytes'],
  },
  { name: 'files of flow records', behind: ['flows'], left: ['flows.files'], right: ['sink.files'] },
]
