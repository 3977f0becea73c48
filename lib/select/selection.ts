import { PldError } from '../errors.ts'
import { Aggregate } from './aggregate.ts'
import { compileTest, type Test } from './compile.ts'
import { Conversations } from './conversations.ts'
import { type Format, LineReader, type LineTaker } from './line-reader.ts'
import { Output } from './output.ts'
import { Fields, type Row } from './row.ts'
import { Sorted } from './sorted.ts'
import { type Column, cell, columnsOf, tableHead, tableLine } from './table.ts'

export interface SelectionOptions {
  /** Which records; none: all of them. */
  expression?: string | undefined
  /** No records but selected ones. */
  only?: boolean | undefined
  /** Both directions: all of a conversation of which something is selected. */
  both?: boolean | undefined
  /** Only these columns. */
  fields?: string | undefined
  /** Counts by these columns, and adds up those of `sum`. */
  aggr?: string | undefined
  sum?: string | undefined
  sort?: string | undefined
  reverse?: boolean | undefined
  top?: number | undefined
  /** A table as text also where records come in. */
  text?: boolean | undefined
  /** Text without the line of names. */
  bare?: boolean | undefined
  /** Longest line that is taken (bytes; default 256 MiB); a longer one is complained of and left out. */
  maxLine?: number | undefined
}

/** Told about what is no record. */
export type Complaint = (code: string, message: string, file?: string, line?: number) => void

/** Records that tell of the run, and not of a packet or flow. */
const OF_THE_RUN = new Set<unknown>(['capture', 'note', 'summary'])

/**
 * A whole run of flowsel without its files: give `pass()`es the bytes of all files, take what `output` has in between,
 * and `finish()`.
 */
export class Selection {
  readonly output = new Output()
  /** How often the input has to be gone through: twice for both directions. */
  readonly passes: 1 | 2
  readonly #options: SelectionOptions
  readonly #complain: Complaint
  readonly #fields = new Fields()
  readonly #selects: Test
  readonly #conversations: Conversations | undefined
  readonly #columns: Column[] | undefined
  readonly #aggregate: Aggregate | undefined
  readonly #sorted: Sorted | undefined
  readonly #sortBy: Column | undefined
  /** Slot of `type` where records of the run pass in any case; else −1. */
  readonly #typeSlot: number
  #format: Format = 'json'
  #headDone = false
  #files = 0

