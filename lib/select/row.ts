import type { Value } from './values.ts'

/** A record or a row of text that an expression is asked about. Fields are known by their slot. */
export interface Row {
  /** What the field is; undefined if the row lacks it. */
  value(slot: number): Value
  /** The field as it is written; undefined if the row lacks it. */
  raw(slot: number): string | undefined
}

/** Computes something from a row. */
export type Read = (row: Row) => Value

/** The fields that an expression needs, each with its slot. Only these are looked for in a line. */
export class Fields {
  readonly names: string[] = []
  readonly #optional: boolean[] = []

  /** The slot of a field. `optional`: a text file may have no such column. */
  slot(name: string, optional = false): number {
    const known = this.names.indexOf(name)
    if (known < 0) {
      this.#optional.push(optional)
      return this.names.push(name) - 1
    }
    this.#optional[known] &&= optional
    return known
  }

  isOptional(slot: number): boolean {
    return this.#optional[slot]!
  }
}
