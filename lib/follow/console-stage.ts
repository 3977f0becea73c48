import { Transform, type TransformCallback, type Writable } from 'node:stream'
import type { Batch } from '../batch.ts'
import { ConsoleCore } from './console-core.ts'
import type { ConsoleOptions } from './console-text.ts'

/**
 * Writes the payload of the batches that pass through it to `out` as text, as fast as that takes it; the batches go on
 * as they are. An error of `out` ends the street.
 */
export class ConsoleStage extends Transform {
  readonly #core: ConsoleCore
  readonly #out: Writable
  readonly #failed = (error: Error): void => {
    this.destroy(error)
  }

  constructor(out: Writable, options: ConsoleOptions = {}) {
    super({ objectMode: true, highWaterMark: 1 })
    this.#core = new ConsoleCore(options)
    this.#out = out
    out.once('error', this.#failed)
  }

  override _transform(batch: Batch, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#write(this.#core.take(batch), error => done(error, batch))
  }

  override _flush(done: TransformCallback): void {
    this.#write(this.#core.end(), done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#out.off('error', this.#failed)
    done(error)
  }

  #write(texts: Iterator<Buffer>, done: (error?: Error | null) => void): void {
    try {
      for (let next = texts.next(); !next.done; next = texts.next()) {
        if (this.destroyed) return
        if (this.#out.write(next.value)) continue
        this.#out.once('drain', () => this.#write(texts, done))
        return
      }
    } catch (error) {
      done(error as Error)
      return
    }
    done()
  }
}
