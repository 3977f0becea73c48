import { bytesOf } from '../ascii.ts'
import type { FlowColumns } from '../flow-columns.ts'
import { type IpLabel, type IpLabels, UNKNOWN } from '../labels/ip-labels.ts'

const NOTHING = bytesOf('')

/** The members that say what is known of a flow's addresses; what is not known is left out. */
export class LabelMembers {
  readonly #labels: IpLabels | undefined
  readonly #srcBytes = new WeakMap<IpLabel, Uint8Array>()
  readonly #dstBytes = new WeakMap<IpLabel, Uint8Array>()
  /** Those of the row that was found last, with a comma in front. */
  src: Uint8Array = NOTHING
  dst: Uint8Array = NOTHING

  constructor(labels: IpLabels | undefined) {
    this.#labels = labels
  }

  /** Looks up both addresses of a row; returns the bytes that their members take. */
  find({ family, addr }: FlowColumns, row: number): number {
    const version = family[row]
    if (this.#labels === undefined || (version !== 4 && version !== 6)) {
      this.src = NOTHING
      this.dst = NOTHING
      return 0
    }
    this.src = bytesFor(this.#srcBytes, this.#labels.label(version, addr, 8 * row), 'src')
    this.dst = bytesFor(this.#dstBytes, this.#labels.label(version, addr, 8 * row + 4), 'dst')
    return this.src.length + this.dst.length
  }
}

function bytesFor(known: WeakMap<IpLabel, Uint8Array>, label: IpLabel, end: 'src' | 'dst'): Uint8Array {
  let bytes = known.get(label)
  if (bytes === undefined) {
    const members = Object.entries(labelMembers(label, end))
    bytes = bytesOf(members.map(([name, text]) => `,"${name}":${JSON.stringify(text)}`).join(''))
    known.set(label, bytes)
  }
  return bytes
}

/** A label as members of a flow's record. */
export function labelMembers<End extends 'src' | 'dst'>(
  { cc, org }: IpLabel,
  end: End,
): { [Name in `${End}IPCC` | `${End}IPOrg`]?: string } {
  return {
    ...(cc === UNKNOWN ? {} : { [`${end}IPCC`]: cc }),
    ...(org === UNKNOWN ? {} : { [`${end}IPOrg`]: org }),
  } as { [Name in `${End}IPCC` | `${End}IPOrg`]?: string }
}
