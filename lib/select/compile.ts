import { setFlagsFromString } from 'node:v8'
import type {
  ArrayExpression,
  BinaryExpression,
  CallExpression,
  Expression,
  Literal,
  MemberExpression,
} from 'acorn'
import { type Argument, FUNCTIONS, HINTS, type Scope } from './functions.ts'
import { membership } from './membership.ts'
import { arithmetic, compareWithNumber, comparison, isArithmetic, isComparison } from './operators.ts'
import type { Fields, Read, Row } from './row.ts'
import { expressionError, parseExpression, sourceOf, startOf } from './syntax.ts'
import { anyOf, toNumber, truth, type Value, wholeNumber } from './values.ts'

export type Test = (row: Row) => boolean

/** An expression that is ready to be asked: what it computes, and what is known of it beforehand. */
export interface Compiled extends Argument {
  /** Its text. */
  source: string
  /** If it is nothing but a field. */
  slot?: number | undefined
}

/** Digits of a decimal fraction that a double holds in every case. */
const EXACT_LENGTH = 16

/** Operators and brackets that may lie in each other; compiled, each is a call in a call. */
const MAX_DEPTH = 2000

/** Turns an expression into closures over the fields of a row. */
export function compileTest(text: string, fields: Fields): Test {
  const { read } = new Compiler(text, fields).compile(parseExpression(text))
  return row => truth(read(row))
}

/** A list of expressions, with commas between: what goes into the columns of a table. */
export function compileList(text: string, fields: Fields): Compiled[] {
  const tree = parseExpression(text)
  const compiler = new Compiler(text, fields)
  return (tree.type === 'SequenceExpression' ? tree.expressions : [tree]).map(node => compiler.compile(node))
}

class Compiler implements Scope {
  readonly #text: string
  readonly #fields: Fields
  #depth = 0

  constructor(text: string, fields: Fields) {
    this.#text = text
    this.#fields = fields
  }

  fail(message: string, at: number): never {
    throw expressionError(message, at)
  }

  field(name: string, optional = false): Read {
    const slot = this.#fields.slot(name, optional)
    return row => row.value(slot)
  }

  compile(node: Expression): Compiled {
    if (++this.#depth > MAX_DEPTH) this.fail(`more than ${MAX_DEPTH} levels of operators`, startOf(node))
    const compiled = this.#node(node)
    this.#depth--
    return { ...compiled, at: startOf(node), source: sourceOf(this.#text, node) }
  }

  #node(node: Expression): Omit<Compiled, 'at' | 'source'> {
    switch (node.type) {
      case 'Literal':
        return this.#literal(node)
      case 'Identifier':
        return this.#identifier(node.name)
      case 'MemberExpression':
        return { read: this.#member(node) }
      case 'CallExpression':
        return this.#call(node)
      case 'UnaryExpression':
        return { read: this.#unary(node.operator, this.compile(node.argument), startOf(node)) }
      case 'BinaryExpression':
        return { read: this.#binary(node) }
      case 'LogicalExpression': {
        const left = this.compile(node.left).read
        const right = this.compile(node.right).read
        if (node.operator === '&&') return { read: row => truth(left(row)) && truth(right(row)) }
        if (node.operator === '||') return { read: row => truth(left(row)) || truth(right(row)) }
        return { read: row => left(row) ?? right(row) }
      }
      case 'ConditionalExpression': {
        const test = this.compile(node.test).read
        const yes = this.compile(node.consequent).read
        const no = this.compile(node.alternate).read
        return { read: row => (truth(test(row)) ? yes(row) : no(row)) }
      }
      case 'ArrayExpression':
        return this.#list(node)
      case 'AssignmentExpression':
        return this.fail(
          '= would set a field; == compares',
          this.#text.indexOf(node.operator, node.left.end - 1),
        )
      default:
        return this.fail(`${JSON.stringify(sourceOf(this.#text, node))} has no meaning here`, startOf(node))
    }
  }

  #literal(node: Literal): Omit<Compiled, 'at' | 'source'> {
    const { raw = '', value } = node
    if (node.regex != null) return constant(undefined, { pattern: value as RegExp })
    if (typeof value === 'string') return constant(value, { text: true })
    if (typeof value === 'boolean') return constant(value)
    if (value === null) return constant(undefined)
    if (/^0\d/.test(raw)) this.fail('a number has no 0 in front; 0x is hexadecimal', startOf(node))
    if (typeof value === 'bigint') return constant(value)
    // what a double would round stays a text that spells a number
    if (/^\d+\.\d+$/.test(raw)) return constant(raw.length > EXACT_LENGTH ? raw : Number(raw))
    return constant(
      Number.isInteger(value) && /^(0x[\da-f]+|\d+)$/i.test(raw) ? wholeNumber(raw) : Number(value),
    )
  }

  #identifier(name: string): Omit<Compiled, 'at' | 'source'> {
    if (name === 'undefined') return constant(undefined)
    const slot = this.#fields.slot(name.replace(/^\$(?=.)/, ''))
    return { read: row => row.value(slot), slot }
  }

  /** `a.b`, `a["b"]`, `a[0]`; of a list of objects `a.b` is the list of their `b`. */
  #member(node: MemberExpression): Read {
    if (node.object.type === 'Super') this.fail('super has no meaning here', startOf(node))
    const object = this.compile(node.object as Expression).read
    const name: Value =
      node.property.type === 'Identifier' && !node.computed
        ? node.property.name
        : this.compile(node.property as Expression).value
    if (typeof name !== 'string' && typeof name !== 'number')
      this.fail('the name of a member has to be constant', startOf(node.property))
    return row => memberOf(object(row), name as string | number)
  }

  #list(node: ArrayExpression): Omit<Compiled, 'at' | 'source'> {
    const elements = node.elements.map(element => {
      if (element === null || element.type === 'SpreadElement')
        return this.fail('a list has a value between two commas', startOf(node))
      return this.compile(element)
    })
    if (elements.every(({ isConstant }) => isConstant)) return constant(elements.map(({ value }) => value))
    return { read: row => elements.map(({ read }) => read(row)) }
  }

  #unary(operator: string, { read }: Compiled, at: number): Read {
    if (operator === '!') return row => !truth(read(row))
    if (operator === '-') return row => negated(toNumber(read(row)))
    if (operator === '+') return row => toNumber(read(row))
    return this.fail(`${operator} has no meaning here`, at)
  }

