/** Conversations that are to meet in one place of the table. */
export interface Flood {
  name: string
  family: number
  /** Addresses of a row, four words each, and the source's port. */
  key: (row: number) => { words: number[]; port: number }
}

/** `count` bits of a row number as a change of a word, right below its highest bit. */
function highest(row: number, from: number, count: number): number {
  return ((row >>> from) & ((1 << count) - 1)) << (31 - count)
}

/** The same, and once more where a shift takes them: what undoes such a change of the word before. */
function undoing(row: number, from: number, count: number, shift: number): number {
  const high = highest(row, from, count)
  return high ^ (high >>> shift)
}

/**
 * Sets of up to 65,536 that need no knowledge of any seed: where a hash is a chain of "exclusive or, times an odd number,
 * shifted onto itself", a change of the highest bits of one word is undone by one of the next. The lower endpoint has
 * its highest bit at 0, the other one at 1, lest keys be turned round.
 */
export function hashFlood(): Flood[] {
  const ipv4 = (shift: number): Flood['key'] => {
    return row => {
      const src = 0x0000_0a01 ^ highest(row, 0, 6)
      const dst = 0x8000_0a02 ^ undoing(row, 6, 5, shift)
      return {
        words: [src >>> 0, 0, 0, 0, dst >>> 0, 0, 0, 0],
        port: (undoing(row, 11, 5, shift) >>> 16) & 0xffff,
      }
    }
  }
  return [
    { name: 'highest bits, undone 15 bits below', family: 4, key: ipv4(15) },
    { name: 'highest bits, undone 16 bits below', family: 4, key: ipv4(16) },
    {
      name: 'two bits of each word of IPv6',
      family: 6,
      key: row => ({
        words: Array.from(
          { length: 8 },
          (_, i) => ((i === 4 ? 0x8000_0101 : 0x0000_0101) ^ undoing(row, 2 * i, 2, i === 0 ? 31 : 15)) >>> 0,
        ),
        port: 9,
      }),
    },
    {
      name: 'one address after another',
      family: 4,
      key: row => ({ words: [0x0a00_0000 + row, 0, 0, 0, 0xc0a8_0001, 0, 0, 0], port: 9 }),
    },
  ]
}
