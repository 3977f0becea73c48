import type { Batch } from '../batch.ts'
import type { CaptureRun } from './capture-run.ts'
import { type CaptureFacts, FrameCutter } from './frame-cutter.ts'
import { SLAB, SlabSource } from './slab-source.ts'

/**
 * Cuts a capture that comes in chunks of any size, cut anywhere. All packets that are whole with a chunk come out with
 * it; the beginning of the next one is kept. Chunks are copied, so the caller may use their memory again.
 */
export class ChunkCutter {
  readonly #cutter: FrameCutter
  readonly #slabs: SlabSource
  /** The window that gathers a record which is not whole yet, and how much of it is there. */
  #window: Batch | undefined
  #filled = 0

  constructor(run: CaptureRun, facts: CaptureFacts, recycle: boolean) {
    this.#cutter = new FrameCutter(run, facts)
    this.#slabs = new SlabSource(recycle)
  }

  /** Nothing that follows will be looked at. */
  get ended(): boolean {
    return this.#cutter.ended
  }

  *take(chunk: Uint8Array): Generator<Batch, void, void> {
    for (let at = 0; at < chunk.length && !this.#cutter.ended; at += SLAB) {
      yield* this.#piece(chunk.subarray(at, at + SLAB))
    }
  }

  /** What is left as the input ends. `fault` tells why it ended early; `stopped` that no more was wanted. */
  *end(fault?: { code: string; message: string }, stopped = false): Generator<Batch, void, void> {
    if (fault !== undefined && !stopped) this.#cutter.fault(fault.code, fault.message)
    yield* this.#cutter.finish(this.#window?.slab.subarray(0, this.#filled) ?? NO_BYTES, stopped)
  }

  *#piece(piece: Uint8Array): Generator<Batch, void, void> {
    const cutter = this.#cutter
    const before = this.#filled
    const filled = before + piece.length
    const window = this.#room(filled)
    window.slab.set(piece, before)
    this.#filled = filled
    if (filled < cutter.need) return
    yield* cutter.cut(window, filled)
    this.#window = undefined
    this.#filled = filled - cutter.rest
    if (this.#filled > 0) {
      this.#window = this.#slabs.take(this.#filled)
      window.slab.copy(this.#window.slab, 0, cutter.rest, filled)
    }
    window.release()
  }

  /** The window, with room for `bytes`. While a long record comes in small chunks, it grows in doubling steps. */
  #room(bytes: number): Batch {
    const window = this.#window
    if (window !== undefined && window.slab.length >= bytes) return window
    const ahead = window === undefined ? 0 : Math.min(this.#cutter.need, 2 * window.slab.length)
    const wider = this.#slabs.take(Math.max(bytes, ahead))
    if (window !== undefined) {
      window.slab.copy(wider.slab, 0, 0, this.#filled)
      window.release()
    }
    this.#window = wider
    return wider
  }
}

const NO_BYTES = new Uint8Array(0)
