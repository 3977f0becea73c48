/** Country code and organisation of an address, empty where nothing is known of it. */
export interface IpLabel {
  cc: string
  org: string
}

/** Knows where addresses belong. */
export interface IpLabels {
  /** Of the address whose big-endian words stand at `at`, as in `PacketColumns.addr`. */
  label(family: 4 | 6, words: Uint32Array, at: number): IpLabel
}

const NOTHING: IpLabel = { cc: '', org: '' }

/** Knows of no address where it belongs: the columns stay empty. */
export const NO_LABELS: IpLabels = { label: () => NOTHING }
