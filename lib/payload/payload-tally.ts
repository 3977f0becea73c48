import type { SummaryRecord } from '../records.ts'

/**
 * Counters of the payload stage. Every captured payload byte of a selected packet is in exactly one of them:
 *
 *     payloadBytes = writtenBytes + duplicateBytes + overwrittenBytes + rejectedBytes + urgentBytes + beyondMaxBytes +
 *                    strippedBytes + sctpHeaderBytes
 *     rejectedBytes = keepAliveBytes + outOfWindowBytes + gapTooLargeBytes + rstBytes + afterFinBytes + afterRstBytes +
 *                     beforeStartBytes + badChecksumBytes + oldTimestampBytes + lateTsnBytes + badChunkBytes
 *
 * `writtenBytes` are those that stand in the streams in the end; `overwrittenBytes` those that gave way to a later copy.
 */
export class PayloadTally {
  packets = 0
  payloadBytes = 0
  writtenBytes = 0
  duplicateBytes = 0
  overwrittenBytes = 0
  rejectedBytes = 0
  keepAliveBytes = 0
  outOfWindowBytes = 0
  gapTooLargeBytes = 0
  rstBytes = 0
  afterFinBytes = 0
  afterRstBytes = 0
  beforeStartBytes = 0
  /** SCTP: DATA whose TSN had been given up or is far off; what stands in chunks that no receiver takes. */
  lateTsnBytes = 0
  badChunkBytes = 0
  badChecksumBytes = 0
  oldTimestampBytes = 0
  /** Urgent bytes that were left out. */
  urgentBytes = 0
  beyondMaxBytes = 0
  strippedBytes = 0
  /** SCTP chunks but for user data. */
  sctpHeaderBytes = 0
  /** Payload bytes of packets that are not selected. */
  notSelectedBytes = 0
  /** Segments, with and without a byte, that ask whether the peer is there. */
  keepAlives = 0
  /** Segments outside any window. */
  outOfWindow = 0
  /** SCTP: TSNs that were never captured; of these, those that their sender gave up count for themselves. */
  tsnsMissing = 0
  tsnsAbandoned = 0
  /** How often DATA was given without the TSNs before it because too much waited. */
  sctpBoundReached = 0
  sctpRestarts = 0
  /** Messages and fragments that are not numbered as their TSNs go. */
  ssnMismatches = 0
  fragmentMismatches = 0
  /** Segments with a wrong checksum, with an old timestamp, and those whose checksum nobody could or did work out. */
  badChecksums = 0
  oldTimestamps = 0
  uncheckedSegments = 0
  /** How often copies differed, and over how many bytes; bytes that came again and could not be compared. */
  conflicts = 0
  conflictBytes = 0
  uncomparedBytes = 0
  gaps = 0
  gapBytes = 0
  /** Those of them that no record tells of one by one. */
  unlistedGaps = 0
  unlistedGapBytes = 0
  /** Streams whose FIN lies behind the last byte that is known, and by how many bytes. */
  tailsMissing = 0
  tailBytesMissing = 0
  /** Flow directions that gave payload, and those that ended without a flow record. */
  flowsWithPayload = 0
  flowsWithoutRecord = 0
  /** pldStat of all flow directions, or-ed. */
  aggPldStat = 0

  summary(): SummaryRecord {
    const { aggPldStat, unlistedGaps, unlistedGapBytes, ...counters } = this
    const unlisted: Record<string, number> = unlistedGaps === 0 ? {} : { unlistedGaps, unlistedGapBytes }
    return { type: 'summary', stage: 'payload', ...counters, ...unlisted, aggPldStat: statText(aggPldStat) }
  }
}

/** The counters that say why bytes were rejected. */
export type Rejection =
  | 'keepAliveBytes'
  | 'outOfWindowBytes'
  | 'gapTooLargeBytes'
  | 'rstBytes'
  | 'afterFinBytes'
  | 'afterRstBytes'
  | 'beforeStartBytes'
  | 'badChecksumBytes'
  | 'oldTimestampBytes'

/** A pldStat mask as it is printed, `0x03`. */
export function statText(stat: number): string {
  return `0x${stat.toString(16).padStart(2, '0')}`
}