  constructor(options: SelectionOptions, complain: Complaint) {
    checkOptions(options)
    const { expression, both, fields, aggr, sum, sort, reverse = false, top } = options
    this.#options = options
    this.#complain = complain
    this.#selects = expression === undefined ? () => true : compileTest(expression, this.#fields)
    this.passes = both ? 2 : 1
    this.#conversations = both ? new Conversations(this.#fields) : undefined
    const columns = (text: string | undefined, option: string): Column[] =>
      text === undefined ? [] : columnsOf(text, option, this.#fields)
    const table = aggr !== undefined || sum !== undefined
    const plain = !table && fields === undefined && sort === undefined
    const speaksOfTypes = this.#fields.names.includes('type')
    this.#typeSlot = plain && !options.only && !speaksOfTypes ? this.#fields.slot('type', true) : -1
    this.#columns = fields === undefined ? undefined : columns(fields, 'fields')
    if (table) {
      this.#aggregate = new Aggregate(columns(aggr, 'aggr'), columns(sum, 'sum'))
      const { names } = this.#aggregate
      if (sort !== undefined && !names.includes(sort))
        throw new PldError('ERR_USAGE', `--sort takes a column of the table: ${names.join(', ')}`)
    } else if (sort !== undefined) {
      this.#sortBy = columns(sort, 'sort')[0]
      // the largest of all are what one wants to see first
      this.#sorted = new Sorted((top === undefined) === reverse, top)
    }
  }

  /** What takes the bytes of the files, in pass 1 or 2. */
  pass(number: 1 | 2): LineReader {
    this.#files = 0
    const first = this.passes === 2 && number === 1
    const taker: LineTaker = {
      begin: () => this.#conversations?.beginFile(this.#files++),
      format: format => this.#begin(format, first),
      names: (bytes, from, to, columns) => first || this.#names(bytes, from, to, columns),
      remark: (bytes, from, to) => first || this.#columns || this.#aggregate || this.#head(bytes, from, to),
      row: first
        ? row => this.#selects(row) && this.#conversations!.add(row)
        : (row, bytes, from, to) => this.#row(row, bytes, from, to),
      // once is enough
      bad: (message, file, line) => number === 1 && this.#complain('bad-line', message, file, line),
    }
    return new LineReader(this.#fields, taker, this.#options.maxLine)
  }

  /** What can be printed only when all has been seen. */
  finish(): void {
    for (const line of this.#sorted?.lines() ?? []) this.output.add(line, 0, line.length)
    if (this.#aggregate === undefined) return
    const { sort, reverse = false, top } = this.#options
    const { names, notNumbers } = this.#aggregate
    const format = this.#outFormat
    if (format === 'text' && !this.#options.bare) this.output.addText(tableHead(names))
    for (const cells of this.#aggregate.rows(format, sort, reverse, top))
      this.output.addText(tableLine(names, cells, format))
    if (notNumbers > 0)
      this.#complain('no-number', `${notNumbers} values that were to be added are no numbers, and left out`)
  }

  get #outFormat(): Format {
    return this.#options.text ? 'text' : this.#format
  }

  #begin(format: Format, first: boolean): void {
    this.#format = format
    if (first || this.#columns === undefined || format === 'text' || this.#outFormat === 'json') return
    this.#tableHead(this.#columns)
  }

  #names(bytes: Buffer, from: number, to: number, columns: readonly string[]): void {
    if (this.#columns !== undefined) this.#tableHead(this.#columns)
    else if (this.#aggregate === undefined && columns.length > 0) this.#head(bytes, from, to)
  }

  #tableHead(columns: readonly Column[]): void {
    if (this.#headDone) return
    this.#headDone = true
    if (!this.#options.bare) this.output.addText(tableHead(columns.map(({ name }) => name)))
  }

  #head(bytes: Buffer, from: number, to: number): void {
    if (!this.#options.bare) this.output.add(bytes, from, to)
  }

  #row(row: Row, bytes: Buffer, from: number, to: number): void {
    const ofTheRun =
      this.#typeSlot >= 0 && this.#format === 'json' && OF_THE_RUN.has(row.value(this.#typeSlot))
    if (!ofTheRun && !this.#selects(row) && !this.#conversations?.has(row)) return
    if (this.#aggregate !== undefined) {
      this.#aggregate.add(row, this.#format, this.#outFormat)
      return
    }
    const line = this.#columns && this.#tableLine(this.#columns, row)
    if (this.#sorted !== undefined) {
      // a part of the buffer would keep all of it
      this.#sorted.add(this.#sortBy!.compiled.read(row), line ?? Uint8Array.from(bytes.subarray(from, to)))
    } else if (line === undefined) this.output.add(bytes, from, to)
    else this.output.add(line, 0, line.length)
  }

  #tableLine(columns: readonly Column[], row: Row): Buffer {
    const to = this.#outFormat
    const cells = columns.map(column => cell(column, row, this.#format, to))
    return Buffer.from(
      tableLine(
        columns.map(({ name }) => name),
        cells,
        to,
      ),
    )
  }
}

/** Options that say nothing without another one, or not together. */
function checkOptions({ fields, aggr, sum, sort, reverse, top, text }: SelectionOptions): void {
  const table = aggr !== undefined || sum !== undefined
  const fail = (message: string): never => {
    throw new PldError('ERR_USAGE', message)
  }
  if (table && fields !== undefined)
    fail('--fields does not go with --aggr and --sum, which make columns of their own')
  if (top !== undefined && !table && sort === undefined) fail('--top goes with --sort or --aggr')
  if (reverse && !table && sort === undefined) fail('--reverse goes with --sort or --aggr')
  if (text && !table && fields === undefined) fail('--text goes with --fields or --aggr')
}
