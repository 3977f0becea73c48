import type { Gap } from '../records.ts'

/** Where a stretch of payload came from. */
export interface ChunkFacts {
  /** 0 for A, 1 for B; and the SCTP stream, −1 for flows that have one stream. */
  dir: number
  stream: number
  /** Offset of the first byte in terms of chunks: negative ones lie before the first byte that was seen. */
  offset: number
  /** The packet that brought it, and its time. */
  pktNo: number
  sec: number
  nsec: number
  digits: number
  /** TCP sequence number of the first byte; −1 where it is not known. */
  seq: number
  /** It begins a datagram or a message, whose bounds count. */
  starts: boolean
}

/** A stretch of a conversation in the order of its reading. In terms of chunks `offset` is made to begin with 0. */
export interface Piece extends ChunkFacts {
  length: number
  /** Undefined: these bytes were not captured, and `reason` says why, if anybody knows. */
  bytes: Uint8Array | undefined
  reason: Gap['reason'] | undefined
  /** What lacks takes no room in the stream: the tail of a datagram that the capture cut off. */
  isTail: boolean
  /** What lies behind it in its stream has been given already. */
  isLate?: boolean
}

/** What a gap says of its packet. */
export const NO_PACKET = { pktNo: 0, sec: 0, nsec: 0, digits: 6, seq: -1, starts: false } as const
