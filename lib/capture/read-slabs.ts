import { closeSync, fstatSync, read as readCallback, readSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Batch } from '../batch.ts'
import type { CaptureRun } from './capture-run.ts'
import { FrameCutter } from './frame-cutter.ts'
import { cannotGoOn, openInput, READ_FAILED, readError } from './operand.ts'
import type { SlabSource } from './slab-source.ts'

const readAhead = promisify(readCallback)

/** Room in front of what is read, for the record that the slab before cut (bytes). */
const FRONT = 64 * 1024
/** The first read; each one is twice the one before, up to a whole slab, so that stages behind get going at once. */
const FIRST = 1024 * 1024

/** A slab that is being filled from `position` of the file on, behind `front` free bytes. */
interface Reading {
  window: Batch
  front: number
  done: Promise<{ bytesRead: number }>
}

/**
 * Reads a regular file straight into slabs, batch by batch as they are asked for; while one slab is worked off, the
 * next is read by another thread. A record that a slab cuts is moved in front of the next one. `stopped` is asked
 * before each read. A read that fails on the way ends the capture there, which is told in a note. Errors: ERR_OPEN,
 * ERR_READ, ERR_FORMAT.
 */
export async function* readSlabs(
  path: string,
  run: CaptureRun,
  slabs: SlabSource,
  slabBytes: number,
  stopped: () => boolean,
): AsyncGenerator<Batch, void, void> {
  const fd = openInput(path)
  let ahead: Reading | undefined
  try {
    let { size, mtimeMs } = fstatSync(fd)
    const cutter = new FrameCutter(run, { file: path, size, mtime: Math.trunc(mtimeMs) })
    let position = 0
    let left: Buffer = Buffer.alloc(0)
    let last: Batch | undefined
    let room = Math.min(FIRST, slabBytes)

    const begin = (front: number): Reading | undefined => {
      // the file may have grown since
      if (position >= size) size = fstatSync(fd).size
      if (position >= size || stopped()) return undefined
      const length = Math.max(1, Math.min(room - front, size - position))
      room = Math.min(room * 2, slabBytes)
      const window = slabs.take(front + length, position - front)
      const done = readAhead(fd, window.slab, front, Math.min(length, window.slab.length - front), position)
      // what goes wrong is asked for later
      done.catch(() => {})
      return { window, front, done }
    }

    ahead = begin(0)
    while (ahead !== undefined) {
      const { window, front } = ahead
      const { bytesRead } = await ahead.done.catch(error => {
        if (position === 0) throw readError(path, error)
        // what was read before is worked off, as if the file had been cut here
        cutter.fault(READ_FAILED, cannotGoOn(error))
        return { bytesRead: 0 }
      })
      position += bytesRead
      run.fileBytes += bytesRead
      let slab = window.slab.subarray(0, front + bytesRead)
      if (left.length <= front) slab = slab.subarray(front - left.length)
      else {
        // a record longer than the room there is: all that it still needs is read at once
        const more = Math.max(0, Math.min(cutter.need - left.length - bytesRead, size - position))
        const whole = Buffer.from(new ArrayBuffer(left.length + bytesRead + more))
        slab.copy(whole, left.length, front)
        let got = 0
        try {
          got = readSync(fd, whole, left.length + bytesRead, more, position)
        } catch (error) {
          cutter.fault(READ_FAILED, cannotGoOn(error))
        }
        position += got
        run.fileBytes += got
        slab = whole.subarray(0, left.length + bytesRead + got)
      }
      left.copy(slab)
      last?.release()
      last = window
      ahead = bytesRead === 0 || cutter.failed ? undefined : begin(Math.min(FRONT, slabBytes >> 1))
      yield* cutter.cut(window.derive({ slab, fileOffset: position - slab.length }), slab.length)
      if (cutter.ended || stopped()) break
      left = slab.subarray(cutter.rest)
      if (bytesRead > 0 && !cutter.failed) ahead ??= begin(Math.min(FRONT, slabBytes >> 1))
    }
    yield* cutter.finish(left, stopped())
    last?.release()
  } finally {
    await ahead?.done.catch(() => {})
    closeSync(fd)
  }
}
