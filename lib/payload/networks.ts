import { type Network, prefixMasks } from '../ip-network.ts'

/** The networks of one length of prefix, by a hash of their words. */
interface Prefixes {
  masks: readonly number[]
  byHash: Map<number, (readonly number[])[]>
}

/**
 * A set of networks, asked by address. For each length of prefix that occurs there is one look-up, so that a list of
 * thousands of hosts costs what one of them does.
 */
export class Networks {
  readonly #ipv4: readonly Prefixes[]
  readonly #ipv6: readonly Prefixes[]

  constructor(networks: readonly Network[]) {
    this.#ipv4 = byLength(networks, 4)
    this.#ipv6 = byLength(networks, 6)
  }

  /** Whether the address of this family, whose words lie at `at`, is in one of them; without an address it is in none. */
  has(family: number, addr: Uint32Array, at: number): boolean {
    if (family === 4) return this.#ipv4.some(prefixes => holds(prefixes, addr, at))
    return family === 6 && this.#ipv6.some(prefixes => holds(prefixes, addr, at))
  }
}

function holds({ masks, byHash }: Prefixes, addr: Uint32Array, at: number): boolean {
  let hash = 0
  for (let word = 0; word < masks.length; word++) hash = mixed(hash, addr[at + word]! & masks[word]!)
  const found = byHash.get(hash)
  return (
    found?.some(words => words.every((part, word) => ((addr[at + word]! & masks[word]!) | 0) === part)) ??
    false
  )
}

function byLength(networks: readonly Network[], family: 4 | 6): Prefixes[] {
  const lengths = new Map<number, Prefixes>()
  for (const network of networks) {
    if (network.family !== family) continue
    const { length } = network
    // words that the masks leave are signed
    const words = network.words.map(word => word | 0)
    let prefixes = lengths.get(length)
    if (prefixes === undefined) {
      prefixes = { masks: prefixMasks(length, words.length), byHash: new Map() }
      lengths.set(length, prefixes)
    }
    const hash = words.reduce(mixed, 0)
    const alike = prefixes.byHash.get(hash)
    if (alike === undefined) prefixes.byHash.set(hash, [words])
    else alike.push(words)
  }
  return [...lengths.values()]
}

function mixed(hash: number, word: number): number {
  return Math.imul(hash, 31) ^ word
}
