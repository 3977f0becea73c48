import type { Batch } from '../batch.ts'
import { type PacketView, packetView } from '../packet-view.ts'
import { Stage } from '../stage.ts'

/** Calls `visit` for every packet and passes everything on unchanged. */
export function eachPacket(visit: (packet: PacketView) => void): Stage<Batch> {
  return new Stage<Batch>({
    *take(batch) {
      for (let row = 0; row < batch.rows && !batch.chunkRows; row++) {
        if (batch.keep?.[row] !== 0) visit(packetView(batch, row))
      }
      yield batch
    },
  })
}
