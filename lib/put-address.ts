import { bytesOf, putBytes, putHex } from './ascii.ts'
import { ipv6Text } from './ip-text.ts'

const DOT = 0x2e
const COLON = 0x3a

/** A dotted decimal IPv4 address. */
export function putIPv4(out: Buffer, at: number, word: number): number {
  let to = putByte(out, at, word >>> 24)
  out[to] = DOT
  to = putByte(out, to + 1, (word >>> 16) & 0xff)
  out[to] = DOT
  to = putByte(out, to + 1, (word >>> 8) & 0xff)
  out[to] = DOT
  return putByte(out, to + 1, word & 0xff)
}

function putByte(out: Buffer, at: number, value: number): number {
  let to = at
  if (value >= 100) out[to++] = 0x30 + ((value / 100) | 0)
  if (value >= 10) out[to++] = 0x30 + (((value / 10) | 0) % 10)
  out[to] = 0x30 + (value % 10)
  return to + 1
}

/** One of the two addresses of an Ethernet header, whose 12 bytes (destination first) are the three words at `from`. */
export function putMac(
  out: Buffer,
  at: number,
  mac: Uint32Array,
  from: number,
  which: 'src' | 'dst',
): number {
  const middle = mac[from + 1]!
  const high = which === 'dst' ? mac[from]! >>> 16 : middle & 0xffff
  const low = which === 'dst' ? (mac[from]! << 16) | (middle >>> 16) : mac[from + 2]!
  let to = at
  for (let shift = 8; shift >= 0; shift -= 8) {
    to = putHex(out, to, high >>> shift, 2)
    out[to++] = COLON
  }
  for (let shift = 24; shift > 0; shift -= 8) {
    to = putHex(out, to, low >>> shift, 2)
    out[to++] = COLON
  }
  return putHex(out, to, low, 2)
}

const CACHED = 512

/**
 * IPv6 addresses as text. Finding the zero groups to shorten costs more than all else in a line, and a capture shows few
 * addresses at a time, so each text is kept in the one place that its words point to.
 */
export class IPv6Texts {
  readonly #words = new Uint32Array(4 * CACHED)
  readonly #texts: (Uint8Array | undefined)[] = new Array(CACHED)

  put(out: Buffer, at: number, addr: Uint32Array, from: number): number {
    const a = addr[from]!
    const b = addr[from + 1]!
    const c = addr[from + 2]!
    const d = addr[from + 3]!
    const place =
      Math.imul(
        a ^ Math.imul(b ^ Math.imul(c ^ Math.imul(d, 0x9e3779b1), 0x85ebca6b), 0xc2b2ae35),
        0x27d4eb2f,
      ) >>> 23
    const words = this.#words
    const key = 4 * place
    let text = this.#texts[place]
    if (
      text === undefined ||
      words[key] !== a ||
      words[key + 1] !== b ||
      words[key + 2] !== c ||
      words[key + 3] !== d
    ) {
      text = bytesOf(ipv6Text(a, b, c, d))
      words[key] = a
      words[key + 1] = b
      words[key + 2] = c
      words[key + 3] = d
      this.#texts[place] = text
    }
    return putBytes(out, at, text)
  }
}
