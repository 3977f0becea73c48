import type { Cursor } from './cursor.ts'
import { refuse } from './refuse.ts'
import type { Arithmetic, Operator, Relation } from './syntax.ts'

/** How strongly operators bind. `%` and `^` have no rank in tcpdump's grammar, see below. */
const RANKS: Readonly<Record<string, number>> = {
  '|': 1,
  '&': 2,
  '<<': 3,
  '>>': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
}
const UNRANKED = ['%', '^']
const RELATIONS = ['>', '<', '>=', '<=', '=', '!=']

/** Operators of one rank that may follow each other; each is a call in a call. */
const MAX_OPERATORS = 1000

/** Whether a token can only stand inside of or behind arithmetic. */
export function isArithmetic(text: string): boolean {
  return Object.hasOwn(RANKS, text) || UNRANKED.includes(text) || RELATIONS.includes(text)
}

/** Reads `arithmetic relation arithmetic`. */
export function parseRelation(cursor: Cursor): {
  relation: Relation
  left: Arithmetic
  right: Arithmetic
} {
  const left = parseArithmetic(cursor)
  if (!cursor.sees(...RELATIONS)) cursor.refuse('a comparison (=, !=, <, <=, >, >=) is missing')
  const relation = cursor.take().text as Relation
  return { relation, left, right: parseArithmetic(cursor) }
}

/**
 * Reads operators that bind at least as strongly as `rank`. As in tcpdump, whose grammar gives them no rank, `%` and `^`
 * take the operand in front of them, and everything behind them: `a % b + c` is `a % (b + c)`.
 */
export function parseArithmetic(cursor: Cursor, rank = 0): Arithmetic {
  return cursor.nested(() => {
    let left = parseOperand(cursor)
    for (let operators = 0; ; operators++) {
      const { kind, text, at } = cursor.token
      if (kind !== 'keyword') return left
      const unranked = UNRANKED.includes(text)
      if (!unranked && !(RANKS[text]! > rank)) return left
      if (operators === MAX_OPERATORS) refuse(at, `more than ${MAX_OPERATORS} operators in one term`)
      cursor.take()
      const right = parseArithmetic(cursor, unranked ? 0 : RANKS[text]!)
      if (right.kind === 'constant') checkConstant(text, right.value, at)
      left = { kind: 'operation', operator: text as Operator, left, right }
    }
  })
}

function checkConstant(operator: string, value: number, at: number): void {
  if ('/%'.includes(operator) && value === 0) refuse(at, 'division by zero')
  if ((operator === '<<' || operator === '>>') && value > 31) refuse(at, 'a shift by more than 31 bits')
}

function parseOperand(cursor: Cursor): Arithmetic {
  const { token } = cursor
  if (token.kind === 'number') {
    cursor.take()
    return { kind: 'constant', value: token.value }
  }
  if (token.kind === 'protocol') return parseBytes(cursor)
  if (cursor.accept('len')) return { kind: 'length' }
  // binds more strongly than any other operator
  if (cursor.accept('-')) return { kind: 'negative', of: cursor.nested(() => parseOperand(cursor)) }
  if (cursor.accept('(')) {
    const inner = parseArithmetic(cursor)
    cursor.expect(')', 'behind the arithmetic')
    return inner
  }
  return cursor.refuse('a number, len, or bytes such as tcp[13] are missing')
}

/** `tcp[13]`, `ip[2:2]`. */
function parseBytes(cursor: Cursor): Arithmetic {
  const { at, text: protocol } = cursor.take()
  cursor.expect('[', `behind ${protocol}`)
  const index = parseArithmetic(cursor)
  const size = cursor.accept(':') ? cursor.takeNumber('the size') : 1
  if (size !== 1 && size !== 2 && size !== 4) refuse(at, `the size of ${protocol}[…] is 1, 2 or 4 bytes`)
  cursor.expect(']', `behind ${protocol}[…`)
  return { kind: 'bytes', at, protocol, index, size }
}
