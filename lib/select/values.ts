import { compareDecimals } from './decimal.ts'

/** What a field or an expression gives; undefined: the record lacks it. Whole numbers beyond 2^53 are bigints. */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | undefined
  | readonly Value[]
  | { readonly [name: string]: Value }

const DECIMAL = /^-?\d+(?:\.\d+)?$/
const HEX = /^0x[\da-f]+$/i
/** Digits that a double holds in every case. */
const EXACT_DIGITS = 15

/** A whole number as it is written, exactly. */
export function wholeNumber(text: string): number | bigint {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text)
}

/** The number that a value is or spells, as decimal or as hexadecimal mask; undefined if it is none. */
export function toNumber(value: Value): number | bigint | undefined {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return value
    case 'boolean':
      return value ? 1 : 0
    case 'string':
      break
    default:
      return undefined
  }
  const first = value.charCodeAt(0)
  if (!(first <= 0x39 && first >= 0x30) && first !== 0x2d) return undefined
  if (DECIMAL.test(value)) return value.includes('.') ? Number(value) : wholeNumber(value)
  return HEX.test(value) ? wholeNumber(value) : undefined
}

/** Whether a value counts as true: numbers unless 0, texts unless empty or spelling 0, lists if one of theirs does. */
export function truth(value: Value): boolean {
  switch (typeof value) {
    case 'boolean':
      return value
    case 'undefined':
      return false
    case 'object':
      return Array.isArray(value) ? value.some(truth) : true
    case 'string': {
      const number = toNumber(value)
      return number === undefined ? value !== '' : Boolean(number)
    }
    default:
      return Boolean(value)
  }
}

/** A value as text; undefined for a missing one. Lists have `;` between, as in Tranalyzer's files. */
export function textOf(value: Value): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(one => textOf(one) ?? '').join(';')
  return typeof value === 'object' ? toJson(value) : String(value)
}

/** A value as JSON; bigints with all of their digits. */
export function toJson(value: Value): string {
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `[${value.map(one => toJson(one)).join(',')}]`
  return value === undefined ? 'null' : JSON.stringify(value)
}

/** Below, above, the same: −1, 1, 0; undefined: there is no order between the two. */
export type Order = -1 | 0 | 1 | undefined

const order = <T extends string | number | bigint>(a: T, b: T): Order => (a < b ? -1 : a > b ? 1 : 0)

/** Compares single values: as numbers if both are or spell one, else as texts. */
export function compare(a: Value, b: Value): Order {
  if (typeof a === 'number' && typeof b === 'number') return order(a, b)
  const left = toNumber(a)
  const right = left === undefined ? undefined : toNumber(b)
  if (left !== undefined && right !== undefined) {
    const roughly = order(left as number, right as number)
    const tie = roughly === 0 && typeof a === 'string' && typeof b === 'string'
    return tie && (a.length > EXACT_DIGITS || b.length > EXACT_DIGITS) ? exactly(a, b) : roughly
  }
  return typeof a === 'string' && typeof b === 'string' ? order(a, b) : undefined
}

/** Compares with a text that stands in the expression, so as texts; with numbers as numbers. */
export function compareText(a: Value, b: Value): Order {
  return typeof a === 'string' && typeof b === 'string' ? order(a, b) : compare(a, b)
}

function exactly(a: string, b: string): Order {
  return HEX.test(a) || HEX.test(b) ? 0 : compareDecimals(a, b)
}

/** Whether the test holds for a value, or for one of a list. */
export function anyOf(value: Value, test: (one: Value) => boolean): boolean {
  return Array.isArray(value) ? value.some(one => anyOf(one, test)) : test(value)
}
