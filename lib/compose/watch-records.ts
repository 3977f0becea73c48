import { type Batch, FlowLine, RawLine } from '../batch.ts'
import type { PldRecord } from '../records.ts'
import { Stage } from '../stage.ts'

/**
 * Calls `visit` for every record that a stage of this process put between the packets (notes, gaps, summaries,
 * captures), but not for flows nor for lines that came from outside; passes everything on unchanged.
 */
export function watchRecords(visit: (record: PldRecord) => void): Stage<Batch> {
  return new Stage<Batch>({
    *take(batch) {
      for (const item of batch.side) {
        if (typeof item !== 'number' && !(item instanceof RawLine) && !(item instanceof FlowLine)) visit(item)
      }
      yield batch
    },
  })
}
