import { type Batch, RawLine } from '../batch.ts'
import type { PldRecord } from '../records.ts'
import { Stage } from '../stage.ts'

/** Calls `visit` for the captures and summaries that came in as lines, which no stage of this process reads; passes everything on. */
export function readSummaries(visit: (record: PldRecord) => void): Stage<Batch> {
  return new Stage<Batch>({
    *take(batch) {
      for (const item of batch.side) {
        if (!(item instanceof RawLine)) continue
        const record = JSON.parse(Buffer.from(item.bytes).toString()) as PldRecord
        if (record.type === 'capture' || record.type === 'summary') visit(record)
      }
      yield batch
    },
  })
}
