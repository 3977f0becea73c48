import { Transform, type TransformCallback } from 'node:stream'
import { Worker } from 'node:worker_threads'
import { Batch } from '../batch.ts'
import { ERROR_CODES, type ErrorCode, PldError } from '../errors.ts'
import type { SinkOptions } from './payload-sink.ts'
import { merged, type SinkNeeds, type SinkResult, workOf } from './sink-work.ts'

/** How many batches the thread may have before the stage in front has to wait; it takes some 100 ms to get going. */
const MOST_AHEAD = 6

/** What the thread says: a batch is done, all is done, or it cannot go on. */
export type SinkReply =
  | { kind: 'batch' | 'end'; result: SinkResult; rest: Pick<Batch, 'side' | 'sideAt'>[] }
  | { kind: 'error'; code: string; message: string; file: string | undefined }

/**
 * A PayloadSink whose files are written by a thread of their own, while this one reads on: creating files and copying
 * into them is most of what the system does in a run. Batches have to lie in shared memory (`openCapture()` with
 * `shared`); they are passed on when their files are written.
 */
export class SinkThread extends Transform {
  readonly #worker: Worker
  readonly #away: Batch[] = []
  readonly #needs: SinkNeeds
  /** Called when a batch came back; and, in the end, when all is done. */
  #waiting: TransformCallback | undefined
  #ending: TransformCallback | undefined

  constructor(options: SinkOptions) {
    super({ objectMode: true, highWaterMark: 1 })
    const packets = (options.names ?? 0) !== 0
    this.#needs = { packets, frames: packets || options.index === true, gaps: options.gap === 'marker' }
    // sources run beside sources, compiled files beside compiled files
    const entry = new URL(`./sink-worker${import.meta.url.slice(-3)}`, import.meta.url)
    this.#worker = new Worker(entry, { workerData: options, trackUnmanagedFds: false })
    this.#worker.on('message', (reply: SinkReply) => this.#hear(reply))
    this.#worker.on('error', error => this.destroy(error))
  }

  override _transform(batch: Batch, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#worker.postMessage(workOf(batch, this.#needs))
    this.#away.push(batch)
    if (this.#away.length < MOST_AHEAD) done()
    else this.#waiting = done
  }

  override _flush(done: TransformCallback): void {
    this.#ending = done
    this.#worker.postMessage(null)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const ended = (): void => done(error)
    this.#worker.terminate().then(ended, ended)
  }

  #hear(reply: SinkReply): void {
    if (this.destroyed) return
    if (reply.kind === 'error') {
      const { code, message, file } = reply
      const place = file === undefined ? {} : { file }
      this.destroy(code in ERROR_CODES ? new PldError(code as ErrorCode, message, place) : new Error(message))
      return
    }
    if (reply.kind === 'end') {
      for (const { side, sideAt } of reply.rest) this.push(Batch.create({ side, sideAt }))
      this.#ending!()
      return
    }
    this.push(merged(this.#away.shift()!, reply.result))
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.()
  }
}
