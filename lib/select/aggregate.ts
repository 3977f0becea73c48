import { ExactSum, parseDecimal } from './decimal.ts'
import type { Format } from './line-reader.ts'
import type { Row } from './row.ts'
import { type Column, cell } from './table.ts'
import { compare, type Value } from './values.ts'

interface Group {
  cells: (string | undefined)[]
  count: number
  sums: ExactSum[]
  /** Whether a summand was a text that spells a number, as times are: then the sum is one as well. */
  spelled: boolean[]
}

/** Counts rows by the fields of `by`, and adds up those of `sum`. Memory: an entry for each combination that occurs. */
export class Aggregate {
  readonly names: string[]
  readonly #by: readonly Column[]
  readonly #sum: readonly Column[]
  readonly #groups = new Map<string, Group>()
  /** Values that were to be added and are no numbers. */
  notNumbers = 0

  constructor(by: readonly Column[], sum: readonly Column[]) {
    this.#by = by
    this.#sum = sum
    const taken = new Set([...by.map(({ name }) => name), 'count'])
    this.names = [...taken, ...sum.map(({ name }) => (taken.has(name) ? `sum(${name})` : name))]
  }

  add(row: Row, from: Format, to: Format): void {
    const cells = this.#by.map(column => cell(column, row, from, to))
    const key = cells.map(text => text ?? '').join('\t')
    let group = this.#groups.get(key)
    if (group === undefined) {
      const sums = this.#sum.map(() => new ExactSum())
      group = { cells, count: 0, sums, spelled: this.#sum.map(() => false) }
      this.#groups.set(key, group)
    }
    group.count++
    for (const [index, { compiled }] of this.#sum.entries()) this.#addTo(group, index, compiled.read(row))
  }

  #addTo(group: Group, index: number, value: Value): void {
    if (Array.isArray(value)) {
      for (const one of value) this.#addTo(group, index, one)
      return
    }
    if (value === undefined) return
    if (Number.isSafeInteger(value)) {
      group.sums[index]!.addInteger(value as number)
      return
    }
    const number = typeof value === 'object' ? undefined : parseDecimal(String(value))
    if (number === undefined) this.notNumbers++
    else {
      group.sums[index]!.add(number)
      group.spelled[index] ||= typeof value === 'string'
    }
  }

  /** The groups as cells, those with the largest value of a column first, or of the first sum, or of the count. */
  rows(
    format: Format,
    sortBy: string | undefined,
    smallestFirst: boolean,
    top = this.#groups.size,
  ): string[][] {
    const column =
      sortBy === undefined ? this.#by.length + (this.#sum.length > 0 ? 1 : 0) : this.names.indexOf(sortBy)
    const sign = smallestFirst ? 1 : -1
    const rows = [...this.#groups.values()].map(group => {
      const key = (this.#cells(group, 'text')[column] ?? '').replace(/^"(.*)"$/s, '$1')
      return { group, key }
    })
    rows.sort((a, b) => sign * (compare(a.key, b.key) ?? 0))
    return rows.slice(0, top).map(({ group }) => this.#cells(group, format) as string[])
  }

  #cells({ cells, count, sums, spelled }: Group, format: Format): (string | undefined)[] {
    const totals = sums.map((sum, index) => (spelled[index] && format === 'json' ? `"${sum}"` : String(sum)))
    return [...cells, String(count), ...totals]
  }
}
