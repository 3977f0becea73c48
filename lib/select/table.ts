import { PldError } from '../errors.ts'
import { type Compiled, compileList } from './compile.ts'
import { TUPLES } from './functions/tuples.ts'
import type { Format } from './line-reader.ts'
import type { Fields, Row } from './row.ts'
import { textOf, toJson } from './values.ts'

/** A column of what is printed. */
export interface Column {
  name: string
  compiled: Compiled
}

/** Reads a list of columns: fields, expressions, and the tuples, which stand for their fields. */
export function columnsOf(text: string, option: string, fields: Fields): Column[] {
  const names = text
    .split(',')
    .map(part => part.trim().replace(/\(\)$/, ''))
    .flatMap(part => (Object.hasOwn(TUPLES, part) ? TUPLES[part]! : [part]))
  let compiled: Compiled[]
  try {
    compiled = compileList(names.join(', '), fields)
  } catch (error) {
    if (!(error instanceof PldError)) throw error
    throw new PldError(error.code, `--${option}: ${error.message}`)
  }
  return compiled.map(one => ({ name: one.source.replace(/^[$%](?=\w+$)/, ''), compiled: one }))
}

/** A cell as it is printed in the format; undefined: the row has none. Fields stay as they are written. */
export function cell({ compiled }: Column, row: Row, from: Format, to: Format): string | undefined {
  const { slot, read } = compiled
  if (slot !== undefined && from === to) return row.raw(slot)
  const value = read(row)
  if (value === undefined) return undefined
  return to === 'json' ? toJson(value) : oneLine(textOf(value)!)
}

/** Tabs and line ends in a cell would make cells and lines of their own. */
function oneLine(text: string): string {
  return text.replace(/[\t\n\r\\]/g, one => ({ '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\' })[one]!)
}

/** A line of a table, with its line end. */
export function tableLine(
  names: readonly string[],
  cells: readonly (string | undefined)[],
  format: Format,
): string {
  if (format === 'text') return `${cells.map(text => text ?? '').join('\t')}\n`
  const members = cells.flatMap((json, index) =>
    json === undefined ? [] : [`${JSON.stringify(names[index])}:${json}`],
  )
  return `{${members.join(',')}}\n`
}

/** The line of names that a table of text begins with. */
export const tableHead = (names: readonly string[]): string => `%${names.join('\t')}\n`
