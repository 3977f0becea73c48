import type { Batch } from '../batch.ts'
import { FILE_FAILED } from './file-table.ts'
import type { Gather } from './gather.ts'
import type { LiveFiles } from './live-files.ts'

/** Puts what a batch has written to a file into the log: which bytes, and, where there is to be an index, whose. */
export function remember(files: LiveFiles, slot: number, batch: Batch, gather: Gather, file: number): void {
  if ((files.table.state[slot]! & FILE_FAILED) !== 0) return
  const { offset, len, row } = batch.chunks!
  const { pktNo, sec, nsec, digits } = batch.frames
  files.log!.add(slot, log => {
    for (let chunk = gather.first[file]!; chunk >= 0; chunk = gather.after(chunk)) {
      const from = offset[chunk]!
      const to = from + len[chunk]!
      const at = row[chunk]!
      if (files.index) log.add(from, to, pktNo[at]!, sec[at]!, nsec[at]!, digits[at]!)
      else log.add(from, to, 0, 0, 0, 0)
    }
  })
}
