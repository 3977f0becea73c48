import { closeSync, constants, futimesSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { PldError } from '../errors.ts'
import type { Manifest } from './manifest.ts'
import { causeOf, codeOf, outOfDescriptors } from './write-errors.ts'

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants

interface Growing {
  /** What it is called on disk: a name that is taken gets a counter. */
  path: string
  fd: number | undefined
  size: number
  /** The time that it gets when it is closed, in seconds. */
  time: number
}

/**
 * Files of a folder that only grow, any number of them, of which so many are open at a time. What goes wrong at one of
 * them goes wrong for the run: ERR_WRITE.
 */
export class AppendFiles {
  readonly #folder: string
  readonly #manifest: Manifest
  #maxOpen: number
  readonly #files = new Map<string, Growing>()
  /** Those with a descriptor, the one that was not used for the longest time first. */
  readonly #open = new Map<string, Growing>()

  constructor(folder: string, manifest: Manifest, maxOpen: number) {
    this.#folder = folder
    this.#manifest = manifest
    this.#maxOpen = maxOpen
  }

  /** Says that a file may be created; it takes effect with `flush()`. */
  announce(name: string): void {
    if (!this.#files.has(name)) this.#manifest.announce(name)
  }

  flush(): void {
    this.#manifest.flush()
  }

  /** Adds bytes at the end of a file that was announced. */
  append(name: string, bytes: Uint8Array, time: number): void {
    const file = this.#files.get(name) ?? { path: name, fd: undefined, size: 0, time }
    this.#files.set(name, file)
    try {
      const fd = this.#descriptor(name, file)
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
      file.size += bytes.length
    } catch (error) {
      throw new PldError('ERR_WRITE', causeOf(error), { file: join(this.#folder, name) }, error)
    }
  }

  /** Closes a file that grows no more. */
  finish(name: string): void {
    const file = this.#files.get(name)
    if (file === undefined) return
    this.#close(name, file)
    this.#files.delete(name)
    this.#manifest.finished(file.path, file.size, file.time)
  }

  /** Closes all of them, and the manifest. */
  close(): void {
    for (const name of [...this.#files.keys()]) this.finish(name)
    this.#manifest.flush()
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
    this.#open.delete(name)
    try {
      futimesSync(file.fd, file.time, file.time)
    } finally {
      closeSync(file.fd)
      file.fd = undefined
    }
  }
}
