import { parseIPv4, parseIPv6 } from '../ip-text.ts'
import type { IpLabel, IpLabels } from './ip-labels.ts'

const words = new Uint32Array(4)

/** The label of an address that a record holds as text; undefined for anything else. */
export function labelOf(address: unknown, labels: IpLabels): IpLabel | undefined {
  if (typeof address !== 'string') return undefined
  const word = parseIPv4(address)
  if (word !== undefined) {
    words.fill(0)
    words[0] = word
    return labels.label(4, words, 0)
  }
  const parsed = parseIPv6(address)
  if (parsed === undefined) return undefined
  words.set(parsed)
  return labels.label(6, words, 0)
}
