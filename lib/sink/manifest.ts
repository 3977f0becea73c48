import { closeSync, constants, fstatSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { PldError } from '../errors.ts'
import { causeOf, codeOf } from '../system-errors.ts'

/** Its name in the folder of payload files. */
export const MANIFEST = '.pldpipe-manifest'

const HEADER = 'pldpipe-manifest 1'
/** Lines that end so count for nothing. */
const VOID = '\t'
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants

/** What is known of a file that was finished: its size in bytes and its time in seconds, where that could be set. */
export interface Finished {
  size: number
  time: number | undefined
}

/**
 * The list of what a run puts into its folder, by which a later run knows the files that it may replace: a header,
 * then for each file a line with its name, on disk before the file is, and one with name, size and time when it is
 * finished, separated by tabs. A file without that second line belongs to a run that was interrupted.
 */
export class Manifest {
  readonly #path: string
  #fd: number
  #lines: string

  /** Opens the folder's manifest for more lines, creating it if there is none. Throws what the system says. */
  constructor(folder: string) {
    this.#path = join(folder, MANIFEST)
    this.#fd = openSync(this.#path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600)
    // an interrupted run may have left half a line, which nobody may take for a whole one
    this.#lines = fstatSync(this.#fd).size === 0 ? `${HEADER}\n` : `${VOID}\n`
  }

  /** Adds the name of a file that is to be created, which may happen only after `flush()`. */
  announce(name: string): void {
    this.#lines += `${name}\n`
  }

  /** Adds what a finished file has to look like as long as nobody changes it. */
  finished(name: string, size: number, time: number | undefined): void {
    this.#lines += `${name}\t${size}\t${time ?? '-'}\n`
  }

  /** Puts on disk what was added. Throws ERR_WRITE. */
  flush(): void {
    if (this.#lines === '') return
    const bytes = Buffer.from(this.#lines)
    this.#lines = ''
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at)
    } catch (error) {
      // half a line may be there now, which what follows may not make a whole one
      this.#lines = `${VOID}\n`
      throw new PldError('ERR_WRITE', causeOf(error), { file: this.#path }, error)
    }
  }

  /** May be called again; a number that was closed may by then be somebody else's. */
  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd)
    this.#fd = -1
  }
}

/** What a folder's manifest says of each file; undefined where there is none that is ours. */
export function readManifest(folder: string): Map<string, Finished | undefined> | undefined {
  const text = readPlain(join(folder, MANIFEST))
  if (text === undefined) return undefined
  const lines = text.split('\n')
  if (lines[0] !== HEADER) return undefined
  const files = new Map<string, Finished | undefined>()
  // what stands behind the last line end is half a line
  for (const line of lines.slice(1, -1)) {
    if (line.endsWith(VOID)) continue
    const [name = '', size, time] = line.split('\t')
    const finished = { size: Number(size), time: time === '-' ? undefined : Number(time) }
    files.set(name, size === undefined ? undefined : finished)
  }
  return files
}

function readPlain(path: string): string | undefined {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | O_NOFOLLOW)
  } catch (error) {
    // a link, or none there: no list of ours. What else is wrong is for the system to say
    if (['ENOENT', 'ELOOP', 'ENOTDIR'].includes(codeOf(error) ?? '')) return undefined
    throw unreadable(path, error)
  }
  try {
    return readFileSync(fd, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'EISDIR') return undefined
    throw unreadable(path, error)
  } finally {
    closeSync(fd)
  }
}

function unreadable(file: string, error: unknown): PldError {
  const message = `the list of files of an earlier run cannot be read: ${causeOf(error)}`
  return new PldError('ERR_FOLDER', message, { file }, error)
}
