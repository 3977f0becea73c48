import type { Batch } from '../batch.ts'
import { ChunkColumns } from '../chunk-columns.ts'
import { type PacketView, packetView } from '../packet-view.ts'
import { Stage } from '../stage.ts'

/** Takes out the packets for which `test` is not true; flows keep their numbers, other records pass. */
export function filterPackets(test: (packet: PacketView) => unknown): Stage<Batch> {
  return new Stage<Batch>({
    *take(batch) {
      const keep = new Uint8Array(batch.rows)
      for (let row = 0; row < batch.rows; row++) {
        if (batch.keep?.[row] === 0) continue
        if (test(packetView(batch, row))) keep[row] = 1
      }
      yield batch.derive({ keep, chunks: batch.chunks && chunksOf(batch.chunks, keep) })
    },
  })
}

/** The chunks whose packets stand. */
function chunksOf(all: ChunkColumns, keep: Uint8Array): ChunkColumns {
  const left = new ChunkColumns(all.count)
  for (let index = 0; index < all.count; index++) {
    const row = all.row[index]!
    if (keep[row] === 0) continue
    const next = left.count++
    left.offset[next] = all.offset[index]!
    left.row[next] = row
    left.off[next] = all.off[index]!
    left.len[next] = all.len[index]!
    if (all.stream === undefined) continue
    if (left.stream === undefined) left.addStreams()
    left.stream![next] = all.stream[index]!
    left.ppid![next] = all.ppid![index]!
    left.dataFlags![next] = all.dataFlags![index]!
  }
  return left
}
