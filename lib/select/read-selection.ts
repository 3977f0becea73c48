import type { Readable } from 'node:stream'
import type { Batch } from '../batch.ts'
import { FrameSelection } from './frame-selection.ts'

/** Reads records to their end: what they ask for, and the files of the captures that they name, in their order. */
export async function readSelection(
  records: Readable,
): Promise<{ selection: FrameSelection; captures: string[] }> {
  const selection = new FrameSelection()
  const captures = new Set<string>()
  for await (const batch of records as AsyncIterable<Batch>) {
    selection.want(batch)
    for (const { file } of batch.captures) if (file !== undefined && file !== '-') captures.add(file)
    batch.release()
  }
  return { selection, captures: [...captures] }
}
