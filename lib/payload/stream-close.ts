import type { Gap } from '../records.ts'
import { StreamEnd } from '../stream-end.ts'
import type { GapList } from './gap-list.ts'
import { statText } from './payload-tally.ts'
import { MAX_WINDOW } from './stream-bounds.ts'
import {
  HAS_CUT,
  HAS_FIN,
  HAS_HOLES,
  HAS_START,
  type StreamSegment,
  type StreamTable,
} from './stream-table.ts'

/** No IP datagram is longer (without the jumbo option). */
const MAX_DATAGRAM = 0xffff

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

/** Whether a stage before us said what the payload of the flow in this line is, which holds if no packet came to us. */
export function isTold(line: Uint8Array): boolean {
  return Buffer.from(line.buffer, line.byteOffset, line.length).includes('"pldStat":')
}

/** How many bytes a stream lacks between the last that is known and its FIN; 0 without a FIN that can be believed. */
export function missingTail({ flags, finSeq, nextSeq }: StreamSegment, index: number): number {
  if ((flags[index]! & HAS_FIN) === 0) return 0
  const bytes = (finSeq[index]! - nextSeq[index]!) | 0
  return bytes > 0 && bytes <= MAX_WINDOW ? bytes : 0
}

/** Works out what is to be said of a stream that has ended; gaps go to `list`. Bytes at `limit` and behind it do not count. */
export function closeStream(
  { irregular }: StreamTable,
  segment: StreamSegment,
  index: number,
  slot: number,
  limit: number,
  list: GapList,
): StreamEnd {
  const flags = segment.flags[index]!
  const stat = segment.stat[index]!
  const stop = Math.min(segment.end[index]!, limit)
  if ((flags & (HAS_HOLES | HAS_START | HAS_CUT)) === 0) {
    if (stop <= 0) return emptyStream(stat)
    return new StreamEnd(0, statText(stat), stop, stop, [], segment.overlaps[index]!)
  }
  const { start, captured, snapped, cut, moreCuts, moreCutBytes, urgent, filtered, fragments } =
    irregular.get(slot)!
  const gap = (from: number, to: number, reason: Gap['reason']): void => {
    if (to > from) list.add(from - start, to - from, reason)
  }
  const reasons = [
    [urgent, 'filtered'],
    [snapped, 'snaplen'],
    [filtered, 'filtered'],
  ] as const
  /** Tells of a stretch that lacks, by the first reason that holds for each part of it. */
  const tell = (from: number, to: number, level: number): void => {
    if (level === reasons.length) {
      const isFragment = fragments?.includes(from) === true && to - from <= MAX_DATAGRAM
      gap(from, to, isFragment ? 'fragment' : 'absent')
      return
    }
    const [set, reason] = reasons[level]!
    if (set === undefined) {
      tell(from, to, level + 1)
      return
    }
    let at = from
    set.eachGap(from, to, (otherFrom, otherTo) => {
      gap(at, otherFrom, reason)
      tell(otherFrom, otherTo, level + 1)
      at = otherTo
    })
    gap(at, to, reason)
  }
  captured?.eachGap(start, stop, (from, to) => tell(from, to, 0))
  for (let at = 0; at < (cut?.length ?? 0); at += 2) gap(cut![at]!, cut![at]! + cut![at + 1]!, 'snaplen')
  list.leaveOut(moreCuts, moreCutBytes)
  const bytes = captured === undefined ? stop - start : captured.total
  return new StreamEnd(start, statText(stat), stop - start, bytes, list.gaps, segment.overlaps[index]!)
}
