import { bytesOf } from '../ascii.ts'
import { isTooDeep, memberSpans, nameOf, skipSpace, skipString, skipValue } from '../ndjson/json-spans.ts'
import type { Fields, Row } from './row.ts'
import { type Value, wholeNumber } from './values.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const PAYLOAD = bytesOf('payload')
/** Longest text that is looked up among those that were read last. */
const SHORT = 40

interface Wanted {
  name: Uint8Array
  slot: number
}

/**
 * A line of NDJSON of which only the wanted members are read, and these only as they are asked for. The line is walked
 * through to its end all the same, so that what is no JSON object is found out; only the text of `payload` is jumped
 * over. Lines that are not written the way we write them (white space, escaped names) go through `JSON.parse`.
 */
export class JsonRow implements Row {
  #bytes: Buffer = Buffer.alloc(0)
  /** Where each wanted member's value lies; −1: there is none. */
  readonly #from: Int32Array
  readonly #to: Int32Array
  readonly #names: readonly string[]
  readonly #wanted: (Wanted[] | undefined)[] = []
  /** The last short text of each slot, for many are the same line after line. */
  readonly #lastBytes: Uint8Array[]
  readonly #lastLength: Int32Array
  readonly #lastText: string[]

  constructor({ names }: Fields) {
    this.#names = names
    this.#from = new Int32Array(names.length)
    this.#to = new Int32Array(names.length)
    this.#lastBytes = names.map(() => new Uint8Array(SHORT))
    this.#lastLength = new Int32Array(names.length).fill(-1)
    this.#lastText = names.map(() => '')
    for (const [slot, text] of names.entries()) {
      const name = bytesOf(JSON.stringify(text).slice(1, -1))
      this.#wanted[name.length] ??= []
      this.#wanted[name.length]!.push({ name, slot })
    }
  }

  /** Takes the line up to its line end, which is at `to`; false if it is no JSON object. */
  read(bytes: Buffer, from: number, to: number): boolean {
    this.#bytes = bytes
    return this.#walk(from, to) || this.#parse(from, to)
  }

  #walk(from: number, to: number): boolean {
    const bytes = this.#bytes
    this.#from.fill(-1)
    if (bytes[from] !== OPEN_BRACE || bytes[to - 1] !== CLOSE_BRACE) return false
    let i = from + 1
    for (;;) {
      if (bytes[i] !== QUOTE) return false
      const name = ++i
      i = plainEnd(bytes, i)
      const length = i - name
      if (bytes[i] !== QUOTE || bytes[i + 1] !== COLON) return false
      i += 2
      const value = i
      const first = bytes[i]!
      if (first === QUOTE) {
        i++
        if (length === 7 && same(bytes, name, PAYLOAD)) {
          i = bytes.indexOf(QUOTE, i)
          if (bytes[i - 1] === BACKSLASH) i = -1
        } else i = plainEnd(bytes, i)
        i = i >= 0 && bytes[i] === QUOTE ? i + 1 : skipString(bytes, value, to)
      } else {
        if (first >= 0x31 && first <= 0x39) while (bytes[i]! >= 0x30 && bytes[i]! <= 0x39) i++
        // what is neither a text nor a whole number, or nothing at all
        if (i === value || (bytes[i] !== COMMA && bytes[i] !== CLOSE_BRACE)) i = skipValue(bytes, value, to)
      }
      if (i < 0 || i >= to) return false
      const wanted = this.#wanted[length]
      if (wanted !== undefined) this.#note(wanted, name, value, i)
      if (bytes[i] === CLOSE_BRACE) return i + 1 === to
      if (bytes[i] !== COMMA) return false
      i++
    }
  }

  #note(wanted: Wanted[], at: number, from: number, to: number): void {
    for (let k = 0; k < wanted.length; k++) {
      const { name, slot } = wanted[k]!
      if (!same(this.#bytes, at, name)) continue
      this.#from[slot] = from
      this.#to[slot] = to
    }
  }

  /** Any valid spelling. */
  #parse(from: number, to: number): boolean {
    const bytes = this.#bytes
    this.#from.fill(-1)
    if (isTooDeep(bytes, from, to)) return false
    try {
      const record: unknown = JSON.parse(bytes.toString('utf8', from, to))
      if (typeof record !== 'object' || record === null || Array.isArray(record)) return false
    } catch {
      return false
    }
    for (const span of memberSpans(bytes, from, to)) {
      const slot = this.#names.indexOf(nameOf(bytes, span))
      if (slot < 0) continue
      this.#from[slot] = skipSpace(bytes, skipSpace(bytes, span.nameEnd, to) + 1, to)
      this.#to[slot] = span.to
    }
    return true
  }

  value(slot: number): Value {
    const bytes = this.#bytes
    const from = this.#from[slot]!
    if (from < 0) return undefined
    const to = this.#to[slot]!
    const first = bytes[from]!
    if (first === QUOTE) return this.#text(slot, from + 1, to - 1)
    if (first >= 0x31 && first <= 0x39 && to - from <= 15) {
      let value = 0
      let i = from
      for (; i < to; i++) {
        const digit = bytes[i]! - 0x30
        if (digit < 0 || digit > 9) break
        value = value * 10 + digit
      }
      if (i === to) return value
    }
    return other(bytes.toString('utf8', from, to))
  }

  raw(slot: number): string | undefined {
    const from = this.#from[slot]!
    if (from < 0) return undefined
    const text = this.#bytes.toString('utf8', from, this.#to[slot]!)
    return text === 'null' ? undefined : text
  }

  /** The text between two quotes. */
  #text(slot: number, from: number, to: number): string {
    const bytes = this.#bytes
    const length = to - from
    if (length > SHORT) return text(bytes, from, to)
    const last = this.#lastBytes[slot]!
    if (length === this.#lastLength[slot]) {
      let k = 0
      while (k < length && bytes[from + k] === last[k]) k++
      if (k === length) return this.#lastText[slot]!
    }
    for (let k = 0; k < length; k++) last[k] = bytes[from + k]!
    this.#lastLength[slot] = length
    this.#lastText[slot] = text(bytes, from, to)
    return this.#lastText[slot]!
  }
}

/** Where the characters end that stand for themselves in a JSON string; a line end is none of them. */
function plainEnd(bytes: Uint8Array, at: number): number {
  for (let i = at; ; i++) {
    const byte = bytes[i]!
    if (byte > QUOTE) {
      if (byte === BACKSLASH) return i
    } else if (byte === QUOTE || !(byte >= 0x20)) return i
  }
}

function same(bytes: Uint8Array, at: number, name: Uint8Array): boolean {
  for (let k = 0; k < name.length; k++) if (bytes[at + k] !== name[k]) return false
  return true
}

function text(bytes: Buffer, from: number, to: number): string {
  const plain = bytes.toString('utf8', from, to)
  return plain.includes('\\') ? (JSON.parse(`"${plain}"`) as string) : plain
}

/** A list, an object, or a scalar that is no text. */
function other(json: string): Value {
  if (/^-?\d+$/.test(json)) return wholeNumber(json)
  return withoutNull(JSON.parse(json) as Value | null)
}

/** `null` counts as left out, however deep. */
function withoutNull(value: Value | null): Value {
  if (typeof value !== 'object') return value
  if (value === null) return undefined
  if (Array.isArray(value)) return value.map(one => withoutNull(one as Value | null))
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, withoutNull(one as Value | null)]),
  )
}
