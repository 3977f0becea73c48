import type { PacketColumns } from '../packet-columns.ts'
import { Endpoints } from './endpoints.ts'
import { ACKNOWLEDGES, BY_SEQUENCE, NOT_SELECTED, Selection, type SelectionOptions } from './selection.ts'

/** The selection that the options ask for. Throws ERR_USAGE for options that cannot be met. */
export function selectionOf(options: SelectionOptions): Selection {
  const endpoints = Endpoints.of(options)
  return endpoints === undefined ? new Selection(options) : new EndpointSelection(options, endpoints)
}

/** A selection that looks at who sent a packet, and to whom, as well. */
class EndpointSelection extends Selection {
  readonly #endpoints: Endpoints

  constructor(options: SelectionOptions, endpoints: Endpoints) {
    super(options)
    this.#endpoints = endpoints
  }

  override kind(packets: PacketColumns, row: number): number {
    const kind = super.kind(packets, row)
    if (kind === NOT_SELECTED || this.#endpoints.match(packets, row)) return kind
    return kind === BY_SEQUENCE && this.#endpoints.matchTurned(packets, row) ? ACKNOWLEDGES : NOT_SELECTED
  }
}
