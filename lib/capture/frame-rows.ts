import type { Batch, SideItem } from '../batch.ts'
import { FrameColumns } from '../columns.ts'
import type { NoteRecord } from '../records.ts'

/** Most rows of a batch. */
export const MAX_ROWS = 16_384
/** Most notes of a batch: a capture made of damage must not grow one without end. */
export const MAX_NOTES = 4096

/** Where parsers put the frames they find: the rows of the batch in the making, and what stands between them. */
export class FrameRows {
  /** Columns to be filled; those of a batch are a copy of the rows that are used. */
  readonly frames = new FrameColumns(MAX_ROWS)
  side: SideItem[] = []
  sideAt: number[] = []
  count = 0
  /** Rows that may be filled, at most `MAX_ROWS`. */
  limit = MAX_ROWS
  file = ''
  captureId: string | undefined
  /** Number that the packet in row 0 has or would have. */
  firstPktNo = 1
  /**
   * Called before a row is filled which is the first, or the first after the interfaces have changed, with the slab
   * and the position behind the packet's record.
   */
  announce!: (row: number, slab: Uint8Array, recordEnd: number) => void

  /** Puts a note in front of `row`, on the packet that comes or would have come there. */
  note(row: number, level: NoteRecord['level'], code: string, message: string): void {
    const note: NoteRecord = {
      type: 'note',
      level,
      code,
      message,
      file: this.file,
      pktNo: this.firstPktNo + row,
    }
    if (this.captureId !== undefined) note.captureId = this.captureId
    this.put(row, note)
  }

  put(row: number, item: SideItem): void {
    this.side.push(item)
    this.sideAt.push(row)
  }

  /** Whether the batch has to go out before more can come. */
  get full(): boolean {
    return this.count >= this.limit || this.side.length >= MAX_NOTES
  }

  /** The rows as columns for a batch over `window`. */
  columns(window: Batch): FrameColumns {
    const { frames, count } = this
    const copy = window.newColumns(FrameColumns, count)
    for (let row = 0; row < count; row++) copy.pktNo[row] = this.firstPktNo + row
    copy.sec.set(frames.sec.subarray(0, count))
    copy.nsec.set(frames.nsec.subarray(0, count))
    copy.off.set(frames.off.subarray(0, count))
    copy.capLen.set(frames.capLen.subarray(0, count))
    copy.wireLen.set(frames.wireLen.subarray(0, count))
    copy.linkType.set(frames.linkType.subarray(0, count))
    copy.iface.set(frames.iface.subarray(0, count))
    copy.digits.set(frames.digits.subarray(0, count))
    return copy
  }

  /** Empties the rows for the next batch. */
  clear(): void {
    this.firstPktNo += this.count
    this.count = 0
    this.side = []
    this.sideAt = []
  }
}
