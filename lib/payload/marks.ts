import { PldError } from '../errors.ts'

/** A list as a table with a 1 for each number in it; undefined for the empty list, which means all. */
export function marks(name: string, numbers: readonly number[] = [], max = 0xffff): Uint8Array | undefined {
  if (numbers.length === 0) return undefined
  const table = new Uint8Array(0x1_0000)
  for (const number of numbers) {
    if (!Number.isInteger(number) || number < 0 || number > max) {
      throw new PldError('ERR_USAGE', `${name}: ${number} is no number from 0 to ${max}`)
    }
    table[number] = 1
  }
  return table
}
