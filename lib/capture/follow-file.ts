import { constants, lstatSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

const CHUNK = 256 * 1024
/** How long to wait before looking again whether there is more (ms). */
const POLL_MS = 250

/**
 * The bytes of a file that somebody may still write to, or that is yet to come. At its end it waits for more, until
 * `isClosed` says that no more will come; then what has come meanwhile is read, and it ends. `stop` ends it at once.
 */
export function followFile(path: string, isClosed: () => boolean, stop: AbortSignal): Readable {
  return Readable.from(chunks(path, isClosed, stop), { objectMode: false, highWaterMark: CHUNK })
}

async function* chunks(path: string, isClosed: () => boolean, stop: AbortSignal): AsyncGenerator<Buffer> {
  while (lstatSync(path, { throwIfNoEntry: false }) === undefined) {
    if (isClosed() || !(await waited(stop))) return
  }
  const file = await open(path, constants.O_RDONLY)
  try {
    for (;;) {
      // asked before the last look, so that nothing written in between is missed
      const closed = isClosed()
      for (;;) {
        const { buffer, bytesRead } = await readOn(file)
        if (bytesRead === 0) break
        yield buffer.subarray(0, bytesRead)
      }
      if (closed || !(await waited(stop))) return
    }
  } finally {
    await file.close()
  }
}

function readOn(file: FileHandle): Promise<{ buffer: Buffer; bytesRead: number }> {
  return file.read(Buffer.allocUnsafeSlow(CHUNK), 0, CHUNK, null)
}

/** Waits for a moment; false if there is no more waiting. */
async function waited(stop: AbortSignal): Promise<boolean> {
  if (stop.aborted) return false
  // a live pipe shows packets soon after they were written, which is as often as anybody looks
  await sleep(POLL_MS, undefined, { signal: stop }).catch(() => {})
  return !stop.aborted
}
