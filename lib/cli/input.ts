import { createReadStream, fstatSync, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { type OpenCaptureOptions, openCapture } from '../capture/open-capture.ts'
import { PldError } from '../errors.ts'
import { NdjsonReader, type NdjsonReaderOptions } from '../ndjson/ndjson-reader.ts'
import { OnceLines } from '../ndjson/once-lines.ts'
import { causeOf } from '../system-errors.ts'
import { ratioOf } from './bound-options.ts'
import type { CaptureInput } from './captures.ts'
import type { Messages } from './messages.ts'
import type { Countable } from './progress.ts'
import type { BinContext } from './run.ts'

/** How long records may still come in after a signal, so that what the bins before us finish is not lost (ms). */
const GRACE_MS = 1000
const WHY_NOT = 'cannot be opened: no such file or no right to read it'

/** The captures of a command line as one run. */
export function captureInput(
  { signals, options: given }: BinContext,
  { captures, skipBad, follow }: CaptureInput,
  options: OpenCaptureOptions,
): ReturnType<typeof openCapture> {
  const source = openCapture(captures, { recycle: true, skipBad, follow, ...ratioOf(given), ...options })
  signals.onSignal(() => source.stop())
  return source
}

/**
 * The records that a bin's operands name, `-` or none for standard input, one file behind the other. After a signal
 * the input goes on for a moment: the bins before this one got the signal as well, and what they finish is still to come.
 */
export function recordInput(
  { operands, signals, options: { once, 'max-line': maxLine }, messages }: BinContext,
  options: NdjsonReaderOptions,
): NdjsonReader & Countable {
  const files = operands.length === 0 ? ['-'] : operands
  const reader = new NdjsonReader({
    recycle: true,
    file: files[0]!,
    ...(maxLine === undefined ? {} : { maxLineBytes: maxLine as number }),
    ...options,
  })
  const lines = once === true ? onceLines(reader, messages, maxLine as number | undefined) : reader
  let current: Readable | undefined
  let bytes = 0
  const next = (): void => {
    const file = files.shift()
    if (file === undefined) {
      lines.end()
      return
    }
    if (isFolder(file)) {
      reader.destroy(new PldError('ERR_OPEN', 'is a directory', { file }))
      return
    }
    const input = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1 << 18 })
    current = input
    input.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    input.once('error', (error: NodeJS.ErrnoException) => {
      const failure = openError(file, error)
      if (failure.code === 'ERR_OPEN') {
        reader.destroy(failure)
        return
      }
      // what came before is worked off, as if the input ended here
      messages.error(failure)
      files.length = 0
      lines.end()
    })
    // a file may lack its last line end; one line end too many is a blank line, which counts for nothing
    input.once('end', () => {
      if (files.length > 0) lines.write('\n')
      next()
    })
    input.pipe(lines, { end: false })
  }
  const stop = (): void => {
    files.length = 0
    current?.unpipe(lines)
    current?.destroy()
    lines.end()
  }
  signals.onSignal(() => setTimeout(stop, GRACE_MS).unref())
  reader.once('close', () => current?.destroy())
  next()
  return Object.defineProperty(reader, 'bytesRead', { get: () => bytes }) as NdjsonReader & Countable
}

/** Stands in front of a reader and takes out what came before; says in the end how much that was. */
function onceLines(reader: NdjsonReader, messages: Messages, maxLine: number | undefined): OnceLines {
  const lines = new OnceLines(undefined, maxLine)
  lines.once('end', () => {
    if (lines.repeated > 0) messages.say(`${lines.repeated} lines came again and were left out`)
  })
  lines.pipe(reader)
  return lines
}

/** Node takes a directory on standard input for an empty one. */
function isFolder(file: string): boolean {
  const stats = file === '-' ? fstatSync(0) : statSync(file, { throwIfNoEntry: false })
  return stats?.isDirectory() === true
}

function openError(file: string, error: NodeJS.ErrnoException): PldError {
  const code = error.syscall === 'open' ? 'ERR_OPEN' : 'ERR_READ'
  const why = error.syscall === 'open' ? WHY_NOT : `cannot be read any further: ${causeOf(error)}`
  return new PldError(code, why, { file }, error)
}

export { GRACE_MS, isFolder, openError }
