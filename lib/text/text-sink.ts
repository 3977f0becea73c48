import { Batch } from '../batch.ts'
import { PldError } from '../errors.ts'
import type { NoteRecord } from '../records.ts'
import { Stage } from '../stage.ts'
import { TextFiles, type TextFilesOptions } from './text-files.ts'

/**
 * Writes flows, and packets if asked for, to text files and passes the batches on. Stands behind the payload stage, or
 * behind the sink, whose bits in `pldStat` it then shows. Fails with ERR_FOLDER before anything is written, with
 * ERR_NOT_TAGGED for packets that have no flow, and with ERR_WRITE.
 */
export class TextSink extends Stage<Batch> {
  readonly files: TextFiles

  /** `goOn`: there are other results than these files, so that what goes wrong with them is told in a note. */
  constructor(options: TextFilesOptions | TextFiles, goOn = false) {
    const files = options instanceof TextFiles ? options : new TextFiles(options)
    let failed = false
    /** Does something to the files; tells what went wrong, unless that ends the run. */
    const tell = (action: () => void): NoteRecord[] => {
      if (failed) return []
      try {
        action()
        return []
      } catch (error) {
        if (!goOn || !(error instanceof PldError) || error.code !== 'ERR_WRITE') throw error
        failed = true
        return [noteOf(error)]
      }
    }
    super({
      *take(batch) {
        const notes = tell(() => files.write(batch))
        if (notes.length === 0) yield batch
        else yield batch.derive({ side: [...batch.side, ...notes], sideAt: [...batch.sideAt, batch.rows] })
      },
      *end() {
        const side = tell(() => {
          files.open()
          files.close()
        })
        if (side.length > 0) yield Batch.create({ side, sideAt: [0] })
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

function noteOf({ message, file }: PldError): NoteRecord {
  return {
    type: 'note',
    level: 'error',
    code: 'write-failed',
    message: `could not be written whole, and no more texts are written: ${message}`,
    ...(file === undefined ? {} : { file }),
  }
}
