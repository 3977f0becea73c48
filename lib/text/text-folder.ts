import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { PldError } from '../errors.ts'
import { makeFolder } from '../make-folder.ts'
import { causeOf } from '../system-errors.ts'
import { filesIn } from './headers-text.ts'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY, W_OK, X_OK } = constants

/**
 * The text files of one prefix. A run's `PREFIX_headers.txt` names the files that belong to it; a later run replaces
 * those, and refuses to write over any other.
 */
export class TextFolder {
  readonly #folder: string
  readonly #base: string

  constructor(prefix: string) {
    const path = resolve(prefix)
    this.#folder = dirname(path)
    this.#base = basename(path)
  }

  /** The name of a file, `mail_flows.txt` for `flows.txt`. */
  name(suffix: string): string {
    return `${this.#base}_${suffix}`
  }

  path(suffix: string): string {
    return join(this.#folder, this.name(suffix))
  }

  /**
   * Throws ERR_FOLDER if the folder cannot be written to, or a file is there and not ours that has one of these suffixes
   * or one like `further`. Changes nothing.
   */
  check(suffixes: readonly string[], further?: RegExp): void {
    this.#requireWritable()
    const ours = new Set(this.#earlier())
    const more = further === undefined ? [] : this.#suffixesLike(further)
    for (const suffix of [...suffixes, ...more]) {
      const name = this.name(suffix)
      if (!ours.has(name) && this.#lstat(name) !== undefined)
        throw this.#refusal(suffix, 'is there already, and not from an earlier run')
    }
  }

  /** Makes the folder, and takes the files of an earlier run away, unless `check()` refuses it. Throws ERR_FOLDER. */
  open(suffixes: readonly string[], further?: RegExp): void {
    this.check(suffixes, further)
    const files = this.#earlier()
    try {
      makeFolder(this.#folder)
      for (const name of files) if (this.#lstat(name) !== undefined) unlinkSync(join(this.#folder, name))
    } catch (error) {
      throw this.#unusable(error)
    }
  }

  /** A new file; never one that exists, never through a link. Throws ERR_FOLDER. */
  create(suffix: string): number {
    try {
      return openSync(this.path(suffix), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    } catch (error) {
      throw new PldError('ERR_FOLDER', causeOf(error), { file: this.path(suffix) }, error)
    }
  }

  /** Names of the files of an earlier run, its headers last. */
  #earlier(): string[] {
    const headers = this.name('headers.txt')
    const stats = this.#lstat(headers)
    if (stats === undefined) return []
    const files = stats.isFile() ? filesIn(this.#read('headers.txt')) : undefined
    if (files === undefined)
      throw this.#refusal('headers.txt', 'is there already, and not from an earlier run')
    // whoever made it, it cannot have files deleted that no run has under this prefix
    const ours = files.filter(name => name.startsWith(`${this.#base}_`) && basename(name) === name)
    for (const name of ours) {
      if (this.#lstat(name)?.isFile() === false)
        throw this.#refusal(name.slice(this.#base.length + 1), 'is no longer a plain file')
    }
    return [...ours.filter(name => name !== headers), headers]
  }

  #suffixesLike(pattern: RegExp): string[] {
    const names = existsSync(this.#folder) ? readdirSync(this.#folder) : []
    const start = this.name('')
    return names
      .filter(name => name.startsWith(start))
      .map(name => name.slice(start.length))
      .filter(suffix => pattern.test(suffix))
  }

  #read(suffix: string): string {
    try {
      const fd = openSync(this.path(suffix), O_RDONLY | O_NOFOLLOW)
      try {
        return readFileSync(fd, 'utf8')
      } finally {
        closeSync(fd)
      }
    } catch (error) {
      throw new PldError('ERR_FOLDER', causeOf(error), { file: this.path(suffix) }, error)
    }
  }

  #lstat(name: string) {
    try {
      return lstatSync(join(this.#folder, name), { throwIfNoEntry: false })
    } catch (error) {
      throw this.#unusable(error)
    }
  }

  /** The folder, or the one in which it will be made, has to be one that may be written to. */
  #requireWritable(): void {
    for (let folder = this.#folder; ; folder = dirname(folder)) {
      try {
        if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) continue
        if (!statSync(folder).isDirectory()) throw new Error('not a directory')
        accessSync(folder, W_OK | X_OK)
        return
      } catch (error) {
        throw this.#unusable(error)
      }
    }
  }

  #unusable(error: unknown): PldError {
    const message = `cannot be used as output folder: ${causeOf(error)}`
    return new PldError('ERR_FOLDER', message, { file: this.#folder }, error)
  }

  #refusal(suffix: string, why: string): PldError {
    return new PldError('ERR_FOLDER', `${why}; move it away, or write somewhere else`, {
      file: this.path(suffix),
    })
  }
}
