import { accessSync, closeSync, constants, createReadStream, fstatSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type { Readable } from 'node:stream'
import { PldError } from '../errors.ts'
import { causeOf } from '../system-errors.ts'
import { openNameless } from '../temp-file.ts'
import { GRACE_MS, isFolder, openError } from './input.ts'
import type { Countable } from './progress.ts'
import type { Signals } from './signals.ts'

/** The bytes of files, one behind the other; may be gone through twice, then what is no plain file is kept on disk. */
export class LineInput implements Countable {
  readonly files: readonly string[]
  readonly bytesTotal: number | undefined
  bytesRead = 0
  readonly #twice: boolean
  readonly #spools = new Map<string, number>()
  #current: Readable | undefined
  #stopped = false

  constructor(files: readonly string[], twice: boolean, signals: Signals) {
    this.files = files.length === 0 ? ['-'] : files
    for (const file of this.files) checkReadable(file)
    this.#twice = twice
    const sizes = this.files.map(file => plainSize(file))
    const total = sizes.reduce<number>((sum, size) => sum + (size ?? Number.NaN), 0)
    this.bytesTotal = Number.isNaN(total) ? undefined : total * (twice ? 2 : 1)
    signals.onSignal(() => setTimeout(() => this.#stop(), GRACE_MS).unref())
  }

  /** The bytes of a file, `-` for standard input. */
  async *read(file: string, pass: 1 | 2): AsyncGenerator<Buffer> {
    const spool = this.#spools.get(file)
    const keep = this.#twice && pass === 1 && plainSize(file) === undefined ? this.#spool(file) : undefined
    const input = pass === 2 && spool !== undefined ? fromStart(spool) : open(file)
    this.#current = input
    try {
      for await (const piece of input as AsyncIterable<Buffer>) {
        this.bytesRead += piece.length
        if (keep !== undefined) writeAll(keep, piece)
        yield piece
      }
    } catch (error) {
      if (!this.#stopped)
        throw error instanceof PldError ? error : openError(file, error as NodeJS.ErrnoException)
    }
  }

  get stopped(): boolean {
    return this.#stopped
  }

  close(): void {
    for (const spool of this.#spools.values()) closeSync(spool)
    this.#spools.clear()
  }

  #stop(): void {
    this.#stopped = true
    this.#current?.destroy()
  }

  /** Where a file is kept for the second look. */
  #spool(file: string): number {
    try {
      const spool = openNameless()
      this.#spools.set(file, spool)
      return spool
    } catch (error) {
      throw spoolError(error)
    }
  }
}

/** So that nothing is printed if a later file is not there. */
function checkReadable(file: string): void {
  try {
    if (file !== '-') accessSync(file, constants.R_OK)
  } catch (error) {
    throw openError(file, Object.assign(error as NodeJS.ErrnoException, { syscall: 'open' }))
  }
  if (isFolder(file)) throw new PldError('ERR_OPEN', 'is a folder', { file })
}

/** Size of a plain file; undefined for pipes, standard input and what is not there. */
function plainSize(file: string): number | undefined {
  const stat = file === '-' ? undefined : statSync(file, { throwIfNoEntry: false })
  return stat?.isFile() ? stat.size : undefined
}

const CHUNK = { highWaterMark: 1 << 20 }

const open = (file: string): Readable => (file === '-' ? process.stdin : createReadStream(file, CHUNK))

function fromStart(spool: number): Readable {
  const { size } = fstatSync(spool)
  return createReadStream('', { fd: spool, start: 0, end: Math.max(0, size - 1), autoClose: false, ...CHUNK })
}

function writeAll(spool: number, bytes: Uint8Array): void {
  try {
    for (let from = 0; from < bytes.length; ) from += writeSync(spool, bytes, from)
  } catch (error) {
    throw spoolError(error)
  }
}

function spoolError(error: unknown): PldError {
  const message = `the input cannot be kept in a temporary file for a second look: ${causeOf(error)}`
  return new PldError('ERR_WRITE', message, { file: tmpdir() }, error)
}
