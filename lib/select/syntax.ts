import { type Expression, type Options, Parser, TokenType } from 'acorn'
import { PldError } from '../errors.ts'

/** What of acorn's tokenizer is used, which its types leave out. */
interface Tokenizer {
  input: string
  pos: number
  exprAllowed: boolean
  finishOp(type: TokenType, size: number): void
  getTokenFromCode(code: number): void
}

/** awk's operators for regular expressions bind as `==` does. */
const MATCHES = new (TokenType as unknown as new (label: string, facts: object) => TokenType)('~', {
  beforeExpr: true,
  binop: 6,
})
const TILDE = 0x7e
const EXCLAMATION = 0x21

/** JavaScript's expressions, with `~` and `!~` between two operands. Behind an operand `exprAllowed` is false. */
const AwkParser = Parser.extend((base: unknown) => {
  const Base = base as new (options: Options, input: string) => Tokenizer
  return class extends Base {
    override getTokenFromCode(code: number): void {
      if (!this.exprAllowed && code === TILDE) this.finishOp(MATCHES, 1)
      else if (!this.exprAllowed && code === EXCLAMATION && this.input.charCodeAt(this.pos + 1) === TILDE)
        this.finishOp(MATCHES, 2)
      else super.getTokenFromCode(code)
    }
  } as unknown as typeof Parser
})

const PARSER_OPTIONS: Options = { ecmaVersion: 2022 }

type ParserError = SyntaxError & { pos: number }

/** The one line that says what is wrong with an expression, and where (characters count from 1). */
export function expressionError(message: string, at: number, text?: string): PldError {
  const where = text !== undefined && at >= text.length ? 'at its end' : `at character ${at + 1}`
  return new PldError('ERR_USAGE', `the expression is wrong ${where}: ${message}`)
}

/**
 * The syntax tree of an expression, whose positions count from the first character of the text. Nothing of it is ever
 * run: what the tree may hold, and what it means, is decided in compile.ts.
 */
export function parseExpression(text: string): Expression {
  if (text.trim() === '') throw expressionError('there is none', 0, text)
  try {
    // in brackets it can be nothing but an expression; the line end closes a comment
    const { body } = AwkParser.parse(`(${text}\n)`, PARSER_OPTIONS)
    const [statement] = body
    if (body.length === 1 && statement?.type === 'ExpressionStatement') return statement.expression
    throw expressionError('there is more than one', 0)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const { message, pos } = better(text, error as ParserError)
    throw expressionError(described(message.replace(/ \(\d+:\d+\)$/, ''), text, pos), pos, text)
  }
}

/** Where a bracket is closed that was not opened it was ours, and the fault seems to be at the end. */
function better(text: string, error: ParserError): { message: string; pos: number } {
  if (error.pos > text.length) {
    try {
      AwkParser.parse(text, PARSER_OPTIONS)
    } catch (plain) {
      if ((plain as ParserError).pos < text.length) return plain as ParserError
    }
  }
  return { message: error.message, pos: error.pos - 1 }
}

/** The parser's message, with what stands in the place that it means. */
function described(message: string, text: string, at: number): string {
  const plain = message.charAt(0).toLowerCase() + message.slice(1)
  if (/\d\.\d+$/.test(text.slice(0, at)) && text[at] === '.') return 'addresses stand in quotes'
  if (at >= text.length) return plain === 'unexpected token' ? 'something is missing' : plain
  return plain.startsWith('unexpected') ? `${plain} ${JSON.stringify(text.slice(at).split(/\s/)[0])}` : plain
}

/** Positions in the text of what the parser gives, which saw a bracket in front. */
export const startOf = (node: { start: number }): number => node.start - 1
export const sourceOf = (text: string, node: { start: number; end: number }): string =>
  text.slice(node.start - 1, node.end - 1)
