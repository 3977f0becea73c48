import { Transform, type TransformCallback } from 'node:stream'
import type { Batch } from './batch.ts'

/** How long one input may keep the event loop before timers and signals get their turn (ms). */
const TURN_MS = 20

/** How much input may wait in front of a stage: batches and objects by number, bytes by size. */
const WAITING = { batches: 1, objects: 256, bytes: 1 << 20 } as const

/** The part of a stage that has no stream in it. */
export interface StageCore<Input, Output = Batch> {
  /** What this piece of input gives. The core owns the input from here on. */
  take(input: Input): Iterable<Output>
  /** What is left as the input ends; drawn piece by piece, as fast as the next stage takes it. */
  end?(): Iterable<Output>
}

/**
 * The shell of every stage that gives batches: feeds its core, hands on what comes out one batch at a time and never
 * more than the next stage asked for, and lets the event loop turn between the batches of one input, so that abort
 * signals and timers work in the middle of a long run.
 */
export class Stage<Input, Output = Batch> extends Transform {
  readonly #core: StageCore<Input, Output>
  #wanted: (() => void) | undefined

  /** `input` says what is written to the stage: batches, one at a time; single objects; or bytes. */
  constructor(core: StageCore<Input, Output>, input: keyof typeof WAITING = 'batches') {
    super({
      readableObjectMode: true,
      readableHighWaterMark: 1,
      writableObjectMode: input !== 'bytes',
      writableHighWaterMark: WAITING[input],
    })
    this.#core = core
  }

  override _transform(input: Input, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#drain(() => this.#core.take(input), done)
  }

  override _flush(done: TransformCallback): void {
    if (this.#core.end === undefined) done()
    else this.#drain(() => this.#core.end!(), done)
  }

  override _read(size: number): void {
    const wanted = this.#wanted
    if (wanted === undefined) {
      super._read(size)
      return
    }
    this.#wanted = undefined
    setImmediate(wanted)
  }

  /** Draws on the core until it has no more or fails; pauses whenever the next stage is full. */
  #drain(start: () => Iterable<Output>, done: TransformCallback): void {
    let batches: Iterator<Output>
    const draw = (): void => {
      try {
        const turnEnds = performance.now() + TURN_MS
        for (;;) {
          if (this.destroyed) {
            batches.return?.()
            return
          }
          const { value, done: drawn } = batches.next()
          if (drawn) break
          if (!this.push(value)) {
            this.#wanted = draw
            return
          }
          if (performance.now() > turnEnds) {
            setImmediate(draw)
            return
          }
        }
      } catch (error) {
        done(error as Error)
        return
      }
      done()
    }
    try {
      batches = start()[Symbol.iterator]()
    } catch (error) {
      done(error as Error)
      return
    }
    draw()
  }
}
