import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { Batch } from '../batch.ts'
import { watchRecords } from '../compose/watch-records.ts'
import { PldError } from '../errors.ts'
import type { CaptureRecord } from '../records.ts'
import type { Stage } from '../stage.ts'
import { causeOf } from '../system-errors.ts'

/** References come in the order of the file, so one read serves many of them. */
const WINDOW = 1 << 20

/** A capture file that payloads are fetched from, with the piece of it that was read last. */
interface OpenFile {
  fd: number
  window: Buffer
  /** Position in the file of the window's first byte, and how many bytes it holds. */
  at: number
  length: number
}

/** Fetches payloads that were given as places in a capture file, and sees to it that the file is still the same. */
export class References {
  readonly #files = new Map<string, OpenFile>()

  /**
   * Copies `length` bytes at `offset` of the capture to `target`. Returns how many there were. Throws ERR_REFERENCE
   * where the file is gone or has changed since it was read.
   */
  readonly resolve = (
    capture: CaptureRecord,
    offset: number,
    length: number,
    target: Buffer,
    at: number,
  ): number => {
    let file = this.#files.get(capture.captureId)
    if (file === undefined) {
      file = { fd: open(capture), window: Buffer.allocUnsafe(WINDOW), at: 0, length: 0 }
      this.#files.set(capture.captureId, file)
    }
    if (length > WINDOW) return read(capture, file.fd, target, at, length, offset)
    if (offset < file.at || offset + length > file.at + file.length) {
      file.length = read(capture, file.fd, file.window, 0, WINDOW, offset)
      file.at = offset
    }
    const from = offset - file.at
    return file.window.copy(target, at, from, Math.min(from + length, file.length))
  }

  close(): void {
    for (const { fd } of this.#files.values()) closeSync(fd)
    this.#files.clear()
  }
}

function read(
  { file }: CaptureRecord,
  ...[fd, target, at, length, position]: [number, Buffer, number, number, number]
): number {
  try {
    return readSync(fd, target, at, length, position)
  } catch (error) {
    throw new PldError('ERR_READ', `payloads refer to this capture: ${causeOf(error)}`, { file }, error)
  }
}

function open(capture: CaptureRecord): number {
  const place = { file: capture.file }
  if (capture.size === undefined) {
    throw new PldError('ERR_REFERENCE', 'payloads refer to a capture of which nothing is known', place)
  }
  let fd: number
  try {
    fd = openSync(capture.file, 'r')
  } catch (error) {
    throw new PldError(
      'ERR_REFERENCE',
      'payloads refer to this capture, and it cannot be opened',
      place,
      error,
    )
  }
  const { size, mtimeMs } = fstatSync(fd)
  if (size === capture.size && Math.trunc(mtimeMs) === capture.mtime) return fd
  closeSync(fd)
  throw new PldError(
    'ERR_REFERENCE',
    'payloads refer to this capture, and it has changed since it was read',
    place,
  )
}

/** Ends the run where payloads could not be found again: in a pipe, or in a file that had to be decompressed. */
export function requirePlainFiles(): Stage<Batch> {
  return watchRecords(record => {
    if (record.type !== 'capture' || (record.size !== undefined && record.compression === undefined)) return
    const what = record.compression ?? 'not a plain file'
    throw new PldError('ERR_USAGE', `--payload ref needs an uncompressed capture file; this is ${what}`, {
      file: record.file,
    })
  })
}
