import { Stage } from '../stage.ts'
import { RecordReader, type RecordReaderOptions } from './record-reader.ts'

export type NdjsonReaderOptions = RecordReaderOptions

/** Reads records, one a line, from bytes into batches. Fails with ERR_MIXED_INPUT, and with ERR_NDJSON if `strict`. */
export class NdjsonReader extends Stage<Buffer> {
  constructor(options: NdjsonReaderOptions = {}) {
    const reader = new RecordReader(options)
    super({ take: bytes => reader.feed(bytes), end: () => reader.end() }, 'bytes')
  }
}
