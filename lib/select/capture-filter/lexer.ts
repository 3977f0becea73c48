import { parseIPv6 } from '../../ip-text.ts'
import { refuse } from './refuse.ts'
import { KEYWORDS, NUMBER_WORDS, PROTOCOLS, REFUSED, SAME_WORDS } from './words.ts'

/** A piece of the expression; `at` counts characters from 0. */
export type Token =
  | { kind: 'number'; at: number; text: string; value: number }
  /** Keywords under their first spelling, operators and brackets. */
  | { kind: 'keyword'; at: number; text: string }
  | { kind: 'protocol'; at: number; text: string }
  | { kind: 'name'; at: number; text: string }
  /** Two to four numbers with dots. */
  | { kind: 'ipv4'; at: number; text: string }
  | { kind: 'ipv6'; at: number; text: string; words: readonly [number, number, number, number] }
  | { kind: 'mac'; at: number; text: string; bytes: readonly number[] }
  | { kind: 'end'; at: number; text: string }

const SPACE = /[ \r\n\t]*/y
const OPERATOR = />=|<=|!=|==|<<|>>|&&|\|\||[+\-*/%:[\]!<>()&|^=]/y
const WORD = /[a-z\d](?:[-_.a-z\d]*[.a-z\d])?/iy
/** What may be an address with colons. */
const COLONS = /[\da-f.]*:[\da-f:.]*/iy
const ESCAPED = /\\([^ !()\n\t]+)/y
const NUMBER = /^(?:\d+|0x[\da-f]+)$/i
const DOTTED = /^(?:(?:\d+|0x[\da-f]+)\.){1,3}(?:\d+|0x[\da-f]+)$/i
const BYTES = /^[\da-f]{1,2}(?:([:.-])[\da-f]{1,2})(?:\1[\da-f]{1,2}){4}$/i
const QUADS = /^[\da-f]{4}\.[\da-f]{4}\.[\da-f]{4}$|^[\da-f]{12}$/i

/** Cuts an expression into tokens, the longest that fits at each place; the last one is `end`. */
export function tokens(expression: string): Token[] {
  const all: Token[] = []
  let at = 0
  for (;;) {
    at += match(SPACE, expression, at).length
    if (at >= expression.length) break
    const token = tokenAt(expression, at)
    all.push(token)
    at += token.text.length
  }
  all.push({ kind: 'end', at, text: '' })
  return all.map(inOneSpelling)
}

function tokenAt(expression: string, at: number): Token {
  const word = match(WORD, expression, at)
  const colons = match(COLONS, expression, at)
  if (colons.length > word.length && /:.*:/.test(colons)) return addressOf(colons, at)
  if (word !== '') return wordToken(word, at)
  const operator = match(OPERATOR, expression, at)
  if (operator !== '') return { kind: 'keyword', at, text: operator }
  const escaped = match(ESCAPED, expression, at)
  if (escaped !== '') return { kind: 'name', at, text: escaped }
  return refuse(at, `${JSON.stringify(expression[at])} has no meaning here`)
}

function addressOf(text: string, at: number): Token {
  const bytes = macBytes(text)
  if (bytes !== undefined) return { kind: 'mac', at, text, bytes }
  const words = parseIPv6(text)
  if (words !== undefined) return { kind: 'ipv6', at, text, words }
  return refuse(at, `${text} is no IPv6 or MAC address`)
}

function wordToken(text: string, at: number): Token {
  if (PROTOCOLS.has(text)) return { kind: 'protocol', at, text }
  if (KEYWORDS.has(text) || Object.hasOwn(SAME_WORDS, text)) return { kind: 'keyword', at, text }
  if (Object.hasOwn(REFUSED, text)) refuse(at, `${text} is not supported: ${REFUSED[text]}`)
  if (Object.hasOwn(NUMBER_WORDS, text)) return { kind: 'number', at, text, value: NUMBER_WORDS[text]! }
  const bytes = macBytes(text)
  if (bytes !== undefined) return { kind: 'mac', at, text, bytes }
  if (NUMBER.test(text)) return { kind: 'number', at, text, value: numberOf(text, at) }
  return { kind: DOTTED.test(text) ? 'ipv4' : 'name', at, text }
}

function inOneSpelling(token: Token): Token {
  if (token.kind !== 'keyword' || !Object.hasOwn(SAME_WORDS, token.text)) return token
  const text = SAME_WORDS[token.text]!
  return { kind: PROTOCOLS.has(text) ? 'protocol' : 'keyword', at: token.at, text }
}

/** As in C: 0x is hexadecimal, a leading 0 octal. */
function numberOf(text: string, at: number): number {
  const octal = /^0\d/.test(text)
  if (octal && /[89]/.test(text)) refuse(at, `${text} begins with 0, which means octal, and has other digits`)
  const value = octal ? Number.parseInt(text, 8) : Number(text)
  return value <= 0xffff_ffff ? value : refuse(at, `${text} does not fit into 32 bits`)
}

function macBytes(text: string): number[] | undefined {
  const [, separator] = BYTES.exec(text) ?? []
  if (separator !== undefined) return text.split(separator).map(part => Number.parseInt(part, 16))
  if (!QUADS.test(text)) return undefined
  return text
    .replaceAll('.', '')
    .match(/../g)!
    .map(part => Number.parseInt(part, 16))
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}
