import type { Batch } from '../batch.ts'
import { type PacketObject, packetView } from '../packet-view.ts'
import type { PldRecord } from '../records.ts'
import { Stage } from '../stage.ts'
import { sideRecord } from './side-record.ts'

/** A packet with its payload as bytes, or any other record. */
export type OwnedRecord = PacketObject | Exclude<PldRecord, { type: 'packet' }>

/**
 * Takes batches apart into single objects, in their order: packets (`type: 'packet'`, `payload` as bytes) and all other
 * records. The objects are owned: they stay what they are whatever becomes of the batch.
 */
export function packets(): Stage<Batch, OwnedRecord> {
  return new Stage<Batch, OwnedRecord>({
    *take(batch) {
      let side = 0
      for (let row = 0; row <= batch.rows; row++) {
        for (; side < batch.side.length && batch.sideAt[side]! <= row; side++) {
          yield sideRecord(batch, side) as OwnedRecord
        }
        const isPacket = row < batch.rows && !batch.chunkRows
        if (isPacket && batch.keep?.[row] !== 0) yield packetView(batch, row).toObject()
      }
      batch.release()
    },
  })
}
