import type { InterfaceInfo } from '../records.ts'
import type { FrameRows } from './frame-rows.ts'
import type { Format } from './magic.ts'

/** A format's reader: knows records and blocks, not where bytes come from. It keeps no bytes from call to call. */
export interface FrameParser {
  readonly format: Format
  /** Interfaces found so far; the position in the list is the number in the `iface` column. */
  readonly interfaces: readonly InterfaceInfo[]
  /** Bytes that have to follow the position `parse()` came to before it can go on. */
  readonly need: number
  /** Nothing more can be read of this capture: what follows is damaged. */
  readonly ended: boolean
  /** Blocks passed over, and those that were damaged. */
  readonly otherBlocks: number
  readonly damaged: number
  /** Reads what is whole of `slab[at, end)` until `rows` are full. Returns the position of the first byte not used. */
  parse(slab: Uint8Array, at: number, end: number, rows: FrameRows): number
  /** Tells what is still untold as the input ends, and, unless `quiet`, that the `left` bytes are no whole record. */
  finish(left: number, rows: FrameRows, quiet: boolean): void
}

/** Longest record of a classic pcap, unless the file's own snaplen is larger; longest snaplen that is believed. */
export const MAX_PCAP_RECORD = 256 * 1024
export const MAX_SNAPLEN = 128 * 1024 * 1024
/** Longest pcapng block that has to be in memory as a whole. */
export const MAX_BLOCK = 16 * 1024 * 1024

/** Seconds that fit the 15 digits of a record's time. */
export const MAX_SECONDS = 999_999_999_999_999
