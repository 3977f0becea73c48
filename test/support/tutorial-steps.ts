import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './bins.ts'

/** What the tutorial prints, as far as it is facts. */

/** The lines of a page of `test/tutorial`. */
export function printed(page: string): string[] {
  return readFileSync(join(ROOT, 'test/tutorial', page), 'utf8')
    .split('\n')
    .slice(0, -1)
}

/** Rows by the names of their columns; the first line is the head, which begins with `%`. */
export function rowsOf(lines: readonly string[]): Record<string, string>[] {
  const [head = '', ...rows] = lines
  const names = head.replace(/^%/, '').split('\t')
  return rows.map(row => {
    const cells = row.split('\t')
    return Object.fromEntries(names.map((name, column) => [name, cells[column] ?? '']))
  })
}

/** Rows of both by the same columns, as far as the tutorial's has them. */
export interface RowDifference {
  row: string
  column: string
  printed: string
  ours: string | undefined
}

/**
 * What differs between the tutorial's rows and ours, which are found by `key`. Lengths of time may differ by a microsecond:
 * the tutorial's were worked out with 32-bit floats.
 */
export function differences(
  page: string,
  ours: readonly Record<string, string>[],
  key: (row: Record<string, string>) => string,
): RowDifference[] {
  const byKey = new Map(ours.map(row => [key(row), row]))
  return rowsOf(printed(page)).flatMap(row =>
    Object.entries(row).flatMap(([column, value]) => {
      const own = byKey.get(key(row))?.[column]
      const near = column === 'pktTrip' && Math.abs(Number(own) - Number(value)) < 1.5e-6
      return own === value || near ? [] : [{ row: key(row), column, printed: value, ours: own }]
    }),
  )
}

/** The first of the expected lines that does not come behind those before it; others may stand between them. */
export function missingFrom(lines: readonly string[], expected: readonly string[]): string | undefined {
  let at = 0
  return expected.find(line => {
    at = lines.indexOf(line, at) + 1
    return at === 0
  })
}
