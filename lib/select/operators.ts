import type { Row } from './row.ts'
import { anyOf, compare, compareText, type Order, toNumber, type Value } from './values.ts'

/** How an order answers a comparison. Where there is no order the answer is no. */
const COMPARISONS: Readonly<Record<string, (order: Order) => boolean>> = {
  '==': order => order === 0,
  '<': order => order === -1,
  '<=': order => order === -1 || order === 0,
  '>': order => order === 1,
  '>=': order => order === 1 || order === 0,
}

export const isComparison = (operator: string): boolean => Object.hasOwn(COMPARISONS, operator)

/** Compares two values; with lists, any of one with any of the other. `asText`: one of them is a text of the expression. */
export function comparison(operator: string, asText: boolean): (a: Value, b: Value) => boolean {
  const answer = COMPARISONS[operator]!
  const ordered = asText ? compareText : compare
  return (a, b) => {
    if (a === undefined || b === undefined) return false
    if (typeof a !== 'object' && typeof b !== 'object') return answer(ordered(a, b))
    return anyOf(a, left => anyOf(b, right => answer(ordered(left, right))))
  }
}

/** A field against a number, which is what most comparisons are. */
export function compareWithNumber(
  operator: string,
  read: (row: Row) => Value,
  number: number,
): (row: Row) => boolean {
  const slow = comparison(operator, false)
  const fast = (test: (value: number) => boolean) => (row: Row) => {
    const value = read(row)
    return typeof value === 'number' ? test(value) : slow(value, number)
  }
  switch (operator) {
    case '<':
      return fast(value => value < number)
    case '<=':
      return fast(value => value <= number)
    case '>':
      return fast(value => value > number)
    case '>=':
      return fast(value => value >= number)
    default:
      return fast(value => value === number)
  }
}

type Whole = number | bigint

/** Back to a number where that is exact. */
const settled = (value: bigint): Whole =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value

const MAX_SHIFT = 64n
const wholeOnly =
  (operate: (a: bigint, b: bigint) => bigint) =>
  (a: Whole, b: Whole): Value => {
    if (!isWhole(a) || !isWhole(b)) return undefined
    return settled(operate(BigInt(a), BigInt(b)))
  }

const isWhole = (value: Whole): boolean => typeof value === 'bigint' || Number.isSafeInteger(value)

/** Whole numbers are added exactly, others as doubles. */
const either =
  (doubles: (a: number, b: number) => number, wholes: (a: bigint, b: bigint) => bigint) =>
  (a: Whole, b: Whole): Value => {
    const result = typeof a === 'number' && typeof b === 'number' ? doubles(a, b) : Number.NaN
    if (
      Number.isInteger(result) ? Number.isSafeInteger(result) : typeof a === 'number' && typeof b === 'number'
    )
      return finite(result)
    return isWhole(a) && isWhole(b)
      ? settled(wholes(BigInt(a), BigInt(b)))
      : finite(doubles(Number(a), Number(b)))
  }

const finite = (value: number): Value => (Number.isFinite(value) ? value : undefined)
const doubles =
  (operate: (a: number, b: number) => number) =>
  (a: Whole, b: Whole): Value =>
    finite(operate(Number(a), Number(b)))
const shift = (operate: (a: bigint, b: bigint) => bigint) =>
  wholeOnly((a, b) => (b < 0n || b > MAX_SHIFT ? 0n : operate(a, b)))

const ARITHMETIC: Readonly<Record<string, (a: Whole, b: Whole) => Value>> = {
  '+': either(
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  '-': either(
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  '*': either(
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  '/': doubles((a, b) => a / b),
  '%': doubles((a, b) => a % b),
  '**': doubles((a, b) => a ** b),
  '&': wholeOnly((a, b) => a & b),
  '|': wholeOnly((a, b) => a | b),
  '^': wholeOnly((a, b) => a ^ b),
  '<<': shift((a, b) => a << b),
  '>>': shift((a, b) => a >> b),
}

export const isArithmetic = (operator: string): boolean => Object.hasOwn(ARITHMETIC, operator)

/** Computes with two values that are or spell numbers; undefined if one of them does not. */
export function arithmetic(operator: string): (a: Value, b: Value) => Value {
  const operate = ARITHMETIC[operator]!
  return (a, b) => {
    const left = toNumber(a)
    const right = left === undefined ? undefined : toNumber(b)
    return left === undefined || right === undefined ? undefined : operate(left, right)
  }
}
