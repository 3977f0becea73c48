import { RawLine, type SideItem } from '../batch.ts'
import type { GapRecord } from '../records.ts'

const GAP_LINE = Buffer.from('{"type":"gap"')

/** The gap that a record between the rows tells of, which may be a line as we write it. */
export function gapOf(item: SideItem): GapRecord | undefined {
  if (item instanceof RawLine) {
    if (GAP_LINE.compare(item.bytes, 0, GAP_LINE.length) !== 0) return undefined
    return JSON.parse(Buffer.from(item.bytes).toString()) as GapRecord
  }
  return typeof item === 'object' && 'type' in item && item.type === 'gap' ? item : undefined
}
