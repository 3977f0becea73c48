import { ChunkColumns } from '../chunk-columns.ts'
import { FlowTagColumns, FrameColumns, LineColumns } from '../columns.ts'
import { PacketColumns } from '../packet-columns.ts'

/** Packets or chunks: what the rows of a stream are. */
export type RowKind = 'packet' | 'chunk'

/** Lines, with what the reader knows of their members; a copy of the columns knows nothing. */
export class ReadLines extends LineColumns {
  /** The flow members, and pldStat, that stand in the lines; those of the batch may be others by now. */
  tags: FlowTagColumns | undefined
  pldStat: Uint8Array | undefined
  /** Whether no line holds a member that the flow or the payload stage adds, beyond the two above. */
  sure = false
}

/** Name of a column, its values, and how many there are for a row. */
type Field = [name: string, column: Uint8Array, width: number]
type Columns = FrameColumns | PacketColumns | FlowTagColumns | LineColumns

/** Room for rows that are being read; a batch gets a copy that is as long as it has to be. */
export class RowStore {
  readonly capacity: number
  readonly frames: FrameColumns
  readonly packets: PacketColumns
  readonly tags: FlowTagColumns
  readonly lines: ReadLines
  readonly pldStat: Uint8Array
  /** Of chunks: the offset in the stream; and of SCTP the stream's number + 1, the PPID, and the flags. */
  readonly offset: Float64Array
  readonly stream: Uint32Array
  readonly ppid: Uint32Array
  readonly dataFlags: Uint8Array
  readonly #columns: Field[]

  constructor(capacity: number) {
    this.capacity = capacity
    this.frames = new FrameColumns(capacity)
    this.packets = new PacketColumns(capacity)
    this.tags = new FlowTagColumns(capacity)
    this.lines = new ReadLines(capacity)
    this.pldStat = new Uint8Array(capacity)
    this.offset = new Float64Array(capacity)
    this.stream = new Uint32Array(capacity)
    this.ppid = new Uint32Array(capacity)
    this.dataFlags = new Uint8Array(capacity)
    const groups = [this.frames, this.packets, this.tags, this.lines].flatMap(columns => [...fields(columns)])
    const { pldStat, offset, stream, ppid, dataFlags } = this
    const own = Object.entries({ pldStat, offset, stream, ppid, dataFlags })
    this.#columns = [...groups, ...own.map(([name, column]): Field => [name, column as Uint8Array, 1])]
  }

  /** Makes all fields of a row 0. */
  clear(row: number): void {
    for (const [, column, width] of this.#columns) column.fill(0, row * width, (row + 1) * width)
  }

  /** Moves the first rows of a group of columns to `target`, and makes them 0 here. */
  move<Group extends Columns>(source: Group, target: Group): Group {
    for (const [name, column, width] of fields(source)) {
      const length = target.capacity * width
      ;(target as unknown as Record<string, Uint8Array>)[name]!.set(column.subarray(0, length))
      column.fill(0, 0, length)
    }
    return target
  }

  /** Moves a row to the front; what stood there has to have been moved away. */
  carry(row: number): void {
    for (const [, column, width] of this.#columns) {
      column.copyWithin(0, row * width, (row + 1) * width)
      column.fill(0, row * width, (row + 1) * width)
    }
  }

  /** The first rows, whose packets are these, as chunks. */
  chunks({ capacity: rows, payOff, payLen }: PacketColumns): ChunkColumns {
    const chunks = new ChunkColumns(rows)
    chunks.count = rows
    chunks.offset.set(this.offset.subarray(0, rows))
    chunks.off.set(payOff)
    chunks.len.set(payLen)
    for (let row = 0; row < rows; row++) {
      chunks.row[row] = row
      if (this.stream[row] !== 0) this.#addStream(chunks, row)
    }
    return chunks
  }

  #addStream(chunks: ChunkColumns, row: number): void {
    if (chunks.stream === undefined) chunks.addStreams()
    chunks.stream![row] = this.stream[row]! - 1
    chunks.ppid![row] = this.ppid[row]!
    chunks.dataFlags![row] = this.dataFlags[row]!
  }
}

function* fields(columns: Columns): Iterable<Field> {
  for (const [name, column] of Object.entries(columns)) {
    if (ArrayBuffer.isView(column))
      yield [name, column as Uint8Array, (column as Uint8Array).length / columns.capacity]
  }
}
