import { addressTest } from './gen-address.ts'
import { worth } from './gen-arithmetic.ts'
import { castTest, encapsulationTest, wayTest } from './gen-encapsulation.ts'
import { portTest } from './gen-port.ts'
import { protocolTest, protoTest } from './gen-protocol.ts'
import type { Layout } from './layout.ts'
import { computeOf, keyOf } from './operands.ts'
import type { Expression, Relation } from './syntax.ts'
import { ALWAYS, both, compare, NEVER, not, type Operand, type Test } from './tests.ts'

/** What an expression asks of frames of a link type. Read in the order of the text, as `layout` moves on with it. */
export function testOf(layout: Layout, expression: Expression): Test {
  switch (expression.kind) {
    case 'chain': {
      const first = testOf(layout, expression.first)
      const rest = expression.rest.map(({ and, term }) => ({ and, test: testOf(layout, term) }))
      return { kind: 'chain', first, rest }
    }
    case 'not':
      return not(testOf(layout, expression.term))
    case 'identifier':
      return identifierTest(layout, expression)
    case 'protocol':
      return protocolTest(layout, expression.name, expression.at)
    case 'relation':
      return relationTest(layout, expression)
    case 'cast':
      return castTest(layout, expression)
    case 'length':
      return lengthTest(expression.least, expression.value)
    case 'way':
      return wayTest(layout, expression)
    case 'encapsulation':
      return encapsulationTest(layout, expression)
  }
}

function identifierTest(layout: Layout, expression: Extract<Expression, { kind: 'identifier' }>): Test {
  switch (expression.qualifiers.type) {
    case 'port':
    case 'portrange':
      return portTest(layout, expression)
    case 'proto':
      return protoTest(layout, expression)
    default:
      return addressTest(layout, expression)
  }
}

const LENGTH: Operand = { kind: 'computed', key: 'len', compute: frame => frame.wireLen, bases: [] }

/** `less` and `greater`, both with the length itself. */
function lengthTest(least: boolean, value: number): Test {
  return least ? compare(LENGTH, 'ge', value) : not(compare(LENGTH, 'gt', value))
}

function relationTest(layout: Layout, expression: Extract<Expression, { kind: 'relation' }>): Test {
  const left = worth(layout, expression.left)
  const right = worth(layout, expression.right)
  const [relation, negated] = RELATIONS[expression.relation]
  const checks = [...left.checks, ...right.checks]
  const test =
    right.constant === undefined
      ? between(left.operand, relation, right.operand)
      : left.constant === undefined
        ? compare(left.operand, relation, right.constant)
        : holds(relation, left.constant, right.constant)
          ? ALWAYS
          : NEVER
  const meant = negated ? not(test) : test
  const [first, ...others] = checks
  return first === undefined ? meant : both(first, ...others, meant)
}

/** Each relation as one of three, or its opposite. */
const RELATIONS: Readonly<Record<Relation, readonly ['eq' | 'gt' | 'ge', boolean]>> = {
  '=': ['eq', false],
  '!=': ['eq', true],
  '>': ['gt', false],
  '<=': ['gt', true],
  '>=': ['ge', false],
  '<': ['ge', true],
}

function between(left: Operand, relation: 'eq' | 'gt' | 'ge', right: Operand): Test {
  const [a, b] = [computeOf(left), computeOf(right)]
  const key = `${keyOf(left)}${relation}${keyOf(right)}`
  const bases = [left, right].flatMap(operand =>
    operand.kind === 'load' ? [operand.from.base] : operand.bases,
  )
  const operand: Operand = {
    kind: 'computed',
    key,
    bases,
    compute: frame => {
      const first = a(frame)
      if (first < 0) return first
      const second = b(frame)
      return second < 0 ? second : Number(holds(relation, first, second))
    },
  }
  return compare(operand, 'eq', 1)
}

function holds(relation: 'eq' | 'gt' | 'ge', left: number, right: number): boolean {
  if (relation === 'eq') return left === right
  return relation === 'gt' ? left > right : left >= right
}
