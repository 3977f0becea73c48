import type { Batch } from '../batch.ts'
import type { ChunkRecord } from '../records.ts'

/** Flags of a DATA chunk (RFC 9260 section 3.3.1): the first and the last fragment of a message; unordered. */
export const WHOLE = 0x03
export const UNORDERED = 0x04

/** `sctpFragment` by the two lower flags. */
export const FRAGMENTS = ['middle', 'last', 'first', undefined] as const

/** The members that only chunks of SCTP have. */
export function sctpMembers({ chunks }: Batch, index: number): Partial<ChunkRecord> {
  const stream = chunks!.stream?.[index] ?? -1
  if (stream < 0) return {}
  const flags = chunks!.dataFlags![index]!
  const fragment = FRAGMENTS[flags & WHOLE]
  return {
    sctpStream: stream,
    sctpPpid: chunks!.ppid![index]!,
    ...((flags & UNORDERED) === 0 ? {} : { sctpUnordered: true }),
    ...(fragment === undefined ? {} : { sctpFragment: fragment }),
  }
}
