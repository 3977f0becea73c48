import type { ColumnFace } from './column.ts'

/** How the file begins, by which a later run knows it. */
export const HEADERS_MARK = '# pldpipe text files\n'
const FILE = '# File: '

/** A line that says that a file belongs to the run. */
export function fileLine(name: string): string {
  return `${FILE}${name}\n`
}

/** The files that a text of headers says are its own; undefined for a text that is none. */
export function filesIn(text: string): string[] | undefined {
  if (!text.startsWith(HEADERS_MARK)) return undefined
  // what stands behind the last line end is half a line
  const lines = text.split('\n').slice(0, -1)
  return lines.filter(line => line.startsWith(FILE)).map(line => line.slice(FILE.length))
}

/**
 * What `PREFIX_headers.txt` says: how it was made, which files belong to it, and the columns of those that have any. It
 * has no date, so that the same input gives the same text.
 */
export function headersText(
  made: Readonly<Record<string, string>>,
  files: readonly { name: string; columns?: readonly ColumnFace[] }[],
): string {
  const facts = Object.entries(made).map(([name, value]) => `# ${name}: ${value}\n`)
  const tables = files.flatMap(({ name, columns }) => (columns === undefined ? [] : table(name, columns)))
  return [HEADERS_MARK, ...facts, ...files.map(({ name }) => fileLine(name)), ...tables].join('')
}

function table(name: string, columns: readonly ColumnFace[]): string[] {
  const rows = columns.map(
    (column, index) => `${index + 1}\t${column.type}\t${column.name}\t${column.description}\n`,
  )
  return [`#\n# Columns of ${name}\n# Col No.\tType\tName\tDescription\n`, ...rows]
}
