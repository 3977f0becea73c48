import { type Batch, RawLine } from '../batch.ts'
import { BatchPool } from '../batch-pool.ts'
import { PldError } from '../errors.ts'
import type { NoteRecord } from '../records.ts'
import { BatchBuilder } from './batch-builder.ts'
import { CaptureList } from './capture-list.ts'
import { ChunkScanner } from './chunk-scanner.ts'
import { fetchPayloads, type Resolve } from './fetch-payloads.ts'
import { lineBytes, scanFlow } from './flow-scanner.ts'
import { LineCursor } from './line-cursor.ts'
import { LineCutter, MAX_LINE } from './line-cutter.ts'
import { SLACK } from './literal.ts'
import { LooseLine } from './loose-line.ts'
import { PacketScanner } from './packet-scanner.ts'
import { PayloadReader } from './payload-reader.ts'
import type { RowKind } from './row-store.ts'

export interface RecordReaderOptions {
  /** Name of the input, for messages; default `-`. */
  file?: string
  /** Whether slabs are used again after `Batch.release()`. */
  recycle?: boolean
  /**
   * `keep` (default) leaves payloads of packets in their lines, for stages that do not look at them; `decode` puts
   * their bytes into the slab. Payloads of chunks are always decoded.
   */
  payload?: 'decode' | 'keep'
  /** Whether lines are kept, so that they can be written again as they came, with members added (default true). */
  lines?: boolean
  /** Longest line that is taken (default 256 MiB); a longer one is noted and skipped. */
  maxLineBytes?: number
  /** Fetches payloads that are given by reference, when they are decoded. */
  resolve?: Resolve
  /** Whether a line that is no record is an error that ends the run (ERR_NDJSON), rather than a note. */
  strict?: boolean
}

/** Bytes of text that are put into one slab at most, but for longer lines. */
const TEXT = 1 << 20

/**
 * Reads NDJSON, cut anywhere, into batches: packets or chunks as rows, all other records beside them, in order. Lines
 * written as pldpipe writes them are read straight from their bytes, all others by way of `JSON.parse`. Throws
 * ERR_MIXED_INPUT when packets and chunks come in one stream.
 */
export class RecordReader {
  readonly #file: string
  readonly #strict: boolean
  readonly #maxLine: number
  readonly #pool: BatchPool
  readonly #recycle: boolean
  readonly #captures: CaptureList
  readonly #payloads: PayloadReader
  readonly #builder: BatchBuilder
  readonly #cursor = new LineCursor()
  readonly #packets: PacketScanner
  readonly #chunks: ChunkScanner
  readonly #loose: LooseLine
  readonly #cutter: LineCutter
  #kind: RowKind | undefined
  #lineNo = 0

  constructor(options: RecordReaderOptions = {}) {
    const { payload = 'keep', lines = true, recycle = false, resolve } = options
    this.#file = options.file ?? '-'
    this.#strict = options.strict ?? false
    this.#maxLine = Math.min(options.maxLineBytes ?? MAX_LINE, MAX_LINE)
    this.#recycle = recycle
    this.#pool = new BatchPool(recycle ? 2 * TEXT : 0, recycle)
    this.#captures = new CaptureList(this.#file)
    this.#payloads = new PayloadReader(payload === 'decode', lines)
    this.#builder = new BatchBuilder(
      this.#pool,
      this.#captures,
      this.#payloads,
      (references, parts, textEnd) => fetchPayloads(references, parts, textEnd, resolve, this.#pool),
    )
    this.#packets = new PacketScanner(this.#cursor, this.#captures, this.#payloads)
    this.#chunks = new ChunkScanner(this.#cursor, this.#captures, this.#payloads)
    this.#loose = new LooseLine(this.#captures, this.#payloads)
    this.#cutter = new LineCutter(TEXT, this.#maxLine)
  }

