import { Batch } from '../batch.ts'
import { PldError } from '../errors.ts'
import type { CaptureRecord } from '../records.ts'
import { CaptureId } from './capture-id.ts'
import type { CaptureRun } from './capture-run.ts'
import type { FrameParser } from './frame-parser.ts'
import { compressionOf, formatOf, MAGIC_BYTES } from './magic.ts'
import { PcapParser } from './pcap.ts'
import { PcapngParser } from './pcapng.ts'

/** What is known of a capture beside its bytes; asked for when its record is made. */
export interface CaptureFacts {
  readonly file: string
  readonly size?: number | undefined
  readonly mtime?: number | undefined
  readonly compression?: CaptureRecord['compression'] | undefined
}

/**
 * Cuts one capture into batches. It is given its bytes window by window: a window is a slab of which the first
 * `filled` bytes go on where `rest` of the window before began.
 */
export class FrameCutter {
  /** Position in the last window of the first byte that was not used; it has to come again, ahead of what follows. */
  rest = 0
  readonly #run: CaptureRun
  readonly #facts: CaptureFacts
  readonly #id = new CaptureId()
  /** Position in the window up to which bytes went into the id. */
  #hashed = 0
  #parser: FrameParser | undefined
  /** Bytes that were too few to tell the format. */
  #tried = 0
  #captureNo = -1
  readonly #pktNoBase: number
  /** Why the input ended early, if it did. */
  #fault: string | undefined

  constructor(run: CaptureRun, facts: CaptureFacts) {
    this.#run = run
    this.#facts = facts
    this.#pktNoBase = run.rows.firstPktNo - 1
    run.rows.file = facts.file
    run.rows.captureId = undefined
    run.rows.announce = (row, slab, recordEnd) => this.#announce(row, slab, recordEnd)
  }

  /** The input ended early, for a reason that lies outside of the capture's format. */
  get failed(): boolean {
    return this.#fault !== undefined
  }

  /** Bytes a window must hold, beginning at `rest` of the last one, for the next record to be whole. */
  get need(): number {
    return this.#parser?.need ?? this.#tried + 1
  }

  /** The input need not be read any further. */
  get ended(): boolean {
    return this.#run.done || (this.#parser?.ended ?? false)
  }

  /**
   * What `window.slab[0, filled)` gives. The batches share the window's memory, each with a hold of its own on it.
   * Throws ERR_FORMAT and ERR_COMPRESSION for what is no capture.
   */
  *cut(window: Batch, filled: number): Generator<Batch, void, void> {
    const { slab } = window
    const rows = this.#run.rows
    this.rest = 0
    this.#hashed = 0
    this.#parser ??= this.#recognize(slab.subarray(0, filled), false)
    const parser = this.#parser
    if (parser === undefined) {
      this.#tried = filled
      return
    }
    for (;;) {
      if (this.ended) break
      this.rest = parser.parse(slab, this.rest, filled, rows)
      const { full } = rows
      if (this.#captureNo < 0) {
        this.#id.feed(slab, this.#hashed, this.rest)
        this.#hashed = this.rest
        // notes are held back until the first packet, unless there are too many of them or there will be none
        if (!full && !parser.ended) return
        this.#announce(0, slab, this.rest)
      }
      if (rows.count > 0 || rows.side.length > 0) yield this.#batch(window)
      if (!full) return
    }
  }

