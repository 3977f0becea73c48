import { bytesOf } from '../ascii.ts'
import { FlowLine } from '../batch.ts'
import type { BatchBuilder, RowFacts } from './batch-builder.ts'
import type { CaptureList } from './capture-list.ts'
import { isTooDeep, MAX_DEPTH, memberSpans, skipSpace, splicePoint } from './json-spans.ts'
import { PLD_STAT_NAMES, TAG_NAMES } from './member-names.ts'
import { chunkRow, packetRow } from './member-rows.ts'
import { BadMember, Members } from './members.ts'
import type { PayloadReader } from './payload-reader.ts'

const BOM = bytesOf('\ufeff')

/** What a line turned out to be: a row, a flow, any other object, nothing, or no record. */
export type LooseKind = 'packet' | 'chunk' | FlowLine | 'raw' | 'blank' | 'bad'

/** Reads lines in any valid spelling, by way of `JSON.parse`. */
export class LooseLine {
  /** Of a row: what it says of its batch. */
  facts: RowFacts = { captureNo: 0, pktNoBase: 0, tagged: false, withStat: false }
  /** Of a row: whether it has none of the members that the flow and payload stages add but those that were read. */
  sure = true
  /** Where the line lies without a byte order mark. */
  from = 0
  to = 0
  /** What is wrong with a bad line. */
  message = ''
  readonly #captures: CaptureList
  readonly #payloads: PayloadReader

  constructor(captures: CaptureList, payloads: PayloadReader) {
    this.#captures = captures
    this.#payloads = payloads
  }

  /** Reads the line into the builder's next row, if it is one. */
  read(slab: Buffer, from: number, to: number, builder: BatchBuilder): LooseKind {
    this.from = BOM.every((byte, i) => slab[from + i] === byte) ? from + BOM.length : from
    this.to = to
    if (skipSpace(slab, this.from, to) === to) return 'blank'
    if (isTooDeep(slab, this.from, to)) return this.#bad(`the line is nested deeper than ${MAX_DEPTH} levels`)
    const record = parse(slab.toString('utf8', this.from, to))
    if (record === undefined) return this.#bad('the line is no JSON object')
    try {
      return this.#readRecord(record, slab, builder)
    } catch (error) {
      if (!(error instanceof BadMember)) throw error
      return this.#bad(error.message)
    }
  }

  #bad(message: string): 'bad' {
    this.message = message
    return 'bad'
  }

  #readRecord(record: Record<string, unknown>, slab: Buffer, builder: BatchBuilder): LooseKind {
    const { type } = record
    if (type === 'flow') return flowLine(record, slab, this.from, this.to)
    if (type === 'capture') this.#captures.learn(record)
    if (type !== 'packet' && type !== 'chunk') return 'raw'
    const { store, rows } = builder
    // before the payload may take the place of the text
    store.lines.splice[rows] = splicePoint(slab, this.to, memberSpans(slab, this.from, this.to))
    const members = new Members(record)
    const decode = type === 'chunk' || this.#payloads.decode
    const place = { slab, payloads: this.#payloads, from: this.from, decode }
    this.facts = (type === 'packet' ? packetRow : chunkRow)(members, this.#captures, store, rows, place)
    const { tagged, withStat } = this.facts
    const has = (name: string): boolean => Object.hasOwn(record, name)
    this.sure = (tagged || !TAG_NAMES.some(has)) && (withStat || !PLD_STAT_NAMES.some(has))
    return type
  }
}

/** The object that a text is; undefined if it is none. */
function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const object = typeof value === 'object' && value !== null && !Array.isArray(value)
    return object ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** A flow that does not say which it is passes as a line that nobody knows. */
function flowLine(
  { flowInd, dir }: Record<string, unknown>,
  slab: Buffer,
  from: number,
  to: number,
): LooseKind {
  if (!Number.isSafeInteger(flowInd) || (flowInd as number) < 0 || (dir !== 'A' && dir !== 'B')) return 'raw'
  return new FlowLine(flowInd as number, dir === 'B' ? 1 : 0, Buffer.from(slab.subarray(from, to)))
}
