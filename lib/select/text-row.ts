import { PldError } from '../errors.ts'
import type { Fields, Row } from './row.ts'
import type { Value } from './values.ts'

const TAB = 0x09

/** Columns whose name is another in later versions of Tranalyzer. */
const OTHER_NAMES: Readonly<Record<string, string>> = { ethVlanID: 'vlanID', vlanID: 'ethVlanID' }
/** Columns of payload, in which neither `;` nor quotes mean anything. */
const CONTENT = /content$/i

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** A line of a text file, tab separated; its columns are named by the line that begins with `%`. */
export class TextRow implements Row {
  readonly #fields: Fields
  /** Column of each slot; −1: there is none. */
  #columns: number[] = []
  #content: boolean[] = []
  #bytes: Buffer = Buffer.alloc(0)
  #to = 0
  /** Where the columns up to `#known` begin. */
  readonly #starts: number[] = [0]
  #known = 0

  constructor(fields: Fields) {
    this.#fields = fields
  }

  /** Takes the names of the columns. Throws if one that is needed is not among them. */
  name(columns: readonly string[], file: string): void {
    this.#columns = this.#fields.names.map((name, slot) => {
      const column = columns.indexOf(name)
      if (column >= 0) return column
      const other = Object.hasOwn(OTHER_NAMES, name) ? columns.indexOf(OTHER_NAMES[name]!) : -1
      if (other < 0 && !this.#fields.isOptional(slot)) {
        throw new PldError('ERR_USAGE', `no column is called ${name}; there are ${columns.join(', ')}`, {
          file,
        })
      }
      return other
    })
    this.#content = this.#fields.names.map(name => CONTENT.test(name))
  }

  /** Takes a line up to its line end, which is at `to`. */
  read(bytes: Buffer, from: number, to: number): void {
    this.#bytes = bytes
    this.#to = to
    this.#starts[0] = from
    this.#known = 0
  }

  raw(slot: number): string | undefined {
    const column = this.#columns[slot]!
    if (column < 0) return undefined
    const starts = this.#starts
    while (this.#known <= column) {
      const tab = this.#bytes.indexOf(TAB, starts[this.#known])
      starts[++this.#known] = tab < 0 || tab >= this.#to ? this.#to + 1 : tab + 1
    }
    const from = starts[column]!
    const to = starts[column + 1]! - 1
    return to > from ? this.#bytes.toString('utf8', from, to) : undefined
  }

  value(slot: number): Value {
    const cell = this.raw(slot)
    if (cell === undefined || this.#content[slot]) return cell
    if (cell.charCodeAt(0) === 0x22) return quoted(cell)
    return cell.includes(';') ? cell.split(';').map(one => one || undefined) : cell
  }
}

/** One text in double quotes, or several with `;` between; any other cell is what it is. */
function quoted(cell: string): Value {
  const texts: Value[] = []
  const one = /"((?:[^"\\]|\\.)*)"(?:;|$)/y
  while (one.lastIndex < cell.length) {
    const match = one.exec(cell)
    if (match === null) return cell
    texts.push(match[1]!.replace(/\\(.)/g, (_, letter: string) => ESCAPES[letter] ?? letter) || undefined)
  }
  return texts.length === 1 ? texts[0] : texts
}
