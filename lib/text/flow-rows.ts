import { type Batch, FlowLine } from '../batch.ts'
import { FlowColumns } from '../flow-columns.ts'
import type { Output } from '../output.ts'
import { headerLine, RowPutter } from './column.ts'
import { cellText, quotedText } from './escape.ts'
import { FLOW_COLUMNS, type FlowCell, type FlowColumn, type FlowMembers } from './flow-file-columns.ts'
import type { IpLabels } from './ip-labels.ts'
import { RowTexts } from './row-texts.ts'

/** The rows of a flow file. */
export class FlowRows {
  readonly columns: readonly FlowColumn[]
  readonly header: string
  readonly #putter: RowPutter<FlowCell>
  readonly #cell: FlowCell

  constructor(labels?: IpLabels, columns: readonly FlowColumn[] = FLOW_COLUMNS) {
    this.columns = columns
    this.header = headerLine(columns)
    this.#putter = new RowPutter(columns)
    this.#cell = { texts: new RowTexts(labels), flows: new FlowColumns(0), row: 0, payload: undefined }
  }

  /** Puts a row for each flow that ended in the batch, in order; calls `afterRow`, if there is one, behind each. */
  put(batch: Batch, output: Output, afterRow?: () => void): void {
    for (const item of batch.side) {
      if (typeof item === 'number') this.#putColumns(batch, item, output)
      else if (item instanceof FlowLine) putText(this.rowOf(membersOf(item), item.payload?.pldStat), output)
      else if ('type' in item && item.type === 'flow') putText(this.rowOf({ ...item }), output)
      else continue
      afterRow?.()
    }
  }

  /** The row of a flow record, with its line end. `pldStat` takes the place of the record's own. */
  rowOf(members: FlowMembers, pldStat?: string): string {
    const { texts } = this.#cell
    const cells = this.columns.map(column => {
      const { name, type, missing = '' } = column
      const own = name === 'pldStat' && pldStat !== undefined ? pldStat : members[name]
      const value = own ?? column.fromRecord?.(members, texts)
      if (value === undefined || value === null) return missing
      if (Array.isArray(value)) {
        const parts = value.map(part => cellText(String(part)))
        return (column.unique ? [...new Set(parts)] : parts).join(';')
      }
      return type === 'S' ? quotedText(String(value)) : cellText(String(value))
    })
    return `${cells.join('\t')}\n`
  }

  #putColumns(batch: Batch, row: number, output: Output): void {
    const cell = this.#cell
    cell.flows = batch.flows!
    cell.row = row
    cell.payload = batch.flowPayload[row]
    output.need(this.#putter.room(cell))
    output.at = this.#putter.put(output.bytes, output.at, cell)
  }
}

function membersOf({ line }: FlowLine): FlowMembers {
  return JSON.parse(Buffer.from(line.buffer, line.byteOffset, line.length).toString()) as FlowMembers
}

function putText(text: string, output: Output): void {
  const bytes = Buffer.from(text)
  output.need(bytes.length)
  output.bytes.set(bytes, output.at)
  output.at += bytes.length
}
