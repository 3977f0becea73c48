import type { Token } from './lexer.ts'
import { refuse } from './refuse.ts'

/** Deepest nesting of brackets and `not`. */
const MAX_DEPTH = 100

/** Walks over the tokens of an expression. */
export class Cursor {
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get token(): Token {
    return this.#tokens[this.#next]!
  }

  get atEnd(): boolean {
    return this.token.kind === 'end'
  }

  ahead(by: number): Token {
    return this.#tokens[Math.min(this.#next + by, this.#tokens.length - 1)]!
  }

  /** Takes a token, whatever it is. */
  take(): Token {
    const { token } = this
    if (token.kind !== 'end') this.#next++
    return token
  }

  /** Whether one of these keywords is next. */
  sees(...words: readonly string[]): boolean {
    return this.token.kind === 'keyword' && words.includes(this.token.text)
  }

  /** Takes a keyword if it is next. */
  accept(word: string): boolean {
    if (!this.sees(word)) return false
    this.#next++
    return true
  }

  expect(word: string, where: string): void {
    if (!this.accept(word)) this.refuse(`${word} is missing ${where}`)
  }

  takeNumber(what: string): number {
    const { token } = this
    if (token.kind !== 'number') return this.refuse(`${what} has to be a number`)
    this.#next++
    return token.value
  }

  /** Refuses the token that is next. */
  refuse(what: string): never {
    const { token } = this
    const found = token.kind === 'end' ? 'the expression ends here' : `found ${JSON.stringify(token.text)}`
    return refuse(token.at, `${what}; ${found}`)
  }

  /** Runs what reads something in brackets. */
  nested<Result>(read: () => Result): Result {
    if (++this.#depth > MAX_DEPTH) refuse(this.token.at, `more than ${MAX_DEPTH} levels of brackets`)
    const result = read()
    this.#depth--
    return result
  }

  /** How many tokens ahead the bracket lies that closes the one at `by`; undefined without one. */
  closing(by = 0): number | undefined {
    let open = 0
    for (let at = by; ; at++) {
      const { kind, text } = this.ahead(at)
      if (kind === 'end') return undefined
      if (kind !== 'keyword') continue
      if (text === '(') open++
      else if (text === ')' && --open === 0) return at
    }
  }
}
