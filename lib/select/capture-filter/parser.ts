import { Cursor } from './cursor.ts'
import { tokens } from './lexer.ts'
import { isArithmetic, parseRelation } from './parse-arithmetic.ts'
import { parseIdentifier, parseQualifiers } from './parse-qualifiers.ts'
import type { Expression, Qualifiers } from './syntax.ts'

/** What was read, and the qualifiers that the next bare name or number inherits. */
interface Read {
  expression: Expression
  qualifiers: Qualifiers | undefined
}

/** Reads a filter expression; undefined for an empty one, which every frame fits. Errors: ERR_USAGE. */
export function parseFilter(text: string): Expression | undefined {
  const cursor = new Cursor(tokens(text))
  if (cursor.atEnd) return undefined
  const { expression } = parseChain(cursor, undefined)
  if (!cursor.atEnd) cursor.refuse('and, or, or the end of the expression is missing')
  return expression
}

/** `term and term or term …`; `inherited` are the qualifiers in force in front of it. */
function parseChain(cursor: Cursor, inherited: Qualifiers | undefined): Read {
  const { expression: first, qualifiers: ofFirst } = parseTerm(cursor, inherited, false)
  let qualifiers = ofFirst
  const rest: { and: boolean; term: Expression }[] = []
  while (cursor.sees('and', 'or')) {
    const and = cursor.take().text === 'and'
    const read = parseTerm(cursor, qualifiers, true)
    qualifiers = read.qualifiers
    rest.push({ and, term: read.expression })
  }
  return { expression: rest.length === 0 ? first : { kind: 'chain', first, rest }, qualifiers }
}

/** A term, or where `bare` allows it a name or number that inherits its qualifiers. */
function parseTerm(cursor: Cursor, inherited: Qualifiers | undefined, bare: boolean): Read {
  if (bare && startsBare(cursor)) {
    if (inherited === undefined) cursor.refuse('host, port or another word is missing in front')
    return { expression: parseBare(cursor, inherited), qualifiers: inherited }
  }
  if (cursor.accept('not')) {
    const { expression, qualifiers } = cursor.nested(() => parseTerm(cursor, inherited, false))
    return { expression: { kind: 'not', term: expression }, qualifiers }
  }
  if (cursor.sees('(') && !isArithmetic(cursor.ahead((cursor.closing() ?? 0) + 1).text)) {
    cursor.take()
    const { expression } = cursor.nested(() => parseChain(cursor, undefined))
    cursor.expect(')', 'to close the bracket')
    // as tcpdump does, names behind the bracket inherit from in front of it
    return { expression, qualifiers: inherited }
  }
  return parsePrimitive(cursor)
}

/** Whether a name or number without qualifiers comes next, perhaps behind `not` and in brackets. */
function startsBare(cursor: Cursor): boolean {
  let by = 0
  while (cursor.ahead(by).kind === 'keyword' && ['not', '('].includes(cursor.ahead(by).text)) by++
  const { kind } = cursor.ahead(by)
  if (kind !== 'number') return ['name', 'ipv4', 'ipv6', 'mac'].includes(kind)
  for (by++; cursor.ahead(by).text === ')'; by++) {}
  return !isArithmetic(cursor.ahead(by).text)
}

/** Names and numbers that share their qualifiers: `80`, `not 80`, `(80 or 443)`. */
export function parseBare(cursor: Cursor, qualifiers: Qualifiers): Expression {
  if (cursor.accept('not')) {
    return { kind: 'not', term: cursor.nested(() => parseBare(cursor, qualifiers)) }
  }
  if (!cursor.accept('(')) return parseIdentifier(cursor, qualifiers)
  return cursor.nested(() => {
    const first = parseBare(cursor, qualifiers)
    const rest: { and: boolean; term: Expression }[] = []
    while (cursor.sees('and', 'or')) {
      rest.push({ and: cursor.take().text === 'and', term: parseBare(cursor, qualifiers) })
    }
    cursor.expect(')', 'to close the bracket')
    return rest.length === 0 ? first : { kind: 'chain', first, rest }
  })
}

function parsePrimitive(cursor: Cursor): Read {
  const { token } = cursor
  const { at, text } = token
  const done = (expression: Expression): Read => ({ expression, qualifiers: undefined })
  if (token.kind === 'number' || cursor.sees('len', '-', '(') || cursor.ahead(1).text === '[')
    return done({ kind: 'relation', at, ...parseRelation(cursor) })
  if (cursor.sees('less', 'greater')) {
    cursor.take()
    return done({ kind: 'length', least: text === 'greater', value: cursor.takeNumber('the length') })
  }
  if (cursor.sees('inbound', 'outbound')) {
    cursor.take()
    return done({ kind: 'way', at, way: text as 'inbound' | 'outbound' })
  }
  if (cursor.sees('vlan', 'mpls', 'pppoes', 'pppoed')) {
    cursor.take()
    const value = text !== 'pppoed' && cursor.token.kind === 'number' ? cursor.takeNumber(text) : undefined
    return done({ kind: 'encapsulation', at, name: text, value })
  }
  const protocol = token.kind === 'protocol' ? cursor.take().text : undefined
  if (cursor.sees('broadcast', 'multicast'))
    return done({ kind: 'cast', at, protocol, cast: cursor.take().text as 'broadcast' | 'multicast' })
  const qualifiers = parseQualifiers(cursor, protocol)
  if (qualifiers !== undefined) return { expression: parseBare(cursor, qualifiers), qualifiers }
  if (protocol !== undefined) return done({ kind: 'protocol', at, name: protocol })
  return cursor.refuse('host, net, port, a protocol or another term is missing')
}
