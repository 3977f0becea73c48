import type { BatchParts } from '../batch.ts'
import type { BatchPool } from '../batch-pool.ts'
import type { CaptureRecord, NoteRecord } from '../records.ts'
import type { Reference } from './payload-reader.ts'

/**
 * Fetches payload that a record gives as its place in the capture file: `length` bytes from `offset` of the file go into
 * `target` at `at`. Gives the number of bytes that there were.
 */
export type Resolve = (
  capture: CaptureRecord,
  offset: number,
  length: number,
  target: Buffer,
  at: number,
) => number

/** The batch's slab with the payloads behind its text. What cannot be had is noted in front of its packet. */
export function fetchPayloads(
  references: readonly Reference[],
  parts: BatchParts,
  textEnd: number,
  resolve: Resolve | undefined,
  pool: BatchPool,
): Buffer {
  const capture = parts.captures[parts.captureNo]!
  const { payOff, payLen } = parts.packets!
  let at = slabEnd(parts, textEnd)
  const bytes = references.reduce((sum, { length }) => sum + length, 0)
  const slab = resolve === undefined ? parts.slab : pool.take(at + bytes)
  if (slab !== parts.slab) parts.slab.copy(slab, 0, 0, at)
  for (const { row, offset, length } of references) {
    const got = resolve?.(capture, offset, length, slab, at) ?? 0
    payOff[row] = at
    payLen[row] = got
    at += got
    if (got < length)
      addNote(parts, row, note(parts, row, `${length - got} bytes of payload could not be fetched`))
  }
  return slab
}

/** Where text and payloads that came in the lines end. */
function slabEnd({ rows, packets }: BatchParts, textEnd: number): number {
  const { payOff, payLen } = packets!
  let end = textEnd
  for (let row = 0; row < rows; row++) end = Math.max(end, payOff[row]! + payLen[row]!)
  return end
}

function note({ frames, captures, captureNo }: BatchParts, row: number, message: string): NoteRecord {
  const { captureId, file } = captures[captureNo]!
  return {
    type: 'note',
    level: 'error',
    code: 'lost-reference',
    message,
    captureId,
    file,
    pktNo: frames.pktNo[row]!,
  }
}

function addNote({ side, sideAt }: BatchParts, row: number, item: NoteRecord): void {
  const behind = sideAt.findIndex(at => at > row)
  const at = behind < 0 ? side.length : behind
  side.splice(at, 0, item)
  sideAt.splice(at, 0, row)
}
