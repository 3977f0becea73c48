import { markerText } from '../gap-text.ts'
import type { Gap } from '../records.ts'
import type { StretchCursor } from './stretches.ts'

/** How a file shows what was not captured: as zeros, not at all, or by a line of text. */
export type GapMode = 'zero' | 'skip' | 'marker'

export const GAP_MODES: readonly GapMode[] = ['zero', 'skip', 'marker']

/** What goes into a file, in its order. Positions in the file are bytes from its start. */
export interface LayoutVisitor {
  /** Bytes of a stretch, from one offset of the stream up to another. */
  bytes?(stretch: StretchCursor, from: number, to: number, fileAt: number): void
  /** What stands in place of a gap; empty: nothing. */
  text?(text: string, fileAt: number): void
}

/**
 * Tells what a file holds of a stream from `start` up to `end` of which `stretches` were captured. All positions are
 * in terms of chunks. What lies between the stretches is missing, whoever says what of it; `gaps`, by offset, say why,
 * and where something is missing that takes no room in the stream: tails of datagrams. Returns the file's length.
 */
export function layOut(
  mode: GapMode,
  start: number,
  end: number,
  stretches: StretchCursor,
  gaps: readonly Gap[],
  visitor: LayoutVisitor,
): number {
  let at = start
  let fileAt = 0
  let next = 0
  const mark = (length: number, reason: Gap['reason'] | undefined, takesRoom: boolean): void => {
    if (mode === 'zero' && takesRoom) fileAt += length
    if (mode !== 'marker') return
    const text = markerText(length, reason)
    visitor.text?.(text, fileAt)
    fileAt += text.length
  }
  const hole = (to: number): void => {
    while (at < to) {
      const gap = gaps[next]
      if (gap !== undefined && gap.offset + gap.length <= at) next++
      else if (gap === undefined || gap.offset >= to) {
        mark(to - at, undefined, true)
        at = to
      } else if (gap.offset > at) {
        mark(gap.offset - at, undefined, true)
        at = gap.offset
      } else {
        const stop = Math.min(to, gap.offset + gap.length)
        mark(stop - at, gap.reason, true)
        at = stop
        // what a gap says of bytes that were captured counts for nothing
        next++
      }
    }
  }
  const give = (stretch: StretchCursor, to: number): void => {
    if (to <= at) return
    visitor.bytes?.(stretch, at, to, fileAt)
    fileAt += to - at
    at = to
  }
  while (stretches.next()) {
    if (stretches.offset > at) hole(stretches.offset)
    for (let gap = gaps[next]; gap !== undefined && gap.offset < stretches.end; gap = gaps[++next]) {
      give(stretches, gap.offset)
      if (gap.offset === at) mark(gap.length, gap.reason, false)
    }
    give(stretches, stretches.end)
  }
  if (at < end) hole(end)
  for (let gap = gaps[next]; gap !== undefined; gap = gaps[++next]) {
    if (gap.offset >= at) mark(gap.length, gap.reason, false)
  }
  return fileAt
}
