import { closeSync, constants, futimesSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { PldError } from '../errors.ts'
import { codeOf } from '../system-errors.ts'
import { MANIFEST, type Manifest } from './manifest.ts'
import { isHopeless, outOfDescriptors } from './write-errors.ts'

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants

interface Growing {
  /** What it is called on disk: a name that is taken gets a counter. */
  path: string
  fd: number | undefined
  size: number
  /** The time that it gets when it is closed, in seconds. */
  time: number
  failed: boolean
}

/**
 * Files of a folder that only grow, any number of them, of which so many are open at a time. One that failed takes no
 * more; who uses it hears of it once.
 */
export class AppendFiles {
  readonly #folder: string
  readonly #manifest: Manifest
  #maxOpen: number
  readonly #onFailure: (name: string, error: unknown, isLast: boolean) => void
  /** Nothing is written any more. */
  #givenUp = false
  readonly #files = new Map<string, Growing>()
  /** Those with a descriptor, the one that was not used for the longest time first. */
  readonly #open = new Map<string, Growing>()

  /** `onFailure` hears of a file that failed, and whether no other would escape that. */
  constructor(
    folder: string,
    manifest: Manifest,
    maxOpen: number,
    onFailure: (name: string, error: unknown, isLast: boolean) => void,
  ) {
    this.#folder = folder
    this.#manifest = manifest
    this.#maxOpen = maxOpen
    this.#onFailure = onFailure
  }

  /** Says that a file may be created; it takes effect with `flush()`. */
  announce(name: string): void {
    if (!this.#givenUp && !this.#files.has(name)) this.#manifest.announce(name)
  }

  flush(): void {
    if (this.#givenUp) return
    try {
      this.#manifest.flush()
    } catch (error) {
      // a file that is not in the list may not be created
      this.#givenUp = true
      this.#onFailure(MANIFEST, (error as PldError).cause, true)
    }
  }

  /** Adds bytes at the end of a file that was announced. */
  append(name: string, bytes: Uint8Array, time: number): void {
    if (this.#givenUp) return
    const file = this.#files.get(name) ?? { path: name, fd: undefined, size: 0, time, failed: false }
    this.#files.set(name, file)
    if (file.failed) return
    try {
      const fd = this.#descriptor(name, file)
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
      file.size += bytes.length
    } catch (error) {
      this.#fail(name, file, error)
    }
  }

  /** Closes a file that grows no more. */
  finish(name: string): void {
    const file = this.#files.get(name)
    if (file === undefined) return
    this.#close(name, file)
    this.#files.delete(name)
    if (!file.failed) this.#manifest.finished(file.path, file.size, file.time)
  }

  /** Closes all of them, and the manifest. */
  close(): void {
    for (const name of [...this.#files.keys()]) this.finish(name)
    this.flush()
    this.#manifest.close()
  }

  #descriptor(name: string, file: Growing): number {
    this.#open.delete(name)
    this.#limit(this.#maxOpen - 1)
    for (let counter = 1; file.fd === undefined; ) {
      try {
        file.fd = this.#openFile(file)
      } catch (error) {
        if (codeOf(error) === 'EEXIST') this.#rename(file, name, counter++)
        else if (!outOfDescriptors(error) || this.#open.size === 0) throw error
        else {
          this.#maxOpen = Math.max(1, this.#open.size >> 1)
          this.#limit(this.#maxOpen - 1)
        }
      }
    }
    this.#open.set(name, file)
    return file.fd
  }

  #openFile({ path, size }: Growing): number {
    const how = O_WRONLY | O_APPEND | O_NOFOLLOW | (size === 0 ? O_CREAT | O_EXCL : 0)
    return openSync(join(this.#folder, path), how, 0o600)
  }

  #rename(file: Growing, name: string, counter: number): void {
    file.path = name.replace(/(?=\.[^.]*$)|$/, `c${counter}`)
    this.#manifest.announce(file.path)
    this.#manifest.flush()
  }

  #limit(count: number): void {
    for (const [name, file] of this.#open) {
      if (this.#open.size <= count) return
      this.#close(name, file)
    }
  }

  #close(name: string, file: Growing): void {
    if (file.fd === undefined) return
    const { fd, time } = file
    this.#open.delete(name)
    file.fd = undefined
    try {
      try {
        futimesSync(fd, time, time)
      } finally {
        closeSync(fd)
      }
    } catch (error) {
      this.#fail(name, file, error)
    }
  }

  #fail(name: string, file: Growing, error: unknown): void {
    // only what the system says is a matter of one file; a list of files that failed comes as ERR_WRITE
    const cause = error instanceof PldError ? error.cause : error
    if ((cause as NodeJS.ErrnoException | undefined)?.errno === undefined) throw error
    if (file.failed) return
    file.failed = true
    this.#close(name, file)
    if (this.#givenUp) return
    this.#givenUp = isHopeless(cause, this.#folder)
    this.#onFailure(file.path, cause, this.#givenUp)
  }
}