  /** The batches that these bytes complete; the bytes must not change any more. */
  *feed(bytes: Uint8Array): Iterable<Batch> {
    for (const text of this.#cutter.feed(bytes)) yield* this.#read(text)
  }

  /** What is left as the input ends, be it without a line end. */
  *end(): Iterable<Batch> {
    for (const text of this.#cutter.end()) yield* this.#read(text)
  }

  /** Reads whole lines that came in several pieces; undefined stands for a line that was too long to be kept. */
  #read(pieces: readonly Uint8Array[] | undefined): Batch[] {
    if (pieces === undefined) {
      this.#builder.start(this.#pool.take(0), 0)
      this.#lineNo++
      this.#refuse(`the line is longer than ${this.#maxLine} bytes`)
      return this.#builder.finish()
    }
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
    const slab = this.#pool.take(length + this.#roomFor(length) + SLACK)
    let at = 0
    for (const piece of pieces) {
      slab.set(piece, at)
      at += piece.length
    }
    this.#cursor.start(slab)
    this.#payloads.start(slab, length)
    this.#builder.start(slab, length)
    for (let from = 0; from < length; ) {
      const to = slab.indexOf(0x0a, from)
      this.#line(slab, from, slab[to - 1] === 0x0d && to > from ? to - 1 : to)
      from = to + 1
    }
    return this.#builder.finish()
  }

  /** Room for decoded payloads: three bytes for four characters, where they must not take the place of their text. */
  #roomFor(length: number): number {
    const { decode, lines } = this.#payloads
    return lines && (decode || this.#kind !== 'packet') ? Math.ceil(length * 0.75) : 0
  }

  #line(slab: Buffer, from: number, to: number): void {
    this.#lineNo++
    if (from === to) return
    if (to - from > this.#maxLine) {
      this.#refuse(`the line is longer than ${this.#maxLine} bytes`)
      return
    }
    const builder = this.#builder
    const { store, rows } = builder
    // {"type":"packet"
    const initial = slab[from + 9]
    if (initial === 0x70 && this.#packets.scan(store, rows, from, to)) {
      const { captureId, pktNoBase, tagged, withStat } = this.#packets
      this.#be('packet')
      builder.add(captureId.captureNo, pktNoBase, tagged, withStat, true, from, to)
    } else if (initial === 0x63 && this.#kind === 'chunk' && this.#chunks.scan(store, rows, from, to)) {
      builder.add(this.#chunks.captureId.captureNo, 0, true, false, true, from, to)
    } else {
      const flow = initial === 0x66 ? scanFlow(this.#cursor, from, to, this.#recycle) : undefined
      if (flow !== undefined) builder.addSide(flow)
      else this.#looseLine(slab, from, to)
    }
  }

  /** Any line that is not written as we would. */
  #looseLine(slab: Buffer, from: number, to: number): void {
    const builder = this.#builder
    builder.store.clear(builder.rows)
    const loose = this.#loose
    const found = loose.read(slab, from, to, builder)
    if (found === 'bad') {
      builder.store.clear(builder.rows)
      this.#payloads.forget(builder.rows)
      this.#refuse(loose.message)
    } else if (found === 'packet' || found === 'chunk') {
      const { captureNo, pktNoBase, tagged, withStat, headers } = loose.facts
      this.#be(found)
      builder.add(captureNo, pktNoBase, tagged, withStat, loose.sure, loose.from, loose.to, headers)
    } else if (found === 'raw')
      builder.addSide(new RawLine(lineBytes(slab, loose.from, loose.to, this.#recycle)))
    else if (found !== 'blank') builder.addSide(found)
  }

  /** Says what the rows of this stream are. */
  #be(kind: RowKind): void {
    if (this.#kind === kind) return
    if (this.#kind !== undefined) {
      const message = 'packets and chunks come in one stream; take one or the other out'
      throw new PldError('ERR_MIXED_INPUT', message, { file: this.#file, line: this.#lineNo })
    }
    this.#kind = kind
    this.#builder.kind = kind
  }

  #refuse(message: string): void {
    const place = { file: this.#file, line: this.#lineNo }
    if (this.#strict) throw new PldError('ERR_NDJSON', message, place)
    const note: NoteRecord = { type: 'note', level: 'error', code: 'bad-line', message, ...place }
    this.#builder.addSide(note)
  }
}
