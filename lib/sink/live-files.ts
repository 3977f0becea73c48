import { closeSync, ftruncateSync, futimesSync, renameSync, unlinkSync } from 'node:fs'
import { PldError } from '../errors.ts'
import { FileAccess, type Target } from './file-access.ts'
import type { FileNames } from './file-names.ts'
import { FILE_FAILED, FILE_HEAD, FileTable, hasTime } from './file-table.ts'
import { joinHead, writeFully, writeHead, writeParts } from './head-file.ts'
import { causeOf, isHopeless } from './write-errors.ts'

/** A file that takes no more bytes. */
export interface Failure {
  flowInd: number
  dir: number
  name: string
  cause: string
}

/** The key of the file for what lies in front of the file with this key. */
const headKey = (key: number): number => -1 - key

/**
 * The files of the flow directions that live: created at their first bytes, written at positions, closed when their
 * flow ends. All calls are synchronous, the fastest way to many small files. An error at one file is put into
 * `failures`; one that no further file would escape throws ERR_WRITE.
 */
export class LiveFiles {
  readonly table = new FileTable()
  readonly access: FileAccess
  /** What failed since somebody emptied this, and how many files in all. */
  readonly failures: Failure[] = []
  failed = 0
  /** Bytes written. */
  bytes = 0

  constructor(target: Target, names: FileNames, maxOpen: number) {
    this.access = new FileAccess(target, names, this.table, maxOpen, (slot, error) => this.#fail(slot, error))
  }

  /** Writes bytes to their place in the file of a slot. Those below the file's base wait for its end. */
  write(slot: number, parts: readonly Uint8Array[], length: number, offset: number): void {
    const { table } = this
    if ((table.state[slot]! & FILE_FAILED) !== 0) return
    try {
      const base = table.base[slot]!
      if (offset >= base) writeParts(this.access.open(slot), parts, offset - base)
      else {
        let at = offset
        for (const part of parts) {
          this.#writeAround(slot, part, at)
          at += part.length
        }
      }
      if (offset + length > table.end[slot]!) table.end[slot] = offset + length
      this.bytes += length
    } catch (error) {
      this.#fail(slot, error)
    }
  }

  /** Completes a file, with a hole at its end where it is shorter than `length` bytes, and closes it. */
  finish(slot: number, length: number): void {
    const { state } = this.table
    if ((state[slot]! & FILE_FAILED) === 0) {
      try {
        if ((state[slot]! & FILE_HEAD) !== 0) this.#join(slot)
        this.#complete(slot, length)
      } catch (error) {
        this.#fail(slot, error)
      }
    }
    if ((state[slot]! & FILE_HEAD) !== 0) this.#dropHead(slot)
  }

  /** Closes all descriptors, and the manifest with what is known by now. Never throws. */
  close(): void {
    const { manifest } = this.access.target
    quietly(() => this.access.limit(0))
    quietly(() => manifest.flush())
    quietly(() => manifest.close())
  }

  #complete(slot: number, length: number): void {
    const { base, end, time, place } = this.table
    const { access } = this
    const written = end[slot]! - base[slot]!
    const size = Math.max(written, length)
    const name = access.nameOf(slot)
    // a file that is closed got its time then
    if (place[slot] !== 0 || size !== written) {
      const fd = access.open(slot)
      if (size > written) ftruncateSync(fd, size)
      access.close(slot)
    }
    access.target.manifest.finished(name, size, hasTime(time[slot]!) ? time[slot]! : undefined)
  }

  /** Writes bytes of which some, or all, lie below the file's base. */
  #writeAround(slot: number, bytes: Uint8Array, offset: number): void {
    const base = this.table.base[slot]!
    const front = Math.max(0, Math.min(bytes.length, base - offset))
    if (front > 0) this.#writeInFront(slot, bytes, 0, front, offset)
    if (front === bytes.length) return
    writeFully(this.access.open(slot), bytes, front, bytes.length - front, offset + front - base)
  }

  #writeInFront(slot: number, bytes: Uint8Array, at: number, length: number, offset: number): void {
    const { table, access } = this
    const key = headKey(table.key[slot]!)
    let head = table.find(key)
    if (head < 0) {
      head = table.add(key)
      table.names[head] = this.#announceHidden(slot, 'head')
      table.base[head] = offset
      table.state[slot]! |= FILE_HEAD
    }
    if (offset < table.base[head]!) table.base[head] = offset
    writeHead(access.open(head), bytes, at, length, table.base[slot]! - offset)
  }

  /** Rewrites a file with its head in front. */
  #join(slot: number): void {
    const { table, access } = this
    const head = table.find(headKey(table.key[slot]!))
    const low = table.base[head]!
    const base = table.base[slot]!
    // a body of nothing has no file yet; and a descriptor kept open would be that of a file which is no more
    access.open(slot)
    access.close(slot)
    access.reserve(3)
    const sources = [access.openToRead(head)]
    let whole: { fd: number; name: string } | undefined
    try {
      sources.push(access.openToRead(slot))
      whole = access.create(this.#announceHidden(slot, 'whole'))
      try {
        joinHead(sources[0]!, base - low, sources[1]!, table.end[slot]! - base, whole.fd)
        const seconds = table.time[slot]!
        if (hasTime(seconds)) futimesSync(whole.fd, seconds, seconds)
      } finally {
        closeSync(whole.fd)
      }
      renameSync(access.path(whole.name), access.path(access.nameOf(slot)))
    } catch (error) {
      if (whole !== undefined) quietly(() => unlinkSync(access.path(whole!.name)))
      throw error
    } finally {
      for (const fd of sources) quietly(() => closeSync(fd))
    }
    table.base[slot] = low
  }

  #dropHead(slot: number): void {
    const { table, access } = this
    const head = table.find(headKey(table.key[slot]!))
    quietly(() => access.close(head))
    quietly(() => unlinkSync(access.path(access.nameOf(head))))
    table.remove(head)
  }

  #announceHidden(slot: number, what: string): string {
    const { target, names } = this.access
    const name = names.hidden(this.access.nameOf(slot), what)
    target.manifest.announce(name)
    target.manifest.flush()
    return name
  }

  #fail(slot: number, error: unknown): void {
    const { table, access } = this
    // only what the system says is a matter of one file
    if ((error as NodeJS.ErrnoException).errno === undefined) throw error
    const key = table.key[slot]! < 0 ? headKey(table.key[slot]!) : table.key[slot]!
    const owner = table.find(key)
    if ((table.state[owner]! & FILE_FAILED) !== 0) return
    table.state[owner]! |= FILE_FAILED
    quietly(() => access.close(owner))
    const failure = {
      flowInd: Math.floor(key / 2),
      dir: key % 2,
      name: access.nameOf(owner),
      cause: causeOf(error),
    }
    this.failures.push(failure)
    this.failed++
    if (!isHopeless(error, access.target.folder)) return
    const flow = `flow ${failure.flowInd} ${failure.dir === 1 ? 'B' : 'A'}`
    throw new PldError('ERR_WRITE', `${failure.cause} (${flow})`, { file: access.path(failure.name) }, error)
  }
}

function quietly(action: () => void): void {
  try {
    action()
  } catch {
    // what is being closed has failed already, or the run has
  }
}
