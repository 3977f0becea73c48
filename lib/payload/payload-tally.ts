import type { SummaryRecord } from '../records.ts'

/**
 * Counters of the payload stage. Every captured payload byte of a selected packet is in exactly one of them:
 *
 *     payloadBytes = writtenBytes + duplicateBytes + rejectedBytes + beyondMaxBytes + strippedBytes
 *     rejectedBytes = keepAliveBytes + outOfWindowBytes + gapTooLargeBytes + rstBytes + afterFinBytes + beforeStartBytes
 */
export class PayloadTally {
  packets = 0
  payloadBytes = 0
  writtenBytes = 0
  duplicateBytes = 0
  rejectedBytes = 0
  keepAliveBytes = 0
  outOfWindowBytes = 0
  gapTooLargeBytes = 0
  rstBytes = 0
  afterFinBytes = 0
  beforeStartBytes = 0
  beyondMaxBytes = 0
  strippedBytes = 0
  /** Payload bytes of packets that are not selected. */
  notSelectedBytes = 0
  /** Segments, with and without a byte, that ask whether the peer is there. */
  keepAlives = 0
  /** Segments outside any window. */
  outOfWindow = 0
  gaps = 0
  gapBytes = 0
  /** Flow directions that gave payload, and those that ended without a flow record. */
  flowsWithPayload = 0
  flowsWithoutRecord = 0
  /** pldStat of all flow directions, or-ed. */
  aggPldStat = 0

  summary(): SummaryRecord {
    const { aggPldStat, ...counters } = this
    return { type: 'summary', stage: 'payload', ...counters, aggPldStat: statText(aggPldStat) }
  }
}

/** The counters that say why bytes were rejected. */
export type Rejection =
  | 'keepAliveBytes'
  | 'outOfWindowBytes'
  | 'gapTooLargeBytes'
  | 'rstBytes'
  | 'afterFinBytes'
  | 'beforeStartBytes'

/** A pldStat mask as it is printed, `0x03`. */
export function statText(stat: number): string {
  return `0x${stat.toString(16).padStart(2, '0')}`
}
