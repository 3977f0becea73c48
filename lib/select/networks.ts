import { prefixMasks } from '../ip-network.ts'
import { parseIPv4, parseIPv6 } from '../ip-text.ts'
import type { Value } from './values.ts'

type Words = readonly number[]

interface Network {
  words: Words
  masks: Words
}

/** Whether a text is an address in one of some networks. */
export type AddressTest = (address: Value) => boolean

function addressWords(text: string): Words | undefined {
  const word = parseIPv4(text)
  return word === undefined ? (text.includes(':') ? parseIPv6(text) : undefined) : [word]
}

/** `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `fe80::/10`, or an address alone. */
function parseNetwork(text: string): Network | undefined {
  const [address = '', suffix, ...more] = text.split('/')
  const words = addressWords(address)
  if (words === undefined || more.length > 0) return undefined
  const masks = suffix === undefined ? prefixMasks(128, words.length) : suffixMasks(suffix, words.length)
  return masks && { words: words.map((word, at) => (word & masks[at]!) >>> 0), masks }
}

function suffixMasks(suffix: string, words: number): Words | undefined {
  if (/^\d{1,3}$/.test(suffix)) {
    const length = Number(suffix)
    return length <= 32 * words ? prefixMasks(length, words) : undefined
  }
  const mask = words === 1 ? parseIPv4(suffix) : undefined
  return mask === undefined ? undefined : [mask]
}

/** Reads addresses and networks with `;`, `,` or `|` between; undefined for anything else. */
export function addressTest(text: string): AddressTest | undefined {
  const networks = text
    .split(/[;,|\s]+/)
    .filter(part => part !== '')
    .map(parseNetwork)
  if (networks.length === 0 || networks.includes(undefined)) return undefined
  const test: AddressTest = address => {
    if (typeof address !== 'string') return Array.isArray(address) && address.some(test)
    const words = addressWords(address)
    return words !== undefined && (networks as Network[]).some(network => inside(words, network))
  }
  return test
}

function inside(address: Words, { words, masks }: Network): boolean {
  if (address.length !== words.length) return false
  for (let at = 0; at < words.length; at++) if ((address[at]! & masks[at]!) >>> 0 !== words[at]) return false
  return true
}

/** Networks whose addresses are private or otherwise not of the public internet (RFC 1918, 3927, 4193, 4291, 6598). */
export const PRIVATE = addressTest(
  '10.0.0.0/8;172.16.0.0/12;192.168.0.0/16;127.0.0.0/8;169.254.0.0/16;100.64.0.0/10;fc00::/7;fe80::/10;::1',
)!
/** RFC 5771, 4291. */
export const MULTICAST = addressTest('224.0.0.0/4;ff00::/8')!
export const IPV4 = addressTest('0.0.0.0/0')!
export const IPV6 = addressTest('::/0')!
