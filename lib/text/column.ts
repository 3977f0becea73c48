/** What a column's values are, in Tranalyzer's letters: unsigned numbers, hexadecimal masks, MACs, addresses, times, texts. */
export type ColumnType =
  | 'C'
  | 'U8'
  | 'U16'
  | 'U32'
  | 'U64'
  | 'H8'
  | 'H16'
  | 'H32'
  | 'H64'
  | 'U16:R'
  | 'U32:R'
  | 'H16:R'
  | 'H32:R'
  | 'SC:R'
  | 'MAC:R'
  | 'MAC'
  | 'IPX'
  | 'SC'
  | 'S'
  | 'TS'
  | 'U64.U32'

/** What every column of a text file says of itself; `_headers.txt` shows it. */
export interface ColumnFace {
  name: string
  type: ColumnType
  description: string
}

/** A column of rows whose facts `Cell` holds. */
export interface Column<Cell> extends ColumnFace {
  /** Puts the row's value at `at` and gives the position behind it. It may take `CELL_ROOM` bytes, or what `room` says. */
  put(out: Buffer, at: number, cell: Cell): number
  /** Bytes that a value of no fixed length takes at most. */
  room?(cell: Cell): number
}

/** Bytes that a value without a `room` of its own may take. */
export const CELL_ROOM = 128

const TAB = 0x09
const LINE_FEED = 0x0a

/** The first line of a file: `%` and the columns' names, with tabs between them. */
export function headerLine(columns: readonly ColumnFace[]): string {
  return `%${columns.map(({ name }) => name).join('\t')}\n`
}

/** Puts rows of one kind, column by column. */
export class RowPutter<Cell> {
  readonly columns: readonly Column<Cell>[]
  readonly #long: readonly Column<Cell>[]
  readonly #room: number

  constructor(columns: readonly Column<Cell>[]) {
    this.columns = columns
    this.#long = columns.filter(column => column.room !== undefined)
    this.#room = (columns.length - this.#long.length) * CELL_ROOM + columns.length
  }

  /** Bytes that a row takes at most. */
  room(cell: Cell): number {
    let room = this.#room
    for (const column of this.#long) room += column.room!(cell)
    return room
  }

  /** Puts a row with its line end; there has to be room. */
  put(out: Buffer, at: number, cell: Cell): number {
    const { columns } = this
    let to = at
    for (let i = 0; i < columns.length; i++) {
      to = columns[i]!.put(out, to, cell)
      out[to++] = TAB
    }
    // the last tab gives way to the line end
    out[to - 1] = LINE_FEED
    return to
  }
}
