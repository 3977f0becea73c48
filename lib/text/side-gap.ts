import { RawLine, type SideItem } from '../batch.ts'
import { gapOfLine } from '../gap-line.ts'
import type { GapRecord } from '../records.ts'

/** The gap that a record between the rows tells of, which may be a line as we write it. */
export function gapOf(item: SideItem): GapRecord | undefined {
  if (item instanceof RawLine) return gapOfLine(item.bytes)
  return typeof item === 'object' && 'type' in item && item.type === 'gap' ? item : undefined
}
