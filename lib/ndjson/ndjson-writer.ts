import { Transform, type TransformCallback } from 'node:stream'
import type { Batch } from '../batch.ts'
import { RecordEncoder, type RecordEncoderOptions } from './record-encoder.ts'

export type NdjsonWriterOptions = RecordEncoderOptions

/** Bytes that may wait to be written before batches have to. */
const WAITING = 1 << 20

/** Writes batches as NDJSON, each at once, and releases them: the last stage of a street. */
export class NdjsonWriter extends Transform {
  readonly #encoder: RecordEncoder

  constructor(options: NdjsonWriterOptions = {}) {
    super({ writableObjectMode: true, writableHighWaterMark: 1, readableHighWaterMark: WAITING })
    this.#encoder = new RecordEncoder(options)
  }

  override _transform(batch: Batch, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      for (const bytes of this.#encoder.encode(batch)) this.push(bytes)
    } catch (error) {
      done(error as Error)
      return
    }
    batch.release()
    done()
  }
}
