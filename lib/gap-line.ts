import { RawLine, type SideItem } from './batch.ts'
import type { Gap, GapRecord } from './records.ts'

const GAP_LINE = Buffer.from('{"type":"gap"')
const REASONS: readonly unknown[] = ['absent', 'snaplen', 'fragment', 'filtered']

/** The gap that a record between the rows tells of, which may be a line as we write it. */
export function gapOf(item: SideItem): GapRecord | undefined {
  if (item instanceof RawLine) return gapOfLine(item.bytes)
  return typeof item === 'object' && 'type' in item && item.type === 'gap' ? item : undefined
}

/**
 * The gap that a line tells of, if it begins as we write such records. A line comes from outside: what lacks a member, or
 * has one that cannot be, is no gap.
 */
export function gapOfLine(line: Uint8Array): GapRecord | undefined {
  // compare() takes no end behind the line's
  if (line.length < GAP_LINE.length || GAP_LINE.compare(line, 0, GAP_LINE.length) !== 0) return undefined
  const { type, captureId, flowInd, dir, sctpStream, offset, length, reason } = JSON.parse(
    Buffer.from(line.buffer, line.byteOffset, line.length).toString(),
  ) as GapRecord
  const isSound =
    type === 'gap' &&
    isCount(flowInd) &&
    (dir === 'A' || dir === 'B') &&
    (sctpStream === undefined || (isCount(sctpStream) && sctpStream <= 0xffff)) &&
    isGap({ offset, length, reason })
  if (!isSound) return undefined
  const whose = { type, captureId: String(captureId), flowInd, dir }
  return { ...whose, ...(sctpStream === undefined ? {} : { sctpStream }), offset, length, reason }
}

/** Whether a value is a gap, as it has to stand in records. */
export function isGap(value: unknown): value is Gap {
  const { offset, length, reason } = (value ?? {}) as Gap
  return (
    isCount(offset) && isCount(length) && Number.isSafeInteger(offset + length) && REASONS.includes(reason)
  )
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
