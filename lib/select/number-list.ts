import { toNumber, type Value } from './values.ts'

/** Whether a number is in a list. */
export type NumberTest = (value: number | bigint) => boolean

/**
 * Reads a list of numbers and ranges, `80;443;1-1023`, `-1023`, `1024-`; `;`, `,` and `|` separate. `words` are names
 * that stand for numbers. Undefined for what is no such list.
 */
export function numberList(
  text: string,
  words: Readonly<Record<string, number>> = {},
): NumberTest | undefined {
  const ranges: [from: number, to: number][] = []
  for (const part of text.split(/[;,|\s]+/).filter(one => one !== '')) {
    const word = part.toLowerCase()
    if (Object.hasOwn(words, word)) {
      ranges.push([words[word]!, words[word]!])
      continue
    }
    const match = /^(\d+|0x[\da-f]+)?(-)?(\d+|0x[\da-f]+)?$/i.exec(part)
    const [, low, dash, high] = match ?? []
    if (match === null || (low ?? high) === undefined || (dash === undefined && high !== undefined))
      return undefined
    const from = low === undefined ? 0 : Number(low)
    const to = dash === undefined ? from : high === undefined ? Number.POSITIVE_INFINITY : Number(high)
    if (from > to) return undefined
    ranges.push([from, to])
  }
  if (ranges.length === 0) return undefined
  const [first] = ranges
  const [only, last] = first!
  if (ranges.length === 1) return value => value >= only && value <= last
  return value => ranges.some(([from, to]) => value >= from && value <= to)
}

/** Whether a value, or one of a list, is a number that the test holds for. */
export function testNumber(value: Value, test: NumberTest): boolean {
  if (typeof value === 'number') return test(value)
  if (Array.isArray(value)) return value.some(one => testNumber(one, test))
  const number = toNumber(value)
  return number !== undefined && test(number)
}
