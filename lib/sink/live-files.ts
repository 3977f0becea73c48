import { constants, existsSync, unlinkSync } from 'node:fs'
import { PldError } from '../errors.ts'
import { directionOf } from '../records.ts'
import { causeOf } from '../system-errors.ts'
import { FileAccess, type Target } from './file-access.ts'
import type { FileNames } from './file-names.ts'
import { FILE_FAILED, FILE_HEAD, FILE_SPARSE, FileTable, headKey } from './file-table.ts'
import { FileFinisher, type StreamFacts } from './finish-file.ts'
import type { Stream } from './gap-fill.ts'
import { writeFully, writeHead, writeParts } from './head-file.ts'
import type { GapMode } from './layout.ts'
import { MANIFEST } from './manifest.ts'
import { quietly } from './rewrite.ts'
import { HOLE, SparseFiles } from './sparse-files.ts'
import { StreamKeys } from './stream-keys.ts'
import { StretchLog } from './stretch-log.ts'
import { isHopeless } from './write-errors.ts'

/** A file that takes no more bytes; or the manifest, and then no flow is named. */
export interface Failure {
  flowInd?: number
  dir?: number
  name: string
  cause: string
  /** No further file will be written. */
  isLast?: boolean
}

/**
 * The files of the flow directions that live: created at their first bytes, written at positions, closed when their
 * flow ends. All calls are synchronous, the fastest way to many small files. An error at one file is put into
 * `failures`. After one that no further file would escape, nothing more is written: what is whole by then stays, and
 * all other files count as failed.
 */
export class LiveFiles {
  readonly table = new FileTable()
  /** Keys of the files of SCTP streams. */
  readonly streams = new StreamKeys()
  readonly access: FileAccess
  /** What was written where, if that is needed in the end. */
  readonly log: StretchLog | undefined
  readonly gap: GapMode
  readonly index: boolean
  /** What failed since somebody emptied this, and how many files in all. */
  readonly failures: Failure[] = []
  failed = 0
  /** Why nothing is written any more: ERR_WRITE. */
  givenUp: PldError | undefined
  /** Bytes written; and those that were not, because their file had failed or failed with them. */
  bytes = 0
  failedBytes = 0
  readonly #finisher: FileFinisher
  readonly #sparse = new SparseFiles()

  /** `gap`: how files show what was not captured; `index`: whether each gets an index. */
  constructor(target: Target, names: FileNames, maxOpen: number, gap: GapMode = 'zero', index = false) {
    this.access = new FileAccess(target, names, this.table, maxOpen, (slot, error) => this.#fail(slot, error))
    this.#finisher = new FileFinisher(this.access, this.table, gap, this.#sparse)
    this.gap = gap
    this.index = index
    if (index || gap !== 'zero') this.log = new StretchLog(() => this.#openStore())
  }

  /** Writes bytes to their place in the file of a slot. Those below the file's base wait for its end. */
  write(slot: number, bytes: Uint8Array, at: number, length: number, offset: number): void {
    if (!this.#takesMore(slot)) {
      this.failedBytes += length
      return
    }
    try {
      const base = this.table.base[slot]!
      if (offset >= base) writeFully(this.access.open(slot), bytes, at, length, offset - base)
      else this.#writeAround(slot, bytes, at, length, offset)
      this.#wrote(slot, length, offset)
    } catch (error) {
      this.failedBytes += length
      this.#fail(slot, error)
    }
  }

  /** The same for bytes that lie in several places and follow each other. */
  writeParts(slot: number, parts: readonly Uint8Array[], length: number, offset: number): void {
    const base = this.table.base[slot]!
    if (offset < base) {
      let at = offset
      for (const part of parts) {
        this.write(slot, part, 0, part.length, at)
        at += part.length
      }
      return
    }
    if (!this.#takesMore(slot)) {
      this.failedBytes += length
      return
    }
    try {
      writeParts(this.access.open(slot), parts, offset - base)
      this.#wrote(slot, length, offset)
    } catch (error) {
      this.failedBytes += length
      this.#fail(slot, error)
    }
  }

  /**
   * Completes a file, by default with a hole at its end where it is shorter than its stream, and closes it. Gives the
   * name of its index, if it has one.
   */
  finish(slot: number, facts: StreamFacts): string | undefined {
    const { state } = this.table
    const stretches = this.log?.take(slot)
    try {
      if ((state[slot]! & FILE_FAILED) !== 0) return undefined
      const stream = this.#finisher.finish(slot, facts, stretches)
      if (this.givenUp !== undefined && !existsSync(this.access.path(this.access.nameOf(slot))))
        this.leaveOut(slot)
      return this.index && stream !== undefined ? this.#writeIndex(slot, stream) : undefined
    } catch (error) {
      this.#fail(slot, error)
      return undefined
    } finally {
      stretches?.free()
      if ((state[slot]! & FILE_HEAD) !== 0) this.#dropHead(slot)
      if ((state[slot]! & FILE_SPARSE) !== 0) this.#sparse.forget(slot)
    }
  }

  /** Puts the names of new files into the manifest. Where that fails, no file may be created any more. */
  flushNames(): void {
    try {
      this.access.target.manifest.flush()
    } catch (error) {
      this.#giveUp(error as PldError)
      this.failures.push({ name: MANIFEST, cause: this.givenUp!.message, isLast: true })
    }
  }

  /** Counts a file as failed without trying. */
  leaveOut(slot: number): void {
    if ((this.table.state[slot]! & FILE_FAILED) !== 0) return
    this.table.state[slot]! |= FILE_FAILED
    this.failed++
    quietly(() => this.access.close(slot))
  }

  /** Closes all descriptors, and the manifest with what is known by now. Never throws. */
  close(): void {
    const { manifest } = this.access.target
    quietly(() => this.access.limit(0))
    quietly(() => this.log?.close())
    quietly(() => manifest.flush())
    quietly(() => manifest.close())
  }

  #takesMore(slot: number): boolean {
    if (this.givenUp !== undefined) this.leaveOut(slot)
    return (this.table.state[slot]! & FILE_FAILED) === 0
  }

  #wrote(slot: number, length: number, offset: number): void {
    const { base, end, state } = this.table
    if ((state[slot]! & FILE_SPARSE) !== 0) this.#sparse.add(slot, offset, offset + length)
    else if (offset - end[slot]! >= HOLE || offset < base[slot]!) {
      this.#sparse.begin(slot, base[slot]!, end[slot]!)
      this.#sparse.add(slot, offset, offset + length)
      state[slot]! |= FILE_SPARSE
    }
    if (offset + length > end[slot]!) end[slot] = offset + length
    this.bytes += length
  }

