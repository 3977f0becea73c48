import { lstatSync, readdirSync, rmdirSync, type Stats, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { PldError } from '../errors.ts'
import { makeFolder } from '../make-folder.ts'
import { causeOf } from '../system-errors.ts'
import { type Finished, MANIFEST, Manifest, readManifest } from './manifest.ts'
import { foldersOf } from './sub-folders.ts'

/** Most seconds between the time that a file was given and the one it has: some file systems count in twos. */
const TIME_TOLERANCE = 2

/**
 * Makes a folder ready for the files of a run and begins its manifest. With `clean`, the files of an earlier run are
 * deleted; a folder with anything else in it, or with files that were changed since, is refused as it is. Without,
 * everything stays. Throws ERR_FOLDER.
 */
export function openFolder(folder: string, clean: boolean): Manifest {
  try {
    makeFolder(folder)
    if (clean) removeEarlierRun(folder)
    else if (lstatOf(folder, MANIFEST) !== undefined && readManifest(folder) === undefined) {
      throw refusal(folder, `holds a ${MANIFEST} that cannot be read as one; use another folder`)
    }
    const manifest = new Manifest(folder)
    manifest.flush()
    return manifest
  } catch (error) {
    if (error instanceof PldError) throw error
    throw new PldError(
      'ERR_FOLDER',
      `cannot be used as output folder: ${causeOf(error)}`,
      { file: folder },
      error,
    )
  }
}

/** What is in the folder under this name, links not followed. */
export function lstatOf(folder: string, name: string): Stats | undefined {
  return lstatSync(join(folder, name), { throwIfNoEntry: false })
}

function removeEarlierRun(folder: string): void {
  const entries = readdirSync(folder)
  if (entries.length === 0) return
  const files = readManifest(folder)
  const folders = foldersOf(files?.keys() ?? [])
  // all are looked at before the first is deleted
  const ours: string[] = []
  const look = (names: readonly string[], parent: string): void => {
    for (const entry of names) {
      const name = parent + entry
      if (name === MANIFEST) continue
      if (folders.has(name) && lstatOf(folder, name)?.isDirectory() === true) {
        look(readdirSync(join(folder, name)), `${name}/`)
        continue
      }
      const why =
        files === undefined || !files.has(name)
          ? 'is not from an earlier run'
          : change(folder, name, files.get(name))
      if (why !== undefined) {
        throw refusal(
          folder,
          `holds ${JSON.stringify(name)}, which ${why}; use another folder, or keep what is there`,
        )
      }
      ours.push(name)
    }
  }
  look(entries, '')
  if (files === undefined)
    throw refusal(folder, `holds a ${MANIFEST} that cannot be read as one; use another folder`)
  for (const name of ours) unlinkSync(join(folder, name))
  // the deepest first
  for (const name of [...folders].sort().reverse()) {
    if (lstatOf(folder, name)?.isDirectory() === true) rmdirSync(join(folder, name))
  }
  unlinkSync(join(folder, MANIFEST))
}

/** How a file differs from what its run left; undefined: not at all. */
function change(folder: string, name: string, finished: Finished | undefined): string | undefined {
  const stats = lstatOf(folder, name)
  if (stats === undefined) return undefined
  if (!stats.isFile()) return 'is no longer a plain file'
  if (finished === undefined) return undefined
  const { size, time } = finished
  const sameTime = time === undefined || Math.abs(stats.mtimeMs / 1000 - time) <= TIME_TOLERANCE
  return stats.size === size && sameTime ? undefined : 'was changed since an earlier run wrote it'
}

function refusal(folder: string, message: string): PldError {
  return new PldError('ERR_FOLDER', message, { file: folder })
}
