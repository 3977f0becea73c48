import { lstatSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from './system-errors.ts'

/** As mkdirSync() with `recursive`, which does not come back where a parent is a link that leads nowhere. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, 0o700)
  } catch (error) {
    const parent = dirname(path)
    if (
      codeOf(error) === 'ENOENT' &&
      parent !== path &&
      lstatSync(parent, { throwIfNoEntry: false }) === undefined
    ) {
      makeFolder(parent)
      mkdirSync(path, 0o700)
    } else if (codeOf(error) !== 'EEXIST' || !statSync(path).isDirectory()) throw error
  }
}
