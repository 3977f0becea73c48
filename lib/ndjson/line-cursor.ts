import { parseIPv6 } from '../ip-text.ts'
import { Literal } from './literal.ts'

const QUOTE = 0x22
const MINUS = 0x2d
const DOT = 0x2e
const COLON = 0x3a
const BILLION = 1_000_000_000

const HEX = new Int8Array(256).fill(-1)
for (let i = 0; i < 16; i++) {
  HEX[i.toString(16).charCodeAt(0)] = i
  HEX[i.toString(16).toUpperCase().charCodeAt(0)] = i
}

/** Places in which words of IPv6 addresses are kept. */
const CACHED = 512
/** Longest text of an IPv6 address. */
const IPV6_CHARS = 45

/**
 * Reads a line byte by byte. Every method stands where the last one stopped, and says whether, or what, it read; after
 * a refusal the line has to be given up. No method runs past a line end, so that no length is checked.
 */
export class LineCursor {
  bytes: Buffer = Buffer.alloc(0)
  view: DataView = new DataView(new ArrayBuffer(0))
  at = 0
  /** What `time()` and `duration()` read. A negative duration has `negative` set. */
  sec = 0
  nsec = 0
  digits = 0
  negative = false
  readonly #ipv6Texts: (Literal | undefined)[] = new Array(CACHED)
  readonly #ipv6Words: Uint32Array[] = []

  /** To be called for each slab; it needs some bytes behind its last line. */
  start(slab: Buffer): void {
    this.bytes = slab
    this.view = new DataView(slab.buffer, slab.byteOffset, slab.length)
  }

  /** Whether these bytes stand here; if so, it moves behind them. */
  literal(text: Literal): boolean {
    const { at } = this
    if (!text.standsAt(this.view, at)) return false
    this.at = at + text.length
    return true
  }

  /** The same for a single byte. */
  byte(code: number): boolean {
    if (this.bytes[this.at] !== code) return false
    this.at++
    return true
  }

  /** A whole number up to `max`; −1 if there is none. */
  uint(max: number): number {
    const { bytes } = this
    let at = this.at
    let value = bytes[at]! - 0x30
    if (value < 0 || value > 9) return -1
    at++
    if (value !== 0) {
      const end = at + 8
      for (; at < end; at++) {
        const digit = bytes[at]! - 0x30
        if (digit < 0 || digit > 9) break
        value = (value * 10 + digit) | 0
      }
      if (at === end) {
        for (; ; at++) {
          const digit = bytes[at]! - 0x30
          if (digit < 0 || digit > 9) break
          value = value * 10 + digit
        }
      }
    }
    this.at = at
    return value > max ? -1 : value
  }

  /** A word of `count` hexadecimal digits; −1 if there is none. */
  hex(count: number): number {
    const { bytes, at } = this
    let value = 0
    for (let i = at; i < at + count; i++) {
      const digit = HEX[bytes[i]!]!
      if (digit < 0) return -1
      value = (value << 4) | digit
    }
    this.at = at + count
    return value >>> 0
  }

  /** `sec.fraction` with 6 or 9 digits. */
  time(): boolean {
    const sec = this.uint(Number.MAX_SAFE_INTEGER)
    const { bytes } = this
    if (sec < 0 || bytes[this.at] !== DOT) return false
    const from = this.at + 1
    let nsec = 0
    let at = from
    for (; at < from + 9; at++) {
      const digit = bytes[at]! - 0x30
      if (digit < 0 || digit > 9) break
      nsec = (nsec * 10 + digit) | 0
    }
    if (at === from + 6) nsec *= 1000
    else if (at !== from + 9) return false
    this.at = at
    this.sec = sec
    this.nsec = nsec
    this.digits = at - from
    return true
  }

  /** A time that may be negative. */
  duration(): boolean {
    this.negative = this.bytes[this.at] === MINUS
    if (this.negative) this.at++
    return this.time()
  }

  /** Six bytes as pairs of digits: the upper 16 bits are given, the lower 32 go to `low`; −1 if there are none. */
  mac(): number {
    const { bytes, at } = this
    let high = 0
    let low = 0
    for (let i = 0; i < 6; i++) {
      const from = at + 3 * i
      const pair = (HEX[bytes[from]!]! << 4) | HEX[bytes[from + 1]!]!
      if (pair < 0 || (i < 5 && bytes[from + 2] !== COLON)) return -1
      if (i < 2) high = (high << 8) | pair
      else low = (low << 8) | pair
    }
    this.at = at + 17
    this.low = low >>> 0
    return high
  }
  low = 0

  /** An IP address up to its closing quote, into `words` at `to`; gives its family, or 0 if there is none. */
  ip(words: Uint32Array, to: number): number {
    const from = this.at
    if (this.#ipv4(words, to)) return 4
    this.at = from
    return this.#ipv6(words, to) ? 6 : 0
  }

  #ipv4(words: Uint32Array, to: number): boolean {
    let word = 0
    for (let i = 0; i < 4; i++) {
      if (i > 0 && this.bytes[this.at++] !== DOT) return false
      const byte = this.uint(255)
      if (byte < 0) return false
      word = (word << 8) | byte
    }
    words[to] = word
    words[to + 1] = 0
    words[to + 2] = 0
    words[to + 3] = 0
    return this.bytes[this.at] === QUOTE
  }

  /** The texts seen last are kept, each in the place that its characters point to. */
  #ipv6(words: Uint32Array, to: number): boolean {
    const { bytes, at: from } = this
    let place = 0
    let end = from
    for (; bytes[end] !== QUOTE; end++) {
      if (end - from > IPV6_CHARS) return false
      place = Math.imul(place ^ bytes[end]!, 0x01000193)
    }
    place = (place ^ (place >>> 15)) & (CACHED - 1)
    // with both quotes, as a literal has four bytes at least
    const length = end + 2 - from
    const known = this.#ipv6Texts[place]
    if (known?.length !== length || !known.standsAt(this.view, from - 1)) {
      const parsed = parseIPv6(bytes.toString('latin1', from, end))
      if (parsed === undefined) return false
      this.#ipv6Texts[place] = new Literal(bytes.subarray(from - 1, end + 1))
      this.#ipv6Words[place] = Uint32Array.from(parsed)
    }
    const found = this.#ipv6Words[place]!
    for (let i = 0; i < 4; i++) words[to + i] = found[i]!
    this.at = end
    return true
  }

  /** The position of the quote that ends a text without escapes and control characters; −1 if it is another text. */
  plainTextEnd(): number {
    const { bytes } = this
    let { at } = this
    for (let byte = bytes[at]!; byte !== QUOTE; byte = bytes[++at]!) {
      if (byte < 0x20 || byte > 0x7e || byte === 0x5c) return -1
    }
    return at
  }
}

/** A length of time, and whether it is below 0. */
interface Duration {
  readonly sec: number
  readonly nsec: number
  readonly negative: boolean
}

/** Whole seconds of the time that lies `by` before another one. */
export function secBefore(sec: number, nsec: number, by: Duration): number {
  if (by.negative) return sec + by.sec + (nsec + by.nsec >= BILLION ? 1 : 0)
  return sec - by.sec - (nsec < by.nsec ? 1 : 0)
}

/** Nanoseconds below a second of the same time. */
export function nsecBefore(nsec: number, by: Duration): number {
  if (by.negative) return (nsec + by.nsec) % BILLION
  return nsec < by.nsec ? nsec + BILLION - by.nsec : nsec - by.nsec
}
