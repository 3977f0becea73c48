import type { Readable } from 'node:stream'
import type { Batch } from '../batch.ts'
import { Stage, type StageCore } from '../stage.ts'
import { CaptureRun, type CaptureRunOptions } from './capture-run.ts'
import { ChunkCutter } from './chunk-cutter.ts'
import { Decompressor } from './decompress.ts'

export interface CaptureReaderOptions extends CaptureRunOptions {
  /** Name of the input in records, notes and errors; default `-`. */
  file?: string
  /** Use the memory of batches again that the last stage released. */
  recycle?: boolean
}

class CaptureReaderCore implements StageCore<Buffer> {
  readonly run: CaptureRun
  /** What the bytes come through, where it undoes a compression. */
  source: Decompressor | undefined
  readonly #cutter: ChunkCutter

  constructor(options: CaptureReaderOptions) {
    const core = this
    this.run = new CaptureRun(options)
    const facts = {
      file: options.file ?? '-',
      get compression() {
        return core.source?.compression
      },
    }
    this.#cutter = new ChunkCutter(this.run, facts, options.recycle ?? false)
  }

  take(chunk: Buffer): Iterable<Batch> {
    this.run.fileBytes += chunk.length
    return this.#cutter.take(chunk)
  }

  *end(): Generator<Batch, void, void> {
    yield* this.#cutter.end(this.source?.fault)
    yield this.run.end()
  }
}

/**
 * Turns the bytes of one capture, pcap or pcapng, into batches of frames. Chunks may be cut anywhere; what is whole
 * with a chunk comes out with it. Put a `Decompressor` in front where the input may be gzipped.
 *
 * Damage is told in note records; after `count` packets, and behind damage that hides where the next record begins,
 * the rest of the input is swallowed. Errors: ERR_FORMAT, ERR_COMPRESSION.
 */
export class CaptureReader extends Stage<Buffer> {
  readonly #run: CaptureRun

  constructor(options: CaptureReaderOptions = {}) {
    const core = new CaptureReaderCore(options)
    super(core, 'bytes')
    this.#run = core.run
    this.on('pipe', (source: Readable) => {
      if (source instanceof Decompressor) core.source = source
    })
  }

  /** Bytes taken so far. */
  get bytesRead(): number {
    return this.#run.fileBytes
  }

  /** A stream of bytes does not say how long it is. */
  get bytesTotal(): undefined {
    return undefined
  }
}
