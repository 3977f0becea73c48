/**
 * Payloads as base64 (RFC 4648, section 4) and back. Node's own code wins on long payloads, a loop on short ones, where
 * the call costs more than the work.
 */

const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const VALUES = new Int8Array(256).fill(-1)
for (let value = 0; value < 64; value++) VALUES[ALPHABET[value]!] = value
const PAD = 0x3d
/** Most bytes of payload, and of text, that the loops take. */
const SHORT_BYTES = 96
const SHORT_TEXT = 160

/** Room that the base64 of so many bytes takes. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4
}

/** Puts the base64 of a part of a slab; gives the position behind it. */
export function putBase64(out: Buffer, at: number, slab: Buffer, from: number, to: number): number {
  if (to - from > SHORT_BYTES) return at + out.write(slab.toString('base64', from, to), at, 'latin1')
  let i = from
  let next = at
  for (; i + 2 < to; i += 3) {
    const word = (slab[i]! << 16) | (slab[i + 1]! << 8) | slab[i + 2]!
    out[next] = ALPHABET[word >>> 18]!
    out[next + 1] = ALPHABET[(word >>> 12) & 63]!
    out[next + 2] = ALPHABET[(word >>> 6) & 63]!
    out[next + 3] = ALPHABET[word & 63]!
    next += 4
  }
  if (i === to) return next
  const word = (slab[i]! << 16) | (i + 1 < to ? slab[i + 1]! << 8 : 0)
  out[next] = ALPHABET[word >>> 18]!
  out[next + 1] = ALPHABET[(word >>> 12) & 63]!
  out[next + 2] = i + 1 < to ? ALPHABET[(word >>> 6) & 63]! : PAD
  out[next + 3] = PAD
  return next + 4
}

/**
 * Decodes the text at `from` … `to` of a slab, which has to give `length` bytes, to `at` of the same slab; that may be
 * the place of the text itself. Padding may be left out; any character that is not of the alphabet makes it fail. Says
 * whether it was done; if not, the text is as it was.
 */
export function decodeBase64(slab: Buffer, from: number, to: number, at: number, length: number): boolean {
  let end = to
  if (end > from && slab[end - 1] === PAD) {
    if (((end - from) & 3) !== 0) return false
    end -= slab[end - 2] === PAD ? 2 : 1
  }
  const chars = end - from
  if ((chars & 3) === 1 || Math.floor((chars * 3) / 4) !== length) return false
  return chars > SHORT_TEXT ? decodeLong(slab, from, end, at, length) : decodeShort(slab, from, end, at)
}

function decodeLong(slab: Buffer, from: number, end: number, at: number, length: number): boolean {
  const text = slab.toString('latin1', from, end)
  // Node skips what it does not know, which the length shows, and takes the URL alphabet as well
  if (text.includes('-') || text.includes('_')) return false
  if (slab.write(text, at, 'base64') === length) return true
  slab.write(text, from, 'latin1')
  return false
}

function decodeShort(slab: Buffer, from: number, end: number, at: number): boolean {
  let bad = 0
  for (let i = from; i < end; i++) bad |= VALUES[slab[i]!]!
  if (bad < 0) return false
  let next = at
  let i = from
  for (; i + 3 < end; i += 4) {
    const word =
      (VALUES[slab[i]!]! << 18) |
      (VALUES[slab[i + 1]!]! << 12) |
      (VALUES[slab[i + 2]!]! << 6) |
      VALUES[slab[i + 3]!]!
    slab[next] = word >> 16
    slab[next + 1] = word >> 8
    slab[next + 2] = word
    next += 3
  }
  if (i === end) return true
  const third = i + 2 < end ? VALUES[slab[i + 2]!]! : 0
  const word = (VALUES[slab[i]!]! << 10) | (VALUES[slab[i + 1]!]! << 4) | (third >> 2)
  slab[next] = word >> 8
  if (i + 2 < end) slab[next + 1] = word
  return true
}

/** Decodes a text, as strictly, to `at` of a slab, which has to have the room. Gives the number of bytes, or −1. */
export function decodeText(slab: Buffer, text: string, at: number): number {
  const chars = text.replace(/={1,2}$/, '').length
  if (!/^[A-Za-z\d+/]*$/.test(text.slice(0, chars)) || (chars & 3) === 1) return -1
  return chars === text.length || (text.length & 3) === 0 ? slab.write(text, at, 'base64') : -1
}
