/** Country code and organisation of an address; `-`: not known. */
export interface IpLabel {
  readonly cc: string
  readonly org: string
}

/** Knows where addresses belong. */
export interface IpLabels {
  /** Of the address whose big-endian words stand at `at`, as in `PacketColumns.addr`. */
  label(family: 4 | 6, words: Uint32Array, at: number): IpLabel
}

/** How Tranalyzer writes that it does not know. */
const UNKNOWN: IpLabel = { cc: '-', org: '-' }

/** Knows of no address where it belongs. */
export const NO_LABELS: IpLabels = { label: () => UNKNOWN }
