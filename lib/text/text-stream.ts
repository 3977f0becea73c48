import { Transform, type TransformCallback } from 'node:stream'
import type { Batch } from '../batch.ts'
import { Output } from '../output.ts'
import type { RowOutput } from './row-output.ts'

/** Bytes that may wait to be written before batches have to. */
const WAITING = 1 << 20

/** What gives rows for a batch, below a header. */
export interface RowSource {
  readonly header: string
  put(batch: Batch, output: RowOutput): void
}

/** Batches in, rows of text out, below a header that comes for empty input as well; releases the batches: the last stage of a street. */
export class TextStream extends Transform {
  readonly #rows: RowSource
  readonly #output = new Output()
  #begun = false

  constructor(rows: RowSource) {
    super({ writableObjectMode: true, writableHighWaterMark: 1, readableHighWaterMark: WAITING })
    this.#rows = rows
  }

  override _transform(batch: Batch, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.#begin()
      this.#rows.put(batch, this.#output)
      for (const bytes of this.#output.take()) this.push(bytes)
    } catch (error) {
      done(error as Error)
      return
    }
    batch.release()
    done()
  }

  override _flush(done: TransformCallback): void {
    this.#begin()
    done()
  }

  #begin(): void {
    if (this.#begun) return
    this.#begun = true
    this.push(this.#rows.header)
  }
}
