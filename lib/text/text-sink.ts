import type { Batch } from '../batch.ts'
import { Stage } from '../stage.ts'
import { TextFiles, type TextFilesOptions } from './text-files.ts'

/**
 * Writes flows, and packets if asked for, to text files and passes the batches on. Stands behind the payload stage, or
 * behind the sink, whose bits in `pldStat` it then shows. Fails with ERR_FOLDER before anything is written, with
 * ERR_NOT_TAGGED for packets that have no flow, and with ERR_WRITE.
 */
export class TextSink extends Stage<Batch> {
  readonly files: TextFiles

  constructor(options: TextFilesOptions | TextFiles) {
    const files = options instanceof TextFiles ? options : new TextFiles(options)
    super({
      *take(batch) {
        files.write(batch)
        yield batch
      },
      end() {
        files.open()
        files.close()
        return []
      },
    })
    this.files = files
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    try {
      this.files.close()
    } catch (failure) {
      error ??= failure as Error
    }
    super._destroy(error, done)
  }
}
