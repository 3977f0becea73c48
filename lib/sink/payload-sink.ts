import type { Batch } from '../batch.ts'
import { PldError } from '../errors.ts'
import { Stage, type StageCore } from '../stage.ts'
import type { NameScheme } from './file-names.ts'
import type { GapMode } from './layout.ts'
import { makeSink } from './make-sink.ts'
import type { NoFiles } from './no-files.ts'
import type { SinkStage } from './sink-stage.ts'

export interface SinkOptions {
  /** Where the files go; created, with its parents, if it is not there. */
  folder: string
  /** The folder from which `pldFile` in records leads to the file (default: `folder`). */
  relativeTo?: string
  /**
   * 0 `1_A` (default), 1 by addresses and ports, 2 the same behind the time of the flow's first packet, `tcpflow`, or a
   * template such as `%T/%A.%a-%B.%b` (docs/cli.md).
   */
  names?: NameScheme
  prefix?: string
  suffix?: string
  /** Replace the files of an earlier run (default); false: keep all that is there, and give new files other names. */
  clean?: boolean
  /**
   * How a file shows what was not captured: `zero` (default) by zeros, which take no room where the file system knows
   * holes; `skip` not at all; `marker` by a line in its place, `[gap of 1460 bytes: absent]`.
   */
  gap?: GapMode
  /** Beside each file an index, which tells for each byte from which packet it came (default false). */
  index?: boolean
  /** Most files open at a time (default 8192, fewer where the system has no more to give). */
  maxOpenFiles?: number
  /** false: saves the time to tell each flow's record which file it got; only that one failed is told, in `pldStat`. */
  flowFiles?: boolean
  /** Everything but the files. */
  noFiles?: boolean
  /**
   * Nobody reads on: batches are released and nothing is passed on; files that failed end the stream with an error.
   * By default this is so if nobody listens when the first batch comes, and who comes later gets an error.
   */
  last?: boolean
}

/**
 * Writes the payload of each flow direction to a file and passes the batches on, with `pldFile` in the payload of the
 * flows that ended. Can stand in the middle of a pipeline or at its end. One file that cannot be written is a note and
 * a bit in `pldStat`; where nothing can be written any more (a full disk), it is that for all that follow, and at the end
 * of a pipeline ERR_WRITE. Throws ERR_USAGE for options that cannot be met; the stream fails with ERR_FOLDER for a
 * folder that cannot be used or holds something else.
 */
export class PayloadSink extends Stage<Batch> {
  readonly #files: SinkStage | NoFiles
  #last: boolean | undefined

  constructor(options: SinkOptions) {
    const files = makeSink(options)
    const gate: StageCore<Batch> = {
      take: batch => this.#pass(files.take(batch)),
      end: () => this.#pass(files.end()),
    }
    super(gate)
    this.#files = files
    this.#last = options.last
    if (options.last === true) this.resume()
  }

  *#pass(batches: Iterable<Batch>): Generator<Batch> {
    for (const batch of batches) {
      this.#last ??= this.#isUnheard()
      if (!this.#last) {
        yield batch
        continue
      }
      batch.release()
      // with nobody to hear of what is missing there is no use in going on
      if (this.#files.givenUp !== undefined) throw this.#files.givenUp
    }
  }

  override _flush(done: (error?: Error | null) => void): void {
    super._flush(error => {
      const { failedFiles } = this.#files
      if (error || !this.#last || failedFiles === 0) done(error)
      // there is nobody else to hear of it
      else done(new PldError('ERR_WRITE', `${failedFiles} payload files could not be written whole`))
    })
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#files.close()
    super._destroy(error, done)
  }

  /** Whether nobody has asked for what comes out; then it is let go, so that the input does not stall. */
  #isUnheard(): boolean {
    if (this.readableFlowing !== null) return false
    this.resume()
    this.on('newListener', event => {
      if ((event !== 'data' && event !== 'readable') || this.readableEnded) return
      this.destroy(
        new PldError('ERR_USAGE', 'nobody read from the sink when its first batch came; too late to begin'),
      )
    })
    return true
  }
}
