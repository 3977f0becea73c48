import { StringDecoder } from 'node:string_decoder'
import { PldError } from '../errors.ts'

/** Text whose columns are lined up together (characters); what comes behind it is lined up by itself, no narrower. */
const BLOCK = 1 << 24
const GAP = '  '
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
const ASCII = /^[\u0000-\u007f]*$/

/** Lines up the columns of text with tabs between them, for the eye. */
export class Aligner {
  readonly #decoder = new StringDecoder('utf8')
  readonly #block: number
  readonly #widths: number[] = []
  #tail = ''
  #lines: string[] = []
  #size = 0

  constructor(block = BLOCK) {
    this.#block = block
  }

  /** What can be shown by now. Throws ERR_FORMAT for a line that has no end. */
  feed(bytes: Buffer): string {
    const lines = (this.#tail + this.#decoder.write(bytes)).split('\n')
    this.#tail = lines.pop()!
    let text = ''
    for (const line of lines) {
      this.#lines.push(line)
      this.#size += line.length
      if (this.#size >= this.#block) text += this.#show()
    }
    if (this.#tail.length > this.#block) {
      throw new PldError(
        'ERR_FORMAT',
        `a line is longer than ${this.#block} characters; this is no text in columns`,
      )
    }
    return text
  }

  /** The rest. */
  end(): string {
    const last = this.#tail + this.#decoder.end()
    if (last !== '') this.#lines.push(last)
    this.#tail = ''
    return this.#show()
  }

  #show(): string {
    const widths = this.#widths
    const rows = this.#lines.map(line => line.replace(/\r$/, '').split('\t'))
    for (const row of rows) {
      for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, width(cell))
    }
    this.#lines = []
    this.#size = 0
    return rows.map(row => `${this.#aligned(row)}\n`).join('')
  }

  /** Without spaces behind the last cell that has something in it. */
  #aligned(row: readonly string[]): string {
    const last = row.findLastIndex(cell => cell !== '')
    let line = ''
    for (let column = 0; column < last; column++) {
      const cell = row[column]!
      line += cell + ' '.repeat(this.#widths[column]! - width(cell)) + GAP
    }
    return line + (row[last] ?? '')
  }
}

function width(cell: string): number {
  return ASCII.test(cell) ? cell.length : [...cell].length
}
