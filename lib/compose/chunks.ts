import type { Batch } from '../batch.ts'
import { chunkOrigin } from '../ndjson/chunk-record.ts'
import { sctpMembers } from '../ndjson/sctp-members.ts'
import type { ChunkRecord, PldRecord } from '../records.ts'
import { Stage } from '../stage.ts'
import { sideRecord } from './side-record.ts'

/** A stretch of a stream with its bytes. */
export type ChunkObject = Omit<ChunkRecord, 'payload'> & { payload: Uint8Array }

/**
 * Takes the batches of a `PayloadChunker` apart into single objects, in their order: chunks (`type: 'chunk'`, `payload`
 * as bytes of their own) and all records that are no packets, so that a flow's record comes behind its last chunk.
 */
export function chunks(): Stage<Batch, ChunkObject | Exclude<PldRecord, { type: 'chunk' | 'packet' }>> {
  return new Stage({
    *take(batch: Batch) {
      const count = batch.chunks?.count ?? 0
      let next = 0
      for (let side = 0; side <= batch.side.length; side++) {
        const until = batch.sideAt[side] ?? batch.rows
        for (; next < count && batch.chunks!.row[next]! < until; next++) yield chunkObject(batch, next)
        if (side < batch.side.length)
          yield sideRecord(batch, side) as Exclude<PldRecord, { type: 'chunk' | 'packet' }>
      }
      batch.release()
    },
  })
}

function chunkObject(batch: Batch, index: number): ChunkObject {
  const { chunks, slab } = batch
  const at = chunks!.off[index]!
  const length = chunks!.len[index]!
  return {
    ...chunkOrigin(batch, index),
    ...sctpMembers(batch, index),
    offset: chunks!.offset[index]!,
    length,
    payload: Uint8Array.from(slab.subarray(at, at + length)),
  }
}
