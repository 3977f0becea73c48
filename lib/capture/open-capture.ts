import { Readable } from 'node:stream'
import type { Batch } from '../batch.ts'
import { CaptureRun } from './capture-run.ts'
import type { CaptureSeries } from './capture-series.ts'
import type { Operand } from './operand.ts'
import { operandsOf, type SkippedCapture } from './operand-list.ts'
import { readSlabs } from './read-slabs.ts'
import { readStream } from './read-stream.ts'
import { SLAB, SlabSource } from './slab-source.ts'

export interface OpenCaptureOptions {
  /** Stop after so many packets in all. */
  count?: number
  /** Use the memory of batches again that the last stage released. */
  recycle?: boolean
  /** With `recycle`: memory that another thread can read. */
  shared?: boolean
  /** Ends the stream with an AbortError and closes what is open. */
  signal?: AbortSignal
  /** Size of the slabs that regular files are read into (bytes); default 4 MiB. */
  slabBytes?: number
  /** What is no capture, or cannot be opened, is told in a note and left out; an error only if nothing is left. */
  skipBad?: boolean
  /** Go on reading the last capture as it grows, until `stop()`. */
  follow?: boolean
  /** As `DecompressorOptions` have it. */
  maxRatio?: number
}

/**
 * Opens captures, pcap or pcapng, plain or gzipped, as one stream of batches of frames: packets are numbered through,
 * and no batch mixes two captures. `-` is standard input. Nothing comes out before all regular files were seen to be
 * captures, unless they are a series, of which each is opened when its turn comes.
 *
 * The stream fails with ERR_OPEN, ERR_FORMAT, ERR_COMPRESSION and ERR_READ; damage within a capture is told in note
 * records.
 */
export function openCapture(
  path: string | readonly string[] | CaptureSeries,
  options: OpenCaptureOptions = {},
): CaptureSource {
  return new CaptureSource(typeof path === 'string' ? [path] : path, options)
}

/** What `openCapture()` gives. */
export class CaptureSource extends Readable {
  readonly #run: CaptureRun
  readonly #batches: AsyncGenerator<Batch, void, void>
  readonly #stop = new AbortController()
  #bytesTotal: number | undefined

  constructor(paths: readonly string[] | CaptureSeries, options: OpenCaptureOptions) {
    const { signal, count } = options
    super({ objectMode: true, highWaterMark: 1, ...(signal === undefined ? {} : { signal }) })
    this.#run = new CaptureRun(count === undefined ? {} : { count })
    this.#batches = this.#readAll(paths, options)
  }

  /** Bytes read so far of the captures as they are stored. */
  get bytesRead(): number {
    return this.#run.fileBytes
  }

  /** Bytes of all captures; undefined before the first was read, and where one is a pipe. */
  get bytesTotal(): number | undefined {
    return this.#bytesTotal
  }

  /** Ends the input early: what was read comes out, then the summary. */
  stop(): void {
    this.#stop.abort()
  }

  override _read(): void {
    // lets signals and timers have their turn between two batches
    setImmediate(() => this.#next())
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stop.abort()
    const closed = (): void => done(error)
    this.#batches.return().then(closed, closed)
  }

  #next(): void {
    if (this.destroyed) return
    this.#batches.next().then(
      ({ value, done }) => this.push(done ? null : value),
      error => this.destroy(error),
    )
  }

  async *#readAll(
    paths: readonly string[] | CaptureSeries,
    options: OpenCaptureOptions,
  ): AsyncGenerator<Batch, void, void> {
    const { recycle = false, shared = false, slabBytes = SLAB } = options
    const run = this.#run
    const stop = this.#stop.signal
    const operands = operandsOf(paths, options)
    if (Array.isArray(operands)) this.#bytesTotal = totalSize(operands)
    const slabs = new SlabSource(recycle, shared)
    for (const operand of operands) {
      if (run.done || stop.aborted) break
      if ('skipped' in operand) yield run.note(operand.skipped)
      else if (operand.way === 'stream') yield* readStream(operand, run, options, stop)
      else yield* readSlabs(operand.path, run, slabs, slabBytes, () => stop.aborted)
    }
    yield run.end()
  }
}

function totalSize(operands: readonly (Operand | SkippedCapture)[]): number | undefined {
  let total = 0
  for (const operand of operands) {
    if ('skipped' in operand) continue
    if (operand.size === undefined) return undefined
    total += operand.size
  }
  return total
}
