import type { Argument, FunctionTable, Scope } from '../functions.ts'
import type { Read } from '../row.ts'
import { anyOf, toNumber, type Value } from '../values.ts'

/** A mask in two words; undefined for what is none. */
type Words = readonly [high: number, low: number]

/** The last mask of each of our readers: most lines have the mask of the line before. */
function masks(): (value: Value) => Words | undefined {
  let last: Value
  let words: Words | undefined
  return value => {
    if (value === last) return words
    last = value
    words = wordsOf(value)
    return words
  }
}

function wordsOf(value: Value): Words | undefined {
  const number = toNumber(value)
  if (number === undefined || number < 0 || !Number.isInteger(Number(number))) return undefined
  const all = BigInt(number)
  return [Number((all >> 32n) & 0xffffffffn), Number(all & 0xffffffffn)]
}

function bitTest(test: (value: Words, mask: Words) => boolean) {
  return ([value, mask]: readonly Argument[], scope: Scope): Read => {
    const valueWords = masks()
    const maskWords = masks()
    if (mask!.isConstant && maskWords(mask!.value) === undefined) scope.fail('this is no mask', mask!.at)
    return row => {
      const bits = maskWords(mask!.read(row))
      if (bits === undefined) return false
      return anyOf(value!.read(row), one => {
        const words = valueWords(one)
        return words !== undefined && test(words, bits)
      })
    }
  }
}

const TWO = { params: 'value, mask', min: 2, max: 2 } as const

export const BIT_FUNCTIONS: FunctionTable = {
  bitsanyset: {
    ...TWO,
    help: 'one of the bits of the mask is set',
    build: bitTest((value, mask) => ((value[0] & mask[0]) | (value[1] & mask[1])) !== 0),
  },
  bitsallset: {
    ...TWO,
    help: 'all bits of the mask are set',
    build: bitTest((value, mask) => ((~value[0] & mask[0]) | (~value[1] & mask[1])) === 0),
  },
  bfeq: {
    ...TWO,
    help: 'both masks are the same',
    build: bitTest((value, mask) => value[0] === mask[0] && value[1] === mask[1]),
  },
}
