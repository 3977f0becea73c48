import type { Cursor } from './cursor.ts'
import { refuse } from './refuse.ts'
import type { Direction, Expression, Identifier, Qualifiers } from './syntax.ts'

/** Directions and types behind a protocol, `src or dst port`; undefined where there are none. */
export function parseQualifiers(cursor: Cursor, protocol: string | undefined): Qualifiers | undefined {
  const direction = parseDirection(cursor)
  // `proto` has no direction
  const types =
    direction === undefined
      ? ['host', 'net', 'port', 'portrange', 'proto']
      : ['host', 'net', 'port', 'portrange']
  const type = cursor.sees(...types) ? (cursor.take().text as Qualifiers['type']) : undefined
  return direction === undefined && type === undefined ? undefined : { protocol, direction, type }
}

function parseDirection(cursor: Cursor): Direction | undefined {
  if (!cursor.sees('src', 'dst')) return undefined
  const first = cursor.take().text as 'src' | 'dst'
  const other = first === 'src' ? 'dst' : 'src'
  if (!cursor.sees('and', 'or') || cursor.ahead(1).text !== other) return first
  const both = cursor.take().text === 'and' ? 'src and dst' : 'src or dst'
  cursor.take()
  return both
}

/** An address, name or number behind its qualifiers. */
export function parseIdentifier(cursor: Cursor, qualifiers: Qualifiers): Expression {
  const { token } = cursor
  if (!['number', 'name', 'ipv4', 'ipv6', 'mac'].includes(token.kind))
    cursor.refuse(`an address, name or number is missing${keywordHint(cursor)}`)
  cursor.take()
  const identifier = (): Identifier => {
    switch (token.kind) {
      case 'number':
        return { kind: 'number', value: token.value }
      case 'mac':
        return { kind: 'mac', bytes: token.bytes }
      case 'ipv6':
        return {
          kind: 'ipv6',
          words: token.words,
          ...(cursor.accept('/') ? { length: cursor.takeNumber('the length of the prefix') } : {}),
        }
      case 'ipv4':
        return { kind: 'ipv4', text: token.text, ...parseMask(cursor) }
      default:
        return { kind: 'name', text: token.text.replace(/^\\/, '') }
    }
  }
  return { kind: 'identifier', at: token.at, qualifiers, identifier: identifier() }
}

/** `/24` or `mask 255.255.255.0` behind an IPv4 address. */
function parseMask(cursor: Cursor): { mask?: string | number } {
  if (cursor.accept('/')) return { mask: cursor.takeNumber('the length of the prefix') }
  if (!cursor.accept('mask')) return {}
  const { kind, at, text } = cursor.take()
  if (kind !== 'ipv4') refuse(at, 'mask is followed by an address such as 255.255.255.0')
  return { mask: text }
}

/** Names that are words of the language have to be escaped. */
function keywordHint(cursor: Cursor): string {
  const { kind, text } = cursor.token
  return kind === 'protocol' ? `; where ${text} is a name, write \\${text}` : ''
}
