/** What is known of an address: Tranalyzer's columns `srcIPCC` and `srcIPOrg`. */
export interface IpLabel {
  /** Country as two lower-case letters (ISO 3166-1), two digits for a special network; `-`: not known. */
  readonly cc: string
  /** Who holds the network, or what it is for; `-`: not known. */
  readonly org: string
}

/** Tells addresses their labels. The same label is the same object, so that it can be a key. */
export interface IpLabels {
  /** Of the address at `at` of a column of big-endian words; an IPv4 address is the first of four. */
  label(family: 4 | 6, words: Uint32Array, at: number): IpLabel
}

/** How Tranalyzer writes that it does not know. */
export const UNKNOWN = '-'

/** The label of an address of which nothing is known. */
export const NO_LABEL: IpLabel = Object.freeze({ cc: UNKNOWN, org: UNKNOWN })
