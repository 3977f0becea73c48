import { Writable } from 'node:stream'
import type { Batch } from './batch.ts'

/** The end of a street whose batches nobody wants any more: gives their memory back. */
export function releaseAll(): Writable {
  return new Writable({
    objectMode: true,
    highWaterMark: 1,
    write(batch: Batch, _encoding, done) {
      batch.release()
      done()
    },
  })
}
