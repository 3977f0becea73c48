import { parseIPv4, parseIPv6 } from './ip-text.ts'

/** A network in CIDR notation (RFC 4632 section 3.1, RFC 4291 section 2.3); a single address is one of full length. */
export interface Network {
  family: 4 | 6
  /** Bits of the prefix. */
  length: number
  /** Big-endian words, one for IPv4 and four for IPv6; bits behind the prefix are 0. */
  words: readonly number[]
}

/**
 * Reads `10.0.0.0/8`, `2001:db8::/32` or a single address; undefined for anything else, and so for a network that has
 * bits behind its prefix, of which nobody knows what was meant.
 */
export function parseNetwork(text: string): Network | undefined {
  const [, address, suffix] = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? []
  if (address === undefined) return undefined
  const word = parseIPv4(address)
  const words = word === undefined ? parseIPv6(address) : [word]
  if (words === undefined) return undefined
  const bits = 32 * words.length
  const length = suffix === undefined ? bits : Number(suffix)
  if (length > bits) return undefined
  const masks = prefixMasks(length, words.length)
  if (words.some((part, at) => (part & ~masks[at]!) !== 0)) return undefined
  return { family: word === undefined ? 6 : 4, length, words }
}

/** The masks of a prefix of so many bits, one for each word. */
export function prefixMasks(length: number, words: number): number[] {
  return Array.from({ length: words }, (_, at) => {
    const bits = Math.max(0, Math.min(32, length - 32 * at))
    // a shift by 32 bits is none
    return bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0
  })
}
