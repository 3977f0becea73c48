import { Batch } from '../batch.ts'
import type { FrameColumns } from '../columns.ts'
import type { CaptureRecord, NoteRecord, SummaryRecord } from '../records.ts'
import { timeText } from '../time-text.ts'
import { FrameRows, MAX_ROWS } from './frame-rows.ts'

export interface CaptureRunOptions {
  /** Stop after so many packets in all. */
  count?: number
  /** Number of the first packet. */
  firstPktNo?: number
}

/** What all captures of one run share: the numbering of packets, the list of captures, the counters. */
export class CaptureRun {
  readonly rows = new FrameRows()
  /** The captures so far; a new array whenever it changes, as batches keep the one they were made with. */
  captures: readonly CaptureRecord[] = []
  /** Bytes read of the inputs as they are stored. */
  fileBytes = 0
  otherBlocks = 0
  damaged = 0
  readonly #count: number
  #packets = 0
  #capBytes = 0
  #wireBytes = 0
  #first: string | undefined
  #last = ''

  constructor({ count = Number.POSITIVE_INFINITY, firstPktNo = 1 }: CaptureRunOptions = {}) {
    this.#count = count
    this.rows.firstPktNo = firstPktNo
    this.rows.limit = Math.min(MAX_ROWS, count)
  }

  /** As many packets as were asked for have gone out. */
  get done(): boolean {
    return this.#packets >= this.#count
  }

  /** Enters a capture, or what became known of it later, and returns its place in the list. */
  enter(record: CaptureRecord, captureNo = this.captures.length): number {
    const captures = [...this.captures]
    captures[captureNo] = record
    this.captures = captures
    return captureNo
  }

  /** Counts the packets of a batch that goes out. */
  tally({ sec, nsec, capLen, wireLen, digits }: FrameColumns, rows: number): void {
    if (rows === 0) return
    let capBytes = 0
    let wireBytes = 0
    for (let row = 0; row < rows; row++) {
      capBytes += capLen[row]!
      wireBytes += wireLen[row]!
    }
    this.#capBytes += capBytes
    this.#wireBytes += wireBytes
    this.#packets += rows
    this.#first ??= timeText(sec[0]!, nsec[0]!, digits[0]!)
    this.#last = timeText(sec[rows - 1]!, nsec[rows - 1]!, digits[rows - 1]!)
    this.rows.limit = Math.min(MAX_ROWS, this.#count - this.#packets)
  }

  /** A batch that says something of the run between two captures. */
  note(note: NoteRecord): Batch {
    return this.#told(note)
  }

  /** The last batch of the run: the counters alone. */
  end(): Batch {
    return this.#told(this.summary())
  }

  #told(record: NoteRecord | SummaryRecord): Batch {
    const { captures } = this
    return Batch.create({
      captures,
      captureNo: Math.max(0, captures.length - 1),
      side: [record],
      sideAt: [0],
    })
  }

  /** The counters; times are those of the first and the last packet in the order of the captures. */
  summary(): SummaryRecord {
    const times: { firstTime?: string; lastTime?: string } =
      this.#first === undefined ? {} : { firstTime: this.#first, lastTime: this.#last }
    return {
      type: 'summary',
      stage: 'capture',
      captures: this.captures.length,
      packets: this.#packets,
      capBytes: this.#capBytes,
      wireBytes: this.#wireBytes,
      fileBytes: this.fileBytes,
      otherBlocks: this.otherBlocks,
      damaged: this.damaged,
      ...times,
    }
  }
}
