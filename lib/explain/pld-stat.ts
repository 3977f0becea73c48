import type { BitRow } from './mask-table.ts'

/** `pldStat`; docs/records.md tells more of each. */
export const PLD_STAT_BITS: readonly BitRow[] = [
  [0, 'match', 'Match for this flow'],
  [1, 'dumped', 'dump payload for this flow'],
  [2, 'sctp-first-tsn', 'SCTP: first TSN of a DATA chunk seen'],
  [3, 'sctp-chunk-cut', 'SCTP: chunk cut by the capture', 'warning'],
  [4, 'rejected', 'Segment not written: keep-alive, or outside any window', 'warning'],
  [5, 'sctp-tsn-jump', 'SCTP: TSN does not follow the one before', 'warning'],
  [6, 'name-cut', 'Name of the file was too long and was cut', 'warning'],
  [7, 'file-error', 'File could not be opened or written', 'error'],
]
