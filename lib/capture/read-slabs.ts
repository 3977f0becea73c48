import { closeSync, fstatSync } from 'node:fs'
import type { Batch } from '../batch.ts'
import type { CaptureRun } from './capture-run.ts'
import { FrameCutter } from './frame-cutter.ts'
import { openInput, readAt } from './operand.ts'
import type { SlabSource } from './slab-source.ts'

/**
 * Reads a regular file straight into slabs, batch by batch as they are asked for. A record that a slab cuts is moved to
 * the beginning of the next one. `stopped` is asked before each read. Errors: ERR_OPEN, ERR_READ, ERR_FORMAT.
 */
export function* readSlabs(
  path: string,
  run: CaptureRun,
  slabs: SlabSource,
  slabBytes: number,
  stopped: () => boolean,
): Generator<Batch, void, void> {
  const fd = openInput(path)
  try {
    let { size, mtimeMs } = fstatSync(fd)
    const cutter = new FrameCutter(run, { file: path, size, mtime: Math.trunc(mtimeMs) })
    let position = 0
    let left: Buffer = Buffer.alloc(0)
    let last: Batch | undefined
    while (!cutter.ended && !stopped()) {
      // the file may have grown since
      if (position >= size) size = fstatSync(fd).size
      if (position >= size) break
      const most = Math.max(slabBytes, cutter.need)
      const window = slabs.take(Math.min(most, left.length + size - position), position - left.length)
      left.copy(window.slab)
      const room = Math.min(window.slab.length, most) - left.length
      const got = readAt(path, fd, window.slab, left.length, room, position)
      const filled = left.length + got
      last?.release()
      last = window
      position += got
      run.fileBytes += got
      yield* cutter.cut(window, filled)
      left = window.slab.subarray(cutter.rest, filled)
      if (got === 0) break
    }
    yield* cutter.finish(left, stopped())
    last?.release()
  } finally {
    closeSync(fd)
  }
}
