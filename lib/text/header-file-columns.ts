import { type HeaderColumn, headerColumns, headerText } from '../header-columns.ts'
import type { Column, ColumnFace } from './column.ts'
import { cellText } from './escape.ts'
import { FLOW_COLUMNS, type FlowCell, type FlowColumn } from './flow-file-columns.ts'
import { PACKET_COLUMNS, type PacketCell } from './packet-file-columns.ts'

/** The column behind which headers stand, as there. */
const BEFORE_HEADERS = 'ethVlanID'

/** The columns of a flow file with those of some link and tunnel headers, names of `HEADER_NAMES`. */
export function flowColumns(names: readonly string[] = []): readonly FlowColumn[] {
  const columns = headerColumns(names).map(
    (column): FlowColumn => ({
      ...ofCells<FlowCell>(column),
      // a record that came from elsewhere can hold any text
      textOf: members => cellText(headerText(column, members)),
    }),
  )
  return withHeaders(FLOW_COLUMNS, columns)
}

/** The same for a packet file, which has only VLAN and MPLS. */
export function packetColumns(names: readonly string[] = []): readonly Column<PacketCell>[] {
  const tags = headerColumns(names).filter(({ kind }) => kind === 'list')
  return withHeaders(PACKET_COLUMNS, tags.map(ofCells<PacketCell>))
}

function ofCells<Cell extends Pick<FlowCell, 'headers'>>(column: HeaderColumn): Column<Cell> {
  const { name, type, description } = column
  const textOf = ({ headers }: Cell): string => headerText(column, headers)
  return {
    name,
    type,
    description,
    put: (out, at, cell) => at + out.write(textOf(cell), at, 'latin1'),
    room: cell => textOf(cell).length,
  }
}

function withHeaders<Face extends ColumnFace>(
  columns: readonly Face[],
  headers: readonly Face[],
): readonly Face[] {
  const behind = columns.findIndex(({ name }) => name === BEFORE_HEADERS) + 1
  return columns.toSpliced(behind, 0, ...headers)
}
