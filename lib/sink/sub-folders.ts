import { lstatSync, mkdirSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { codeOf } from '../system-errors.ts'

/** The folders that these files lie in, each with those around it. */
export function foldersOf(names: Iterable<string>): Set<string> {
  const folders = new Set<string>()
  for (const name of names) {
    for (
      let at = name.lastIndexOf('/');
      at > 0 && !folders.has(name.slice(0, at));
      at = name.lastIndexOf('/', at - 1)
    )
      folders.add(name.slice(0, at))
  }
  return folders
}

/** Makes the folders that names with slashes lie in, below one folder and never through a link. */
export class SubFolders {
  readonly #folder: string
  /** Those that are there. */
  readonly #known = new Set<string>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Throws what the system says, and ENOTDIR for a link. */
  make(name: string): void {
    const end = name.lastIndexOf('/')
    if (end < 0 || this.#known.has(name.slice(0, end))) return
    for (let at = name.indexOf('/'); at > 0; at = name.indexOf('/', at + 1)) {
      const part = name.slice(0, at)
      if (this.#known.has(part)) continue
      const path = join(this.#folder, part)
      try {
        mkdirSync(path, 0o700)
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error
        if (!lstatSync(path).isDirectory()) throw notFolder(path)
      }
      this.#known.add(part)
    }
  }
}

function notFolder(path: string): Error {
  const error = new Error(`ENOTDIR: not a directory, mkdir '${path}'`)
  return Object.assign(error, { code: 'ENOTDIR', errno: -constants.errno.ENOTDIR, syscall: 'mkdir', path })
}
