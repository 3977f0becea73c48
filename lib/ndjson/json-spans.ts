/**
 * Where values and members lie in the bytes of a line of JSON (RFC 8259), without making objects of them. Lists and
 * objects that lie deeper in each other than MAX_DEPTH are taken for no JSON, as RFC 8259 section 9 allows: whoever
 * writes them again, or puts them into text, would do so by recursion, which is over after some thousands.
 */
export const MAX_DEPTH = 256

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/** A member of an object: positions of its name's opening quote, behind its name, and behind its value. */
export interface MemberSpan {
  from: number
  nameEnd: number
  to: number
}

const open = new Uint8Array(MAX_DEPTH)

export function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  let i = at
  for (; i < end; i++) {
    const byte = bytes[i]
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) break
  }
  return i
}

/** The position behind the string whose quote stands at `at`; −1 if it is none. */
export function skipString(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== QUOTE) return -1
  for (let i = at + 1; i < end; i++) {
    const byte = bytes[i]!
    if (byte === QUOTE) return i + 1
    if (byte < 0x20) return -1
    if (byte === BACKSLASH) {
      i = skipEscape(bytes, i + 1, end)
      if (i < 0) return -1
    }
  }
  return -1
}

/** The position of the last character of an escape whose first one behind the backslash is at `at`. */
function skipEscape(bytes: Uint8Array, at: number, end: number): number {
  const byte = bytes[at]!
  if (byte !== 0x75) return at < end && '"\\/bfnrt'.includes(String.fromCharCode(byte)) ? at : -1
  for (let i = at + 1; i <= at + 4; i++) {
    const digit = bytes[i]!
    const hexadecimal = isDigit(digit) || ((digit | 0x20) >= 0x61 && (digit | 0x20) <= 0x66)
    if (i >= end || !hexadecimal) return -1
  }
  return at + 4
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39

function skipDigits(bytes: Uint8Array, at: number, end: number): number {
  let i = at
  while (i < end && isDigit(bytes[i]!)) i++
  return i
}

/** The position behind the number at `at`; −1 if it is none. */
function skipNumber(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] === 0x2d ? at + 1 : at
  let i = bytes[first] === 0x30 && first < end ? first + 1 : skipDigits(bytes, first, end)
  if (i === first) return -1
  if (bytes[i] === 0x2e && i < end) {
    const fraction = i + 1
    i = skipDigits(bytes, fraction, end)
    if (i === fraction) return -1
  }
  if (i < end && (bytes[i]! | 0x20) === 0x65) {
    const exponent = bytes[i + 1] === 0x2b || bytes[i + 1] === 0x2d ? i + 2 : i + 1
    i = skipDigits(bytes, exponent, end)
    if (i === exponent) return -1
  }
  return i
}

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')
const NULL = Buffer.from('null')

function skipWord(bytes: Uint8Array, at: number, end: number, word: Uint8Array): number {
  return at + word.length <= end && word.every((byte, i) => bytes[at + i] === byte) ? at + word.length : -1
}

function skipScalar(bytes: Uint8Array, at: number, end: number): number {
  switch (bytes[at]) {
    case QUOTE:
      return skipString(bytes, at, end)
    case 0x74:
      return skipWord(bytes, at, end, TRUE)
    case 0x66:
      return skipWord(bytes, at, end, FALSE)
    case 0x6e:
      return skipWord(bytes, at, end, NULL)
    default:
      return skipNumber(bytes, at, end)
  }
}

/** The position behind a member's name and colon; −1 if there is none. */
function skipName(bytes: Uint8Array, at: number, end: number): number {
  const name = skipString(bytes, skipSpace(bytes, at, end), end)
  if (name < 0) return -1
  const colon = skipSpace(bytes, name, end)
  return colon < end && bytes[colon] === COLON ? colon + 1 : -1
}

/** The position behind the value that begins at `at`, white space in front allowed; −1 if there is no whole value. */
export function skipValue(bytes: Uint8Array, at: number, end: number): number {
  let depth = 0
  let i = at
  for (;;) {
    i = skipSpace(bytes, i, end)
    if (i >= end) return -1
    const byte = bytes[i]!
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      const close = byte === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET
      const inside = skipSpace(bytes, i + 1, end)
      if (bytes[inside] !== close || inside >= end) {
        if (depth === MAX_DEPTH) return -1
        open[depth++] = close
        i = byte === OPEN_BRACE ? skipName(bytes, inside, end) : inside
        if (i < 0) return -1
        continue
      }
      i = inside + 1
    } else {
      i = skipScalar(bytes, i, end)
      if (i < 0) return -1
    }
    // a value ends here, and with it perhaps what it stands in
    for (;;) {
      if (depth === 0) return i
      i = skipSpace(bytes, i, end)
      if (i >= end) return -1
      const close = open[depth - 1]
      if (bytes[i] === COMMA) {
        i = close === CLOSE_BRACE ? skipName(bytes, i + 1, end) : i + 1
        if (i < 0) return -1
        break
      }
      if (bytes[i] !== close) return -1
      depth--
      i++
    }
  }
}

/** Whether lists and objects lie deeper in each other than is read; of what is no JSON it may say anything. */
export function isTooDeep(bytes: Uint8Array, from: number, to: number): boolean {
  let depth = 0
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!
    if (byte === QUOTE) {
      for (i++; i < to && bytes[i] !== QUOTE; i++) if (bytes[i] === BACKSLASH) i++
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      // the line's own object counts for nothing, as where a member's value is read
      if (++depth > MAX_DEPTH + 1) return true
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--
  }
  return false
}

/** The members of the object that the bytes from `from` to `to` are, in their order; the bytes have to be valid JSON. */
export function memberSpans(bytes: Buffer, from: number, to: number): MemberSpan[] {
  const spans: MemberSpan[] = []
  let i = skipSpace(bytes, skipSpace(bytes, from, to) + 1, to)
  while (bytes[i] === QUOTE) {
    const nameEnd = skipString(bytes, i, to)
    const value = skipValue(bytes, skipSpace(bytes, nameEnd, to) + 1, to)
    spans.push({ from: i, nameEnd, to: value })
    const next = skipSpace(bytes, value, to)
    if (bytes[next] !== COMMA) break
    i = skipSpace(bytes, next + 1, to)
  }
  return spans
}

/** A member's name, whatever its spelling. */
export function nameOf(bytes: Buffer, { from, nameEnd }: MemberSpan): string {
  return JSON.parse(bytes.toString('utf8', from, nameEnd)) as string
}

/**
 * Where new members go in a line: in front of the comma before `payload` if that is the last member, else in front of
 * the closing brace. The line has to be a valid object with a member.
 */
export function splicePoint(bytes: Buffer, to: number, spans: readonly MemberSpan[]): number {
  const last = spans.at(-1)!
  if (nameOf(bytes, last) === 'payload' && spans.length > 1) return bytes.lastIndexOf(COMMA, last.from)
  return bytes.lastIndexOf(CLOSE_BRACE, to - 1)
}
