import type { Batch } from '../batch.ts'
import { PldError } from '../errors.ts'
import type { CaptureRecord } from '../records.ts'
import type { ColumnFace } from './column.ts'
import { FlowParts } from './flow-parts.ts'
import { FlowRows } from './flow-rows.ts'
import type { TextOptions } from './flow-text.ts'
import { flowColumns, packetColumns } from './header-file-columns.ts'
import { fileLine, headersText } from './headers-text.ts'
import { PacketRows } from './packet-rows.ts'
import { FlushedOutput } from './row-output.ts'
import type { TextSplit } from './split-option.ts'
import { TextFile } from './text-file.ts'
import { TextFolder } from './text-folder.ts'

export interface TextFilesOptions extends TextOptions {
  /** What stands in front of `_flows.txt`, with its folder; a function is asked when the first batch has come. */
  prefix: string | ((captures: readonly CaptureRecord[]) => string)
  /** Whether packets are written as well, which needs tags and the times in them (default false). */
  packets?: boolean
  /** Whether there will be a report. */
  log?: boolean
  split?: TextSplit
  /** What `_headers.txt` says of how it was made, `{ Command: '…' }`. */
  made?: Readonly<Record<string, string>>
}

const HEADERS = 'headers.txt'
const PACKETS = 'packets.txt'
const LOG = 'log.txt'

/**
 * `PREFIX_flows.txt`, `PREFIX_headers.txt`, and if asked for `PREFIX_packets.txt` and `PREFIX_log.txt`. Rows are
 * written as soon as their batch is there. Throws ERR_FOLDER before anything is changed, and ERR_WRITE.
 */
export class TextFiles {
  readonly #options: TextFilesOptions
  readonly #flowRows: FlowRows
  readonly #packetRows: PacketRows | undefined
  readonly #flowOutput = new FlushedOutput(bytes => this.#flows!.write(bytes))
  readonly #packetOutput = new FlushedOutput(bytes => this.#packets!.write(bytes))
  #folder: TextFolder | undefined
  #headers: TextFile | undefined
  #flows: FlowParts | undefined
  #packets: TextFile | undefined
  #log: TextFile | undefined

  constructor(options: TextFilesOptions) {
    this.#options = options
    this.#flowRows = new FlowRows(options.labels, flowColumns(options.headers))
    if (options.packets === true)
      this.#packetRows = new PacketRows(options.labels, packetColumns(options.headers))
  }

  /** Whether the files could be written, as far as that can be told without writing. Throws ERR_FOLDER. */
  check(captures: readonly CaptureRecord[] = []): void {
    this.#folderFor(captures).check(this.#suffixes, this.#further)
  }

  /** Makes the files, with their headers. */
  open(captures: readonly CaptureRecord[] = []): void {
    if (this.#headers !== undefined) return
    const folder = this.#folderFor(captures)
    folder.open(this.#suffixes, this.#further)
    this.#headers = this.#create(HEADERS)
    this.#headers.write(headersText(this.#options.made ?? {}, this.#faces(folder)))
    this.#flows = new FlowParts(this.#flowRows.header, this.#options.split ?? {}, part =>
      this.#createPart(part),
    )
    if (this.#packetRows !== undefined) {
      this.#packets = this.#create(PACKETS)
      this.#packets.write(this.#packetRows.header)
    }
    if (this.#options.log === true) this.#log = this.#create(LOG)
  }

  /** Writes the rows of a batch, which is not released. */
  write(batch: Batch): void {
    if (this.#headers === undefined) {
      this.#packetRows?.check(batch)
      this.open(batch.captures)
    }
    const flows = this.#flows!
    const output = this.#flowOutput
    const count = (length: number): void => {
      if (!flows.add(length)) return
      output.flush()
      flows.endPart()
    }
    this.#flowRows.put(batch, output, this.#options.split === undefined ? undefined : count)
    output.flush()
    this.#packetRows?.put(batch, this.#packetOutput)
    this.#packetOutput.flush()
  }

  /** Writes the report, and closes its file; it is the only one that may come after `close()`. */
  writeLog(report: string): void {
    if (this.#log === undefined) throw new PldError('ERR_USAGE', 'a log was not asked for')
    this.#log.write(report)
    this.#log.close()
  }

  /** Closes the files of rows. May be called again. */
  close(): void {
    this.#headers?.close()
    this.#flows?.close()
    this.#packets?.close()
  }

  get #suffixes(): string[] {
    const { log, split } = this.#options
    const flows = partSuffix(split, split?.start ?? 0)
    return [
      HEADERS,
      flows,
      ...(this.#packetRows === undefined ? [] : [PACKETS]),
      ...(log === true ? [LOG] : []),
    ]
  }

  /** Files that come on the way. */
  get #further(): RegExp | undefined {
    return this.#options.split === undefined ? undefined : /^flows\.txt\d+$/
  }

  /** The files with their columns, for the headers. */
  #faces(folder: TextFolder): { name: string; columns?: readonly ColumnFace[] }[] {
    return this.#suffixes.map(suffix => {
      const name = folder.name(suffix)
      if (suffix === HEADERS || suffix === LOG) return { name }
      return { name, columns: (suffix === PACKETS ? this.#packetRows! : this.#flowRows).columns }
    })
  }

  #folderFor(captures: readonly CaptureRecord[]): TextFolder {
    const { prefix } = this.#options
    this.#folder ??= new TextFolder(typeof prefix === 'string' ? prefix : prefix(captures))
    return this.#folder
  }

  #create(suffix: string): TextFile {
    return new TextFile(this.#folder!.create(suffix), this.#folder!.path(suffix))
  }

  #createPart(part: number): TextFile {
    const { split } = this.#options
    const suffix = partSuffix(split, part)
    // the headers name the first one already
    if (part !== (split?.start ?? 0)) this.#headers!.write(fileLine(this.#folder!.name(suffix)))
    try {
      return this.#create(suffix)
    } catch (error) {
      if (part === (split?.start ?? 0)) throw error
      // that is not how a run begins
      const { message, file = '', cause } = error as PldError
      throw new PldError('ERR_WRITE', message, { file }, cause)
    }
  }
}

function partSuffix(split: TextSplit | undefined, part: number): string {
  return split === undefined ? 'flows.txt' : `flows.txt${part}`
}
