import { type Batch, FlowLine } from '../../lib/batch.ts'
import { packetBatch, type TestPacket } from './packet-batch.ts'

/** A batch with the records of all flows that packets belong to, A before B. */
export function flowLines(packets: TestPacket[]): Batch {
  const keys = new Set(packets.filter(p => p.flowInd).map(p => 2 * p.flowInd! + (p.dir ?? 0)))
  const side = [...keys]
    .sort((a, b) => a - b)
    .map(
      key =>
        new FlowLine(key >> 1, key & 1, Buffer.from(JSON.stringify({ type: 'flow', srcIP: '10.0.0.1' }))),
    )
  return packetBatch([]).derive({ side, sideAt: side.map(() => 0) })
}