  #binary(node: BinaryExpression): Read {
    if (node.left.type === 'PrivateIdentifier') this.fail('# has no meaning here', startOf(node.left))
    const operator = node.operator.replace(/^([=!]=)=$/, '$1') as string
    const left = this.compile(node.left as Expression)
    const right = this.compile(node.right)
    if (operator === '~' || operator === '!~') {
      const test = this.pattern(left.read, right)
      return operator === '~' ? test : row => !test(row)
    }
    if (operator === 'in') return membership(left, right, this)
    const negative = operator === '!='
    const comparing = negative ? '==' : operator
    if (isComparison(comparing)) {
      const test = this.#compare(comparing, left, right)
      return negative ? row => !test(row) : test
    }
    if (!isArithmetic(operator)) this.fail(`there is no operator ${operator}`, startOf(node))
    const operate = arithmetic(operator)
    return row => operate(left.read(row), right.read(row))
  }

  #compare(operator: string, left: Compiled, right: Compiled): Test {
    for (const { pattern, at } of [left, right])
      if (pattern) this.fail('a regular expression is compared with ~', at)
    if (right.isConstant && typeof right.value === 'number')
      return compareWithNumber(operator, left.read, right.value)
    const compare = comparison(operator, left.text === true || right.text === true)
    return row => compare(left.read(row), right.read(row))
  }

  pattern(read: Read, argument: Argument): Test {
    const { value, at } = argument
    let regex = argument.pattern
    if (regex === undefined) {
      if (typeof value !== 'string') this.fail('here stands a regular expression, /re/ or "re"', at)
      try {
        regex = new RegExp(value as string)
      } catch (error) {
        this.fail((error as Error).message, at)
      }
    }
    boundBacktracking()
    // a pattern that remembers where it was would answer every other line
    const stateless = new RegExp(regex!.source, regex!.flags.replace(/[gy]/g, ''))
    return row =>
      anyOf(
        read(row),
        one => one !== undefined && stateless.test(typeof one === 'string' ? one : String(one)),
      )
  }

  #call(node: CallExpression): Omit<Compiled, 'at' | 'source'> {
    const at = startOf(node)
    if (node.callee.type !== 'Identifier') return this.fail('only functions by their name can be called', at)
    const { name } = node.callee
    const spec = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name]! : undefined
    if (spec === undefined) {
      const hint = Object.hasOwn(HINTS, name) ? HINTS[name] : `there are ${Object.keys(FUNCTIONS).join(', ')}`
      return this.fail(`there is no function ${name}(); ${hint}`, at)
    }
    const given = node.arguments.map(argument => {
      if (argument.type === 'SpreadElement') return this.fail('... has no meaning here', startOf(argument))
      return this.compile(argument)
    })
    if (given.length < spec.min || given.length > spec.max)
      this.fail(`${name}(${spec.params}) was given ${given.length} arguments`, at)
    return { read: spec.build(given, this, at), text: spec.givesText }
  }
}

function constant(value: Value, more: Partial<Argument> = {}): Omit<Compiled, 'at' | 'source'> {
  return { read: () => value, value, isConstant: true, ...more }
}

const negated = (value: number | bigint | undefined): Value => (value === undefined ? undefined : -value)

function memberOf(value: Value, name: string | number): Value {
  if (Array.isArray(value)) {
    if (typeof name === 'number') return value[name]
    return value.map(one => memberOf(one, name))
  }
  if (typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined
  return (value as { readonly [name: string]: Value })[name] ?? undefined
}

let isBounded = false

/**
 * Payload and names come from whoever was captured, and some texts keep a pattern such as /(a*)*b/ busy for years. V8
 * has a second matcher that takes time in proportion to the text; this lets it take over where going back does not end.
 * Patterns with (?=) and \1 it does not know.
 */
function boundBacktracking(): void {
  if (isBounded) return
  isBounded = true
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')
}