  /** Writes bytes of which some, or all, lie below the file's base. */
  #writeAround(slot: number, bytes: Uint8Array, at: number, length: number, offset: number): void {
    const base = this.table.base[slot]!
    const front = Math.max(0, Math.min(length, base - offset))
    if (front > 0) this.#writeInFront(slot, bytes, at, front, offset)
    if (front === length) return
    writeFully(this.access.open(slot), bytes, at + front, length - front, offset + front - base)
  }

  #writeInFront(slot: number, bytes: Uint8Array, at: number, length: number, offset: number): void {
    const { table, access } = this
    const key = headKey(table.key[slot]!)
    let head = table.find(key)
    if (head < 0) {
      head = table.add(key)
      table.names[head] = this.#announceHead(slot)
      table.base[head] = offset
      table.state[slot]! |= FILE_HEAD
    }
    if (offset < table.base[head]!) table.base[head] = offset
    writeHead(access.open(head), bytes, at, length, table.base[slot]! - offset)
  }

  /** What fails here leaves the payload file as it is. */
  #writeIndex(slot: number, stream: Stream): string | undefined {
    const { access } = this
    let name = access.names.index(access.nameOf(slot))
    try {
      access.reserve(1)
      const file = access.createBeside(name)
      name = file.name
      this.#finisher.writeIndex(slot, stream, file)
      return name
    } catch (error) {
      this.#tell(slot, systemError(error), name)
      return undefined
    }
  }

  /** The file for what is known of all files and finds no room in memory; it has no name any more once it is open. */
  #openStore(): number {
    const { access } = this
    access.reserve(1)
    const { fd, name } = access.createBeside(`.pldpipe-stretches${access.names.suffix}`, constants.O_RDWR)
    unlinkSync(access.path(name))
    return fd
  }

  #dropHead(slot: number): void {
    const { table, access } = this
    const head = table.find(headKey(table.key[slot]!))
    quietly(() => access.close(head))
    quietly(() => unlinkSync(access.path(access.nameOf(head))))
    table.remove(head)
  }

  #announceHead(slot: number): string {
    const { target, names } = this.access
    const name = names.hidden(this.access.nameOf(slot), 'head')
    target.manifest.announce(name)
    target.manifest.flush()
    return name
  }

  /** A file takes no more. */
  #fail(slot: number, error: unknown): void {
    const { table, access } = this
    const cause = systemError(error)
    const owner = table.key[slot]! < 0 ? table.find(headKey(table.key[slot]!)) : slot
    if ((table.state[owner]! & FILE_FAILED) !== 0) return
    table.state[owner]! |= FILE_FAILED
    quietly(() => access.close(owner))
    this.#tell(owner, cause, access.nameOf(owner))
  }

  /** Notes what failed at a flow's file; gives up if it would fail at all. */
  #tell(slot: number, error: unknown, name: string): void {
    this.failed++
    // the flows of all others are told by their records
    if (this.givenUp !== undefined) return
    const key = this.streams.flowKey(this.table.key[slot]!)
    const failure: Failure = { flowInd: Math.floor(key / 2), dir: key % 2, name, cause: causeOf(error) }
    this.failures.push(failure)
    if (!isHopeless(error, this.access.target.folder)) return
    failure.isLast = true
    const flow = `flow ${failure.flowInd} ${directionOf(key % 2)}`
    const place = { file: this.access.path(name) }
    this.#giveUp(new PldError('ERR_WRITE', `${failure.cause} (${flow})`, place, error))
  }

  #giveUp(error: PldError): void {
    this.givenUp ??= error
  }
}

/** What the system said; only that is a matter of one file, and all else is thrown. */
function systemError(error: unknown): unknown {
  // a manifest that could not be written before a file was created
  const cause = error instanceof PldError && error.code === 'ERR_WRITE' ? error.cause : error
  if ((cause as NodeJS.ErrnoException | undefined)?.errno === undefined) throw error
  return cause
}