  /**
   * Says that the input ended early for a reason that lies outside of the capture's format; `finish()` has to follow.
   * What it cut off is then not told once more, nor is it told where nothing more was to be read anyway.
   */
  fault(code: string, message: string): void {
    if (this.ended) return
    const { rows } = this.#run
    this.#fault = message
    if (this.#parser === undefined) return
    this.#run.damaged++
    rows.note(rows.count, 'error', code, message)
  }

  /**
   * What is left to say as the input ends, `left` being the bytes from `rest` on. `stopped`: the reader wants no more,
   * so that nothing is missing.
   */
  *finish(left: Uint8Array, stopped = false): Generator<Batch, void, void> {
    const run = this.#run
    const { rows } = run
    const parser = this.#parser
    if (parser === undefined) {
      if (stopped) return
      if (this.#fault !== undefined) throw new PldError('ERR_FORMAT', this.#fault, { file: this.#facts.file })
      checkMagic(left, true, this.#facts.file)
      return
    }
    if (this.#captureNo < 0 && !parser.ended) this.#id.feed(left, 0, left.length)
    parser.finish(left.length, rows, stopped || run.done || this.#fault !== undefined)
    if (this.#captureNo < 0) this.#announce(rows.count, left, 0)
    run.otherBlocks += parser.otherBlocks
    run.damaged += parser.damaged
    if (rows.side.length > 0) yield this.#batch(Batch.create({}))
  }

  #batch(window: Batch): Batch {
    const run = this.#run
    const { rows } = run
    const frames = rows.columns(window)
    const { count } = rows
    const { side, sideAt } = rows
    run.tally(frames, count)
    rows.clear()
    return window.retain().derive({
      rows: count,
      frames,
      side,
      sideAt,
      captures: run.captures,
      captureNo: this.#captureNo,
      pktNoBase: this.#pktNoBase,
    })
  }

  /** The parser for what begins with these bytes; undefined if there may be too few of them to tell. */
  #recognize(head: Uint8Array, isAll: boolean): FrameParser | undefined {
    const { file } = this.#facts
    const format = formatOf(head)
    if (format !== undefined) return format === 'pcap' ? new PcapParser() : new PcapngParser()
    checkMagic(head, isAll, file)
    return undefined
  }

  #announce(row: number, slab: Uint8Array, recordEnd: number): void {
    const { rows } = this.#run
    const parser = this.#parser!
    const isFirst = this.#captureNo < 0
    if (isFirst) {
      this.#id.feed(slab, this.#hashed, recordEnd)
      rows.captureId = this.#id.settle()
    }
    const record = captureRecord(rows.captureId!, this.#facts, parser)
    if (!isFirst) {
      this.#run.enter(record, this.#captureNo)
      rows.put(row, record)
      return
    }
    this.#captureNo = this.#run.enter(record)
    // notes that came up before the first packet had no capture to name yet, and stand behind its record
    for (const item of rows.side) {
      if (typeof item === 'object' && 'type' in item && item.type === 'note')
        item.captureId = record.captureId
    }
    rows.side.unshift(record)
    rows.sideAt.unshift(0)
  }
}

function captureRecord(
  captureId: string,
  facts: CaptureFacts,
  { format, interfaces }: FrameParser,
): CaptureRecord {
  const { file, size, mtime, compression } = facts
  const snaplens = interfaces.map(({ snaplen }) => snaplen)
  const record: CaptureRecord = {
    type: 'capture',
    captureId,
    file,
    format,
    ...(compression === undefined ? {} : { compression }),
    linkTypes: [...new Set(interfaces.map(({ linkType }) => linkType))],
    snaplen: snaplens.includes(0) ? 0 : Math.max(0, ...snaplens),
    ...(size === undefined ? {} : { size }),
    ...(mtime === undefined ? {} : { mtime }),
    interfaces: interfaces.slice(),
  }
  return record
}

/**
 * Throws unless the first bytes of an input, `isAll` of it or only so far, are or may become a capture: ERR_FORMAT, or
 * ERR_COMPRESSION with the way to undo it.
 */
export function checkMagic(head: Uint8Array, isAll: boolean, file: string): void {
  if (formatOf(head) !== undefined) return
  if (head.length === 0 && isAll) throw new PldError('ERR_FORMAT', 'is empty', { file })
  const compression = compressionOf(head)
  if (typeof compression === 'object') {
    const message = `compressed with ${compression.name}; use: ${compression.tool} FILE | pcap2json`
    throw new PldError('ERR_COMPRESSION', message, { file })
  }
  if (!isAll && head.length < MAGIC_BYTES) return
  const what = head.length < 4 ? 'is too short to be a capture' : 'is no pcap or pcapng capture'
  throw new PldError('ERR_FORMAT', what, { file })
}
