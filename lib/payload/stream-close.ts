import type { Gap } from '../records.ts'
import { StreamEnd } from '../stream-end.ts'
import { statText } from './payload-tally.ts'
import { HAS_CUT, HAS_HOLES, HAS_START, type StreamSegment, type StreamTable } from './stream-table.ts'

/** One for each pldStat: most flows have no payload, and those share them. */
const EMPTY = Array.from({ length: 256 }, (_, stat) => {
  const end = new StreamEnd(0, statText(stat), 0, 0, Object.freeze<Gap[]>([]) as Gap[], 0)
  Object.freeze(end)
  return end
})

/** What the record of a flow without any payload says. */
export function emptyStream(stat: number): StreamEnd {
  return EMPTY[stat]!
}

/** Works out what is to be said of a stream that has ended. Bytes at `limit` and behind it do not count. */
export function closeStream(
  { irregular }: StreamTable,
  segment: StreamSegment,
  index: number,
  slot: number,
  limit: number,
): StreamEnd {
  const flags = segment.flags[index]!
  const stat = segment.stat[index]!
  const stop = Math.min(segment.end[index]!, limit)
  if ((flags & (HAS_HOLES | HAS_START | HAS_CUT)) === 0) {
    if (stop === 0) return emptyStream(stat)
    return new StreamEnd(0, statText(stat), stop, stop, [], segment.overlaps[index]!)
  }
  const { start, captured, snapped, cut } = irregular.get(slot)!
  const gaps: Gap[] = []
  const gap = (from: number, to: number, reason: Gap['reason']): void => {
    if (to > from) gaps.push({ offset: from - start, length: to - from, reason })
  }
  captured?.eachGap(start, stop, (from, to) => {
    let at = from
    snapped?.eachGap(from, to, (absentFrom, absentTo) => {
      gap(at, absentFrom, 'snaplen')
      gap(absentFrom, absentTo, 'absent')
      at = absentTo
    })
    gap(at, to, snapped === undefined ? 'absent' : 'snaplen')
  })
  for (let at = 0; at < (cut?.length ?? 0); at += 2) gap(cut![at]!, cut![at]! + cut![at + 1]!, 'snaplen')
  const bytes = captured === undefined ? stop - start : captured.total
  return new StreamEnd(start, statText(stat), stop - start, bytes, gaps, segment.overlaps[index]!)
}
