import { close, createReadStream, fstatSync, open, statSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { isStandardInput, openError } from './operand.ts'

const CHUNK = 256 * 1024

/**
 * The bytes of a pipe, a device, standard input or a file, as they come. A pipe is waited for until somebody opens it
 * for writing, or until `signal` is aborted. Error: ERR_OPEN.
 */
export async function byteSource(path: string, signal: AbortSignal): Promise<Readable> {
  if (isStandardInput(path)) {
    // Node's own stdin takes small chunks from files
    if (!fstatSync(0).isFile()) return process.stdin
    return createReadStream('', { fd: 0, autoClose: false, highWaterMark: CHUNK })
  }
  // a read from a pipe that waits in fs would keep the process from ending; a socket can be closed at any time
  if (statSync(path).isFIFO())
    return new Socket({ fd: await openPipe(path, signal), readable: true, writable: false })
  return createReadStream(path, { highWaterMark: CHUNK })
}

function openPipe(path: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    open(path, 'r', (error, fd) => {
      signal.removeEventListener('abort', giveUp)
      if (error !== null) reject(openError(path, error))
      else if (signal.aborted) close(fd)
      else resolve(fd)
    })
  })
}
