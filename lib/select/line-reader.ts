import { PldError } from '../errors.ts'
import { skipSpace } from '../ndjson/json-spans.ts'
import { MAX_LINE } from '../ndjson/line-cutter.ts'
import { JsonRow } from './json-row.ts'
import type { Fields, Row } from './row.ts'
import { TextRow } from './text-row.ts'

/** How lines are written: NDJSON, or tab separated behind a line of names. */
export type Format = 'json' | 'text'

/** What takes the lines. Bytes that it is given stay as they are. */
export interface LineTaker {
  /** Begins a file; what was in it is not known before its first line. */
  begin?(file: string): void
  format(format: Format): void
  /** The line of names (with its line end), if it is another than the one before; and its names. */
  names(bytes: Buffer, from: number, to: number, columns: readonly string[]): void
  /** A remark in front of the names, with its line end. */
  remark(bytes: Buffer, from: number, to: number): void
  /** A record or row; the line with its line end is `from` to `to`. */
  row(row: Row, bytes: Buffer, from: number, to: number): void
  /** A line that is none. */
  bad(message: string, file: string, line: number): void
}

const LINE_FEED = 0x0a
const RETURN = 0x0d
const PERCENT = 0x25
const OPEN_BRACE = 0x7b
const TAB = 0x09
const BOM = [0xef, 0xbb, 0xbf]

/** Cuts the bytes of files into lines, tells the format of each file by its first line, and reads the lines as rows. */
export class LineReader {
  readonly #json: JsonRow
  readonly #text: TextRow
  readonly #taker: LineTaker
  readonly #maxLine: number
  /** The beginning of a line that goes on in the next piece. */
  #kept: Uint8Array[] = []
  #keptBytes = 0
  /** Inside a line that was too long. */
  #skipping = false
  #file = '-'
  #line = 0
  #format: Format | undefined
  #firstFormat: Format | undefined
  /** A line with `%` of which it is not yet known whether it is the last one. */
  #pending: Buffer | undefined
  #names = ''

  constructor(fields: Fields, taker: LineTaker, maxLine = MAX_LINE) {
    this.#maxLine = maxLine
    this.#json = new JsonRow(fields)
    this.#text = new TextRow(fields)
    this.#taker = taker
  }

  begin(file: string): void {
    this.#file = file
    this.#line = 0
    this.#format = undefined
    this.#taker.begin?.(file)
  }

  /** Takes a piece of the file, which has to stay as it is. Lines are read where they lie. */
  feed(piece: Uint8Array): void {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length)
    let from = 0
    if (this.#keptBytes > 0 || this.#skipping) {
      from = bytes.indexOf(LINE_FEED) + 1
      this.#keep(from === 0 ? bytes : bytes.subarray(0, from))
      if (from === 0) return
      this.#keptLine()
    }
    for (;;) {
      const end = bytes.indexOf(LINE_FEED, from)
      if (end < 0) break
      this.#line++
      this.#lineOf(bytes, from, end)
      from = end + 1
    }
    if (from < bytes.length) this.#keep(bytes.subarray(from))
  }

  /** The file ends; its last line may lack its line end. */
  end(): void {
    if (this.#keptBytes > 0 || this.#skipping) {
      this.#keep(Uint8Array.of(LINE_FEED))
      this.#keptLine()
    }
    this.#settleNames()
  }

  #keep(bytes: Uint8Array): void {
    if (this.#skipping) return
    this.#kept.push(bytes)
    this.#keptBytes += bytes.length
    // with its line end
    if (this.#keptBytes <= this.#maxLine + 2) return
    this.#skipping = true
    this.#kept = []
    this.#keptBytes = 0
  }

  #keptLine(): void {
    const line = Buffer.concat(this.#kept)
    this.#kept = []
    this.#keptBytes = 0
    this.#line++
    if (this.#skipping) this.#tooLong()
    else this.#lineOf(line, 0, line.length - 1)
    this.#skipping = false
  }

  #tooLong(): void {
    this.#taker.bad(`the line is longer than ${this.#maxLine} bytes`, this.#file, this.#line)
  }

  #lineOf(bytes: Buffer, begin: number, end: number): void {
    let from = begin
    if (this.#line === 1 && BOM.every((byte, i) => bytes[from + i] === byte)) from += BOM.length
    const to = end > from && bytes[end - 1] === RETURN ? end - 1 : end
    if (to - from > this.#maxLine) {
      this.#tooLong()
      return
    }
    if (this.#format === 'json') {
      if (this.#json.read(bytes, from, to)) this.#taker.row(this.#json, bytes, from, end + 1)
      else if (!isBlank(bytes, from, to))
        this.#taker.bad('the line is no JSON object', this.#file, this.#line)
      return
    }
    if (isBlank(bytes, from, to)) return
    if (this.#format === undefined) {
      this.#tellFormat(bytes, from, to)
      if (this.#format === 'json') {
        this.#lineOf(bytes, begin, end)
        return
      }
    }
    if (bytes[from] === PERCENT) {
      if (this.#pending !== undefined) this.#taker.remark(this.#pending, 0, this.#pending.length)
      this.#pending = Buffer.from(bytes.subarray(from, end + 1))
      return
    }
    this.#settleNames()
    this.#text.read(bytes, from, to)
    this.#taker.row(this.#text, bytes, from, end + 1)
  }

  #tellFormat(bytes: Buffer, from: number, to: number): void {
    const tab = bytes.indexOf(TAB, from)
    if (bytes[from] === PERCENT) this.#format = 'text'
    else if (bytes[skipSpace(bytes, from, to)] === OPEN_BRACE || tab < 0 || tab >= to) this.#format = 'json'
    else
      throw new PldError('ERR_FORMAT', 'this is text without a line of names, which begins with %', {
        file: this.#file,
      })
    this.#firstFormat ??= this.#format
    if (this.#format !== this.#firstFormat)
      throw new PldError('ERR_USAGE', 'records and text do not go together in one run', { file: this.#file })
    this.#taker.format(this.#format!)
  }

  /** The last line with `%` in front of the rows has the names. */
  #settleNames(): void {
    const line = this.#pending
    if (line === undefined) return
    this.#pending = undefined
    const text = line.toString('utf8').replace(/[\r\n]+$/, '')
    if (text === this.#names) return
    this.#names = text
    const columns = text.slice(1).split('\t')
    this.#text.name(columns, this.#file)
    this.#taker.names(line, 0, line.length, columns)
  }
}

const isBlank = (bytes: Buffer, from: number, to: number): boolean => skipSpace(bytes, from, to) === to
