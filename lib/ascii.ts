/**
 * Numbers, masks and times as ASCII, put straight into a buffer: no string a field. Each function puts its text at `at`
 * and gives the position behind it; that there is room is the caller's care.
 */

const ZERO = 0x30
const DIGITS = Buffer.from('0123456789abcdef')
const BILLION = 1_000_000_000
/** Below this many bytes a loop is faster than the call of `set()`. */
const SHORT = 48

/** The bytes of a text that is put often. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text))
}

/** Copies bytes. */
export function putBytes(out: Buffer, at: number, bytes: Uint8Array): number {
  const length = bytes.length
  if (length > SHORT) out.set(bytes, at)
  else for (let i = 0; i < length; i++) out[at + i] = bytes[i]!
  return at + length
}

/** Copies a part of a slab. */
export function putSlice(out: Buffer, at: number, slab: Buffer, from: number, to: number): number {
  const length = to - from
  if (length > SHORT) slab.copy(out, at, from, to)
  else for (let i = 0; i < length; i++) out[at + i] = slab[from + i]!
  return at + length
}

/** A whole number in decimal, as JSON writes it. */
export function putInt(out: Buffer, at: number, value: number): number {
  if (value >= 0 && value < BILLION) return putSmall(out, at, value | 0)
  if (value < 0 && value > -BILLION) {
    out[at] = 0x2d
    return putSmall(out, at + 1, -value | 0)
  }
  if (value < 0 || value > Number.MAX_SAFE_INTEGER) return at + out.write(String(value), at, 'latin1')
  const high = Math.floor(value / BILLION)
  return putDigits(out, putInt(out, at, high), (value - high * BILLION) | 0, 9)
}

/** A number below 10^9. */
function putSmall(out: Buffer, at: number, value: number): number {
  if (value < 10) {
    out[at] = ZERO + value
    return at + 1
  }
  let count = 2
  for (let limit = 100; value >= limit && count < 9; limit = (limit * 10) | 0) count++
  return putDigits(out, at, value, count)
}

/** The last `count` digits of a number below 2^31, zeros in front. */
export function putDigits(out: Buffer, at: number, value: number, count: number): number {
  let rest = value | 0
  for (let i = at + count - 1; i >= at; i--) {
    const next = (rest / 10) | 0
    out[i] = ZERO + rest - next * 10
    rest = next
  }
  return at + count
}

/** The lower `count` hexadecimal digits of a 32-bit word. */
export function putHex(out: Buffer, at: number, value: number, count: number): number {
  let rest = value
  for (let i = at + count - 1; i >= at; i--) {
    out[i] = DIGITS[rest & 15]!
    rest >>>= 4
  }
  return at + count
}

/** The 16 hexadecimal digits of two 32-bit words. */
export function putHex64(out: Buffer, at: number, high: number, low: number): number {
  return putHex(out, putHex(out, at, high, 8), low, 8)
}

/** `sec.fraction` with 6 or 9 digits, as `timeText()`. */
export function putTime(out: Buffer, at: number, sec: number, nsec: number, digits: number): number {
  const end = putInt(out, at, sec)
  out[end] = 0x2e
  return putDigits(out, end + 1, digits === 6 ? (nsec / 1000) | 0 : nsec, digits)
}

/** The exact difference `later − earlier`, as `durationText()`. */
export function putDuration(
  out: Buffer,
  at: number,
  laterSec: number,
  laterNsec: number,
  earlierSec: number,
  earlierNsec: number,
  digits: number,
): number {
  let sec = laterSec - earlierSec
  let nsec = laterNsec - earlierNsec
  let to = at
  if (sec < 0 || (sec === 0 && nsec < 0)) {
    out[to++] = 0x2d
    sec = -sec
    nsec = -nsec
  }
  if (nsec < 0) {
    sec -= 1
    nsec += BILLION
  }
  return putTime(out, to, sec, nsec, digits)
}
