import { refuse } from './refuse.ts'
import type { Identifier, Qualifiers } from './syntax.ts'

export interface Ipv4Net {
  address: number
  mask: number
}

type Ipv4Like = Extract<Identifier, { kind: 'ipv4' | 'number' }>

/** Address and mask of an IPv4 host or net; numbers that are missing at the end are not looked at, `net 10.1`. */
export function ipv4Net(at: number, type: Qualifiers['type'], identifier: Ipv4Like): Ipv4Net {
  if (identifier.kind === 'number') return shortNet(identifier.value, type)
  const { text, mask } = identifier
  const { address, bits } = dotted(at, text)
  if (mask === undefined) return { address, mask: ones(bits) }
  if (type !== 'net') refuse(at, 'a mask or prefix goes with net')
  if (typeof mask === 'number' && mask > 32) refuse(at, `a prefix of ${mask} bits is longer than an address`)
  const net = { address, mask: typeof mask === 'number' ? ones(mask) : dotted(at, mask).address }
  if ((net.address & ~net.mask) !== 0) refuse(at, `${text} has bits behind its mask`)
  return net
}

/** `net 10` is 10.0.0.0/8; of a host the number is the whole address. */
function shortNet(value: number, type: Qualifiers['type']): Ipv4Net {
  if (type !== 'net' || value === 0) return { address: value, mask: ones(32) }
  let bits = 32
  let address = value
  for (; address < 0x100_0000; bits -= 8) address *= 256
  return { address, mask: ones(bits) }
}

function dotted(at: number, text: string): { address: number; bits: number } {
  const numbers = text.split('.').map(Number)
  const bits = 8 * numbers.length
  if (!/^[\d.]+$/.test(text) || numbers.some(number => number > 255)) refuse(at, `${text} is no IPv4 address`)
  let address = 0
  for (const number of numbers) address = address * 256 + number
  return { address: address * 2 ** (32 - bits), bits }
}

/** Masks of the four words of an IPv6 address. */
export function ipv6Mask(at: number, words: readonly number[], length: number): number[] {
  if (length > 128) refuse(at, `a prefix of ${length} bits is longer than an address`)
  const masks = words.map((_, index) => ones(Math.min(32, Math.max(0, length - 32 * index))))
  if (words.some((word, index) => (word & ~masks[index]!) !== 0))
    refuse(at, 'the net has bits behind its prefix')
  return masks
}

/** A word whose upper bits are ones. */
function ones(bits: number): number {
  return bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0
}
