import { closeSync, constants, futimesSync, openSync } from 'node:fs'
import { sep } from 'node:path'
import type { Batch } from '../batch.ts'
import { codeOf } from '../system-errors.ts'
import type { FileNames } from './file-names.ts'
import { FilePool } from './file-pool.ts'
import { FILE_CREATED, FILE_FAILED, type FileTable, hasTime } from './file-table.ts'
import { lstatOf } from './folder.ts'
import type { Manifest } from './manifest.ts'
import { SubFolders } from './sub-folders.ts'
import { outOfDescriptors } from './write-errors.ts'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants

/** The folder that files are written to. */
export interface Target {
  /** Its absolute path. */
  folder: string
  manifest: Manifest
  /** Files of others may be there. */
  shared: boolean
}

/**
 * Names, creates, opens and closes the files of a table, at most so many of them open at once. Files are created for
 * this run alone (never one that exists, never through a link) and opened again without being cut.
 */
export class FileAccess {
  readonly target: Target
  readonly names: FileNames
  /** Files created to hold payload. */
  created = 0
  readonly #table: FileTable
  readonly #pool: FilePool
  readonly #folders: SubFolders
  readonly #closeFailed: (slot: number, error: unknown) => void

  /** `closeFailed` hears of files whose closing failed when their descriptor was needed for others. */
  constructor(
    target: Target,
    names: FileNames,
    table: FileTable,
    maxOpen: number,
    closeFailed: (slot: number, error: unknown) => void,
  ) {
    this.target = target
    this.names = names
    this.#table = table
    this.#pool = new FilePool(maxOpen)
    this.#folders = new SubFolders(target.folder)
    this.#closeFailed = closeFailed
  }

  /** Most descriptors that were open at a time. */
  get peak(): number {
    return this.#pool.peak
  }

  path(name: string): string {
    return `${this.target.folder}${sep}${name}`
  }

  /** The name of a file in the folder. */
  nameOf(slot: number): string {
    const known = this.#table.names[slot]
    if (known !== undefined) return known
    const key = this.#table.key[slot]!
    return this.names.plain(Math.floor(key / 2), key % 2)
  }

  /**
   * Settles a new file's name and puts it into the manifest, which has to be flushed before the file is opened. `stream`
   * is the SCTP stream whose file it is, if it is one's.
   */
  announce(slot: number, batch: Batch, row: number, stream = -1): void {
    if (this.names.scheme !== 0) this.#table.names[slot] = this.names.byEndpoints(batch, row)
    if (stream >= 0) {
      const { flowInd, dir } = batch.tags!
      const flow = this.#table.names[slot] ?? this.names.plain(flowInd[row]!, dir[row]!)
      this.#table.names[slot] = this.names.ofStream(flow, stream)
    }
    const { folder, manifest, shared } = this.target
    let name = this.nameOf(slot)
    if (shared && lstatOf(folder, name) !== undefined) {
      name = this.#free(name)
      this.#table.names[slot] = name
    }
    manifest.announce(name)
  }

  /** The descriptor of a file, which is created or opened again if need be. */
  open(slot: number): number {
    const { place, state, names } = this.#table
    if (place[slot]! > 0) return this.#pool.use(place[slot]!)
    this.reserve(1)
    const name = this.nameOf(slot)
    let fd: number
    if ((state[slot]! & FILE_CREATED) !== 0) fd = this.#descriptor(name, O_WRONLY | O_NOFOLLOW)
    else {
      const file = this.create(name)
      fd = file.fd
      if (file.name !== name) names[slot] = file.name
      state[slot]! |= FILE_CREATED
      if (this.#table.key[slot]! >= 0) this.created++
    }
    place[slot] = this.#pool.add(fd, slot)
    return fd
  }

  /** Creates a file that was announced, under this name or one with a counter, to be written or also read. */
  create(name: string, use: number = O_WRONLY): { fd: number; name: string } {
    this.#folders.make(name)
    for (let unused = name; ; ) {
      try {
        return { fd: this.#descriptor(unused, O_CREAT | O_EXCL | O_NOFOLLOW | use), name: unused }
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error
      }
      unused = this.#free(name)
      this.target.manifest.announce(unused)
      this.target.manifest.flush()
    }
  }

  /** Announces and creates a file beside those that hold payload. */
  createBeside(name: string, use?: number): { fd: number; name: string } {
    const { manifest } = this.target
    manifest.announce(name)
    manifest.flush()
    return this.create(name, use)
  }

  /** A descriptor for reading, to be closed by the caller. */
  openToRead(slot: number): number {
    return this.#descriptor(this.nameOf(slot), O_RDONLY | O_NOFOLLOW)
  }

  /** Closes a file if it is open, and gives it the time of its flow. Throws what the system says. */
  close(slot: number): void {
    const { place, time } = this.#table
    if (place[slot] === 0) return
    const fd = this.#pool.drop(place[slot]!)
    place[slot] = 0
    try {
      if (hasTime(time[slot]!)) futimesSync(fd, time[slot]!, time[slot]!)
    } finally {
      closeSync(fd)
    }
  }

  /** Makes room for so many descriptors beside those that stay open. */
  reserve(count: number): void {
    this.limit(Math.max(0, this.#pool.max - count))
  }

  /** Closes the files that were not used for the longest time until at most so many are open. */
  limit(count: number): void {
    while (this.#pool.count > count) {
      const slot = this.#pool.oldest
      try {
        this.close(slot)
      } catch (error) {
        if ((this.#table.state[slot]! & FILE_FAILED) === 0) this.#closeFailed(slot, error)
      }
    }
  }

  #descriptor(name: string, flags: number): number {
    for (;;) {
      try {
        return openSync(this.path(name), flags, 0o600)
      } catch (error) {
        if (!outOfDescriptors(error) || this.#pool.count === 0) throw error
        this.#pool.max = Math.max(1, this.#pool.count >> 1)
        this.reserve(1)
      }
    }
  }

  /** The name with a counter that no file has; counters are given in order, so doubling and halving finds it soon. */
  #free(name: string): string {
    const isTaken = (counter: number): boolean =>
      lstatOf(this.target.folder, this.names.numbered(name, counter)) !== undefined
    let free = 1
    while (isTaken(free)) free *= 2
    for (let taken = free >> 1; free - taken > 1; ) {
      const middle = (taken + free) >> 1
      if (isTaken(middle)) taken = middle
      else free = middle
    }
    return this.names.numbered(name, free)
  }
}
