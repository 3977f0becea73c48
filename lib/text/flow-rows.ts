import { type Batch, FlowLine } from '../batch.ts'
import { FlowColumns } from '../flow-columns.ts'
import { headerLine, RowPutter } from './column.ts'
import { cellText, quotedText } from './escape.ts'
import { FLOW_COLUMNS, type FlowCell, type FlowColumn, type FlowMembers } from './flow-file-columns.ts'
import type { IpLabels } from './ip-labels.ts'
import { NO_ADDRESS } from './label-texts.ts'
import type { RowOutput } from './row-output.ts'
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
    const noFlow = { flows: new FlowColumns(0), row: 0, payload: undefined }
    this.#cell = { texts: new RowTexts(labels), ...noFlow, srcLabel: NO_ADDRESS, dstLabel: NO_ADDRESS }
  }

  /** Puts a row for each flow that ended in the batch, in order; `afterRow` hears of each how long it is (bytes). */
  put(batch: Batch, output: RowOutput, afterRow?: (length: number) => void): void {
    for (const item of batch.side) {
      let length = 0
      if (typeof item === 'number') length = this.#putColumns(batch, item, output)
      else if (item instanceof FlowLine)
        length = putText(this.rowOf(membersOf(item), item.payload?.pldStat), output)
      else if ('type' in item && item.type === 'flow') length = putText(this.rowOf({ ...item }), output)
      if (length > 0) afterRow?.(length)
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

  #putColumns(batch: Batch, row: number, output: RowOutput): number {
    const cell = this.#cell
    const { family, addr } = batch.flows!
    const { labels } = cell.texts
    cell.flows = batch.flows!
    cell.row = row
    cell.payload = batch.flowPayload[row]
    cell.srcLabel = family[row] === 0 ? NO_ADDRESS : labels.find(family[row]!, addr, 8 * row)
    cell.dstLabel = family[row] === 0 ? NO_ADDRESS : labels.find(family[row]!, addr, 8 * row + 4)
    output.need(this.#putter.room(cell))
    const from = output.at
    output.at = this.#putter.put(output.bytes, from, cell)
    return output.at - from
  }
}

function membersOf({ line }: FlowLine): FlowMembers {
  return JSON.parse(Buffer.from(line.buffer, line.byteOffset, line.length).toString()) as FlowMembers
}

function putText(text: string, output: RowOutput): number {
  const bytes = Buffer.from(text)
  output.need(bytes.length)
  output.bytes.set(bytes, output.at)
  output.at += bytes.length
  return bytes.length
}
