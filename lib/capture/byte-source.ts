import { constants, createReadStream, fstatSync, statSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { isStandardInput, openInput } from './operand.ts'

const CHUNK = 256 * 1024

/** The bytes of a pipe, a device, standard input or a file, as they come. Error: ERR_OPEN. */
export function byteSource(path: string): Readable {
  if (isStandardInput(path)) {
    // Node's own stdin takes small chunks from files
    if (!fstatSync(0).isFile()) return process.stdin
    return createReadStream('', { fd: 0, autoClose: false, highWaterMark: CHUNK })
  }
  if (process.platform === 'linux' && statSync(path, { throwIfNoEntry: false })?.isFIFO()) {
    // Opened in the usual way, a pipe that nobody writes to keeps the process from ending. Linux tells of no end of
    // input before there was a writer; other systems do, so they keep the usual way.
    const fd = openInput(path, constants.O_RDONLY | constants.O_NONBLOCK)
    return new Socket({ fd, readable: true, writable: false })
  }
  return createReadStream(path, { highWaterMark: CHUNK })
}
