import type { Fields, Read, Row } from './row.ts'
import { textOf } from './values.ts'

/**
 * The conversations of which something was selected. A conversation is known by its `flowInd` within a file, or where
 * there is none (or it is 0, which means none) by its two ends, protocol and VLAN.
 */
export class Conversations {
  readonly #keys = new Set<string>()
  readonly #flow: Read
  readonly #ends: readonly Read[]
  #file = 0

  constructor(fields: Fields) {
    const field = (name: string): Read => {
      const slot = fields.slot(name, true)
      return row => row.value(slot)
    }
    this.#flow = field('flowInd')
    this.#ends = ['srcIP', 'srcPort', 'dstIP', 'dstPort', 'l4Proto', 'ethVlanID'].map(field)
  }

  /** Numbers of flows mean something within their file only. */
  beginFile(number: number): void {
    this.#file = number
  }

  add(row: Row): void {
    const key = this.#key(row)
    if (key !== undefined) this.#keys.add(key)
  }

  has(row: Row): boolean {
    const key = this.#key(row)
    return key !== undefined && this.#keys.has(key)
  }

  #key(row: Row): string | undefined {
    const flow = textOf(this.#flow(row))
    if (flow !== undefined && flow !== '0') return `${this.#file} ${flow}`
    const [srcIP, srcPort, dstIP, dstPort, proto, vlan] = this.#ends.map(read => textOf(read(row)) ?? '')
    if (srcIP === '' || dstIP === '') return undefined
    const ends = [`${srcIP} ${srcPort}`, `${dstIP} ${dstPort}`].sort()
    return `${this.#file} ${ends.join(' ')} ${proto} ${vlan}`
  }
}
