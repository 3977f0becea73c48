import type { Batch, SideItem } from '../../lib/batch.ts'
import { ChunkColumns } from '../../lib/chunk-columns.ts'
import { FlowColumns } from '../../lib/flow-columns.ts'
import type { FlowPayload } from '../../lib/records.ts'
import { StreamEnd } from '../../lib/stream-end.ts'
import { packetBatch, type TestPacket } from './packet-batch.ts'

/** A chunk as a test describes it: a packet all of whose payload stands at `offset` of flow 1, A. */
export interface TestChunk extends TestPacket {
  offset: number
  /** SCTP stream. */
  stream?: number
}

/** A flow direction that ends behind all chunks. */
export interface TestEnd {
  flowInd?: number
  dir?: number
  /** `undefined`: no payload stage told of it. */
  payload?: FlowPayload | undefined
}

/** What the payload stage would tell of a stream without faults. */
export function streamEnd(length: number, start = 0): StreamEnd {
  return new StreamEnd(start, '0x03', length, length, [], 0)
}

/** A batch as the payload stage gives it. */
export function chunkBatch(chunks: TestChunk[], ends: TestEnd[] = []): Batch {
  const batch = packetBatch(chunks.map(chunk => ({ flowInd: 1, ...chunk })))
  const columns = new ChunkColumns(chunks.length)
  columns.count = chunks.length
  if (chunks.some(({ stream }) => stream !== undefined)) {
    columns.stream = Int32Array.from(chunks, ({ stream }) => stream ?? -1)
  }
  chunks.forEach(({ offset }, row) => {
    columns.row[row] = row
    columns.offset[row] = offset
    columns.off[row] = batch.packets!.payOff[row]!
    columns.len[row] = batch.packets!.payLen[row]!
  })
  const flows = new FlowColumns(ends.length)
  flows.count = ends.length
  const side: SideItem[] = []
  const flowPayload = ends.map((end, index) => {
    flows.flowInd[index] = end.flowInd ?? 1
    flows.dir[index] = end.dir ?? 0
    side.push(index)
    return 'payload' in end ? end.payload : streamEnd(0)
  })
  const sideAt = ends.map(() => batch.rows)
  return batch.derive({ chunks: columns, flows, flowPayload, side, sideAt })
}
