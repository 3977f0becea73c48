import { parseNetwork, prefixMasks } from '../ip-network.ts'
import { type IpLabel, type IpLabels, NO_LABEL } from './ip-labels.ts'
import { IPV4_NETWORKS, IPV6_NETWORKS } from './special-networks.ts'

/** A network: words that an address has, where it has bits in the mask, to lie in it. */
interface Network {
  words: readonly number[]
  masks: readonly number[]
  bits: number
  label: IpLabel
}

/** By the first byte of their addresses, as few first bytes have any; the longest prefix first. */
type Networks = readonly (readonly Network[] | undefined)[]

/** Labels of private and special networks, which need no database. */
export class BuiltInLabels implements IpLabels {
  label(family: 4 | 6, words: Uint32Array, at: number): IpLabel {
    const networks = (family === 4 ? ipv4 : ipv6)[words[at]! >>> 24]
    if (networks !== undefined) {
      for (const network of networks) if (contains(network, words, at)) return network.label
    }
    return NO_LABEL
  }
}

function contains({ words, masks }: Network, address: Uint32Array, at: number): boolean {
  for (let i = 0; i < masks.length; i++) {
    // as signed numbers, which is what & gives
    if ((address[at + i]! & masks[i]!) !== words[i]) return false
  }
  return true
}

function byFirstByte(table: typeof IPV4_NETWORKS): Networks {
  const lists: Network[][] = []
  for (const [prefix, cc, org] of table) {
    const network = networkOf(prefix, Object.freeze({ cc, org }))
    const first = network.words[0]! >>> 24
    const last = first + (network.bits < 8 ? 0xff >> network.bits : 0)
    for (let byte = first; byte <= last; byte++) {
      lists[byte] = [...(lists[byte] ?? []), network]
    }
  }
  for (const list of lists) list?.sort((a, b) => b.bits - a.bits)
  return Array.from({ length: 256 }, (_, byte) => lists[byte])
}

function networkOf(prefix: string, label: IpLabel): Network {
  const { words, length: bits } = parseNetwork(prefix)!
  // only the words that have bits of the prefix, as signed numbers
  const masks = prefixMasks(bits, words.length).filter(mask => mask !== 0)
  return { words: masks.map((mask, i) => words[i]! & mask), masks, bits, label }
}

const ipv4 = byFirstByte(IPV4_NETWORKS)
const ipv6 = byFirstByte(IPV6_NETWORKS)
