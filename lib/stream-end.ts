import type { FlowPayload, Gap, Mask, StreamPayload } from './records.ts'

/**
 * What a flow's record says of its payload, worked out as its stream ends. Beside the record's fields it knows
 * `start`, which no record shows: the offset at which the chunks of this stream begin.
 */
export class StreamEnd implements FlowPayload {
  readonly pldStat: Mask
  declare pldFile?: string
  declare pldIndex?: string
  /** Of SCTP the streams, by number; each has its file, and the gaps are theirs. Lengths beside it are sums over them. */
  declare pldFiles?: StreamPayload[]
  readonly pldLen: number
  readonly pldBytes: number
  /** Offsets count from the stream's first byte, so from `start` in terms of chunks. */
  readonly pldGaps: Gap[]
  readonly pldOverlaps: number
  readonly #start: number

  constructor(start: number, pldStat: Mask, length: number, bytes: number, gaps: Gap[], overlaps: number) {
    this.pldStat = pldStat
    this.pldLen = length
    this.pldBytes = bytes
    this.pldGaps = gaps
    this.pldOverlaps = overlaps
    this.#start = start
  }

  /** Lowest offset of the stream's chunks, 0 or negative: a chunk's place in the file is its offset − `start`. */
  get start(): number {
    return this.#start
  }
}
