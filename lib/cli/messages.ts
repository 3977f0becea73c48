import type { PldError } from '../errors.ts'
import type { NoteRecord } from '../records.ts'

/** Most messages of one kind that are printed; what comes after them is counted. */
const MOST_OF_A_KIND = 20

/** What a bin says on stderr, `bin: file: packet N: what`, and the exit code that follows from it. */
export class Messages {
  exitCode = 0
  readonly #bin: string
  readonly #quiet: boolean
  readonly #strict: boolean
  readonly #write: (line: string) => void
  readonly #kinds = new Map<string, number>()

  constructor(bin: string, options: { quiet?: boolean; strict?: boolean }, write: (line: string) => void) {
    this.#bin = bin
    this.#quiet = options.quiet ?? false
    this.#strict = options.strict ?? false
    this.#write = write
  }

  /** Reports what a stage noted. Errors make the exit code 1; so do warnings when strict. */
  note(note: NoteRecord): void {
    if (note.level === 'error' || this.#strict) this.exitCode ||= 1
    if (note.level === 'warning' && this.#quiet) return
    const count = (this.#kinds.get(note.code) ?? 0) + 1
    this.#kinds.set(note.code, count)
    if (count <= MOST_OF_A_KIND) this.say(place(note) + note.message)
  }

  /** Reports what ended the run. */
  error(error: Error): void {
    const known = error as Partial<PldError>
    this.exitCode = known.exitCode ?? 1
    this.say(place(known) + error.message)
  }

  /** Reports that the run is not what it should be, though it went on to its end. */
  fault(text: string): void {
    this.exitCode ||= 1
    this.say(text)
  }

  /** Reports why one of several inputs was left out; the exit code becomes 1. */
  leftOut(error: PldError, file: string): void {
    this.exitCode ||= 1
    this.say(`${place({ ...error, file: error.file ?? file })}${error.message}; left out`)
  }

  /** Prints one line. */
  say(text: string): void {
    this.#write(`${this.#bin}: ${text}\n`)
  }

  /** Counts what was not printed. */
  close(): void {
    for (const [code, count] of this.#kinds) {
      if (count > MOST_OF_A_KIND) this.say(`${count - MOST_OF_A_KIND} more messages of the kind ${code}`)
    }
  }
}

function place({
  file,
  pktNo,
  line,
}: {
  file?: string | undefined
  pktNo?: number | undefined
  line?: number | undefined
}): string {
  const parts = [
    file === '-' ? 'standard input' : file,
    pktNo === undefined ? undefined : `packet ${pktNo}`,
    line === undefined ? undefined : `line ${line}`,
  ]
  return parts
    .filter(part => part !== undefined)
    .map(part => `${part}: `)
    .join('')
}
