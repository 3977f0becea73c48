import { FLOW_STAT_BITS } from './flow-stat.ts'
import { PLD_STAT_BITS } from './pld-stat.ts'

/** How a set bit is to be taken: a fact, something to know of, something odd, something that failed. */
export type Severity = 'none' | 'info' | 'warning' | 'error'

/** One bit of a mask. */
export interface MaskBit {
  readonly bit: number
  /** Short and stable, for programs: `land-attack`. */
  readonly name: string
  /** For people. */
  readonly description: string
  readonly severity: Severity
}

/** All bits of a mask that have a meaning, in ascending order. */
export interface MaskTable {
  readonly name: string
  /** Hexadecimal digits that the mask is printed with. */
  readonly digits: number
  readonly bits: readonly MaskBit[]
}

/** A row of a table as it is written down. */
export type BitRow = readonly [bit: number, name: string, description: string, severity?: Severity]

function table(name: string, digits: number, rows: readonly BitRow[]): MaskTable {
  const bits = rows.map(([bit, short, description, severity = 'none']) => ({
    bit,
    name: short,
    description,
    severity,
  }))
  return { name, digits, bits }
}

/** The masks of our records and of Tranalyzer's files that can be read in words; `pktStat` has the bits of `flowStat`. */
export const MASK_TABLES: Readonly<Record<string, MaskTable>> = {
  flowStat: table('flowStat', 16, FLOW_STAT_BITS),
  pktStat: table('pktStat', 16, FLOW_STAT_BITS),
  pldStat: table('pldStat', 2, PLD_STAT_BITS),
}

/** The bits of the table that are set in the mask. */
export function setBits({ bits }: MaskTable, mask: bigint): MaskBit[] {
  return bits.filter(({ bit }) => (mask >> BigInt(bit)) & 1n)
}

/** The names of the bits that are set, lowest bit first; `bit-52` for one that has no name. */
export function maskNames({ bits, digits }: MaskTable, mask: bigint): string[] {
  const names: string[] = []
  for (let bit = 0; bit < 4 * digits; bit++) {
    if ((mask >> BigInt(bit)) & 1n) names.push(bits.find(row => row.bit === bit)?.name ?? `bit-${bit}`)
  }
  return names
}
