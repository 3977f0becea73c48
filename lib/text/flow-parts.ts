import type { TextSplit } from './split-option.ts'
import type { TextFile } from './text-file.ts'

/** A flow file, or as many as it is split into. Only the first has a header; a further one is begun by the row that needs it. */
export class FlowParts {
  readonly #flowLimit: number
  readonly #byteLimit: number
  readonly #create: (part: number) => TextFile
  #part: number
  #file: TextFile | undefined
  /** Of the file at hand, with rows that are still to be written. */
  #flows = 0
  #bytes: number

  /** `create` opens the file of a number. */
  constructor(header: string, split: TextSplit, create: (part: number) => TextFile) {
    this.#flowLimit = split.flows ?? Number.POSITIVE_INFINITY
    this.#byteLimit = split.bytes ?? Number.POSITIVE_INFINITY
    this.#create = create
    this.#part = split.start ?? 0
    this.#file = create(this.#part)
    this.#file.write(header)
    this.#bytes = header.length
  }

  /** Counts a row that is to be written. True: it is the last of its file, so that has to be written and ended next. */
  add(length: number): boolean {
    this.#flows++
    this.#bytes += length
    return this.#flows >= this.#flowLimit || this.#bytes >= this.#byteLimit
  }

  /** Writes rows that were counted. */
  write(rows: Uint8Array): void {
    this.#file ??= this.#create(++this.#part)
    this.#file.write(rows)
  }

  /** To be called when the last row of a file is written. */
  endPart(): void {
    this.close()
    this.#file = undefined
    this.#flows = 0
    this.#bytes = 0
  }

  close(): void {
    this.#file?.close()
  }
}
