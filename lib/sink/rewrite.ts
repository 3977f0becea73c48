import { closeSync, futimesSync, renameSync, unlinkSync } from 'node:fs'
import type { FileAccess } from './file-access.ts'
import { type FileTable, hasTime } from './file-table.ts'

/**
 * Puts a new file in the place of a slot's, whose descriptor has to be closed. `write` is given descriptors for reading,
 * one for each of `sources`, and the new file's; what it throws leaves everything as it was.
 */
export function rewrite(
  access: FileAccess,
  { time }: FileTable,
  slot: number,
  sources: readonly number[],
  write: (from: readonly number[], to: number) => void,
): void {
  access.reserve(sources.length + 1)
  const from: number[] = []
  let whole: { fd: number; name: string } | undefined
  try {
    for (const source of sources) from.push(access.openToRead(source))
    whole = access.createBeside(access.names.hidden(access.nameOf(slot), 'whole'))
    try {
      write(from, whole.fd)
      if (hasTime(time[slot]!)) futimesSync(whole.fd, time[slot]!, time[slot]!)
    } finally {
      closeSync(whole.fd)
    }
    renameSync(access.path(whole.name), access.path(access.nameOf(slot)))
  } catch (error) {
    if (whole !== undefined) quietly(() => unlinkSync(access.path(whole!.name)))
    throw error
  } finally {
    for (const fd of from) quietly(() => closeSync(fd))
  }
}

/** Does what may fail because what it is done to has failed already, or the run has. */
export function quietly(action: () => void): void {
  try {
    action()
  } catch {
    // see above
  }
}
