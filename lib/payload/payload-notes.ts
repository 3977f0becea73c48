import type { Batch, SideItem } from '../batch.ts'
import { directionOf, type NoteRecord } from '../records.ts'
import { NOTE_SHIFT, type StreamSegment } from './stream-table.ts'

/** What can be odd about a segment; a code's place in the list is the bit that says it was told of this stream. */
const MESSAGES = {
  'rst-data': 'a RST carries text, which is no part of the stream',
  'data-after-fin': 'data beyond the end that a FIN had set',
  'data-after-rst': 'data from a side that had reset the connection',
  'out-of-window': 'a segment lies outside any window',
  'gap-too-large':
    'a segment lies too far from the stream, and its peer has not acknowledged what is between',
  'before-start': 'data before the first byte that the SYN announced',
  'bad-checksum': 'the checksum of a segment is wrong',
  'old-timestamp': 'the timestamp of a segment is older than one that was seen in order',
} as const

export type NoteCode = keyof typeof MESSAGES

const CODES = Object.keys(MESSAGES) as NoteCode[]

/** The side list of a batch in the making: the items it came with, and what the payload stage puts between them. */
export class SideList {
  side: SideItem[] = []
  sideAt: number[] = []
  #batch: Batch | undefined

  begin(batch: Batch): void {
    this.side = []
    this.sideAt = []
    this.#batch = batch
  }

  add(item: SideItem, row: number): void {
    this.side.push(item)
    this.sideAt.push(row)
  }

  /** Notes something odd about the row's packet; of each kind once for a stream, so that a flood stays a drop. */
  note(code: NoteCode, row: number, segment: StreamSegment, index: number): void {
    const told = 1 << (NOTE_SHIFT + CODES.indexOf(code))
    if ((segment.flags[index]! & told) !== 0) return
    segment.flags[index]! |= told
    const { capture, frames, tags } = this.#batch!
    const note: NoteRecord = { type: 'note', level: 'warning', code, message: MESSAGES[code] }
    if (capture !== undefined) Object.assign(note, { captureId: capture.captureId, file: capture.file })
    note.pktNo = frames.pktNo[row]!
    note.flowInd = tags!.flowInd[row]!
    note.dir = directionOf(tags!.dir[row]!)
    this.add(note, row)
  }
}
