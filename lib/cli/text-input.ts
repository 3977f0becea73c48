import { once } from 'node:events'
import { closeSync, createReadStream, openSync, readSync } from 'node:fs'
import { Readable } from 'node:stream'
import { PldError } from '../errors.ts'
import { causeOf } from '../system-errors.ts'

export type TextKind = 'records' | 'text' | 'empty'

const LINE_FEED = 0x0a

/**
 * Whether files hold records or text in columns: lines of records are objects, so the first character that is no space
 * tells. Nothing of standard input is lost by looking. Throws ERR_OPEN, and ERR_USAGE where files are of both kinds.
 */
export async function kindOf(files: readonly string[], stdin: Readable = process.stdin): Promise<TextKind> {
  const kinds = new Set<TextKind>()
  for (const file of files) kinds.add(kind(file === '-' ? await startOf(stdin) : startOfFile(file)))
  if (kinds.size > 1) kinds.delete('empty')
  if (kinds.size > 1)
    throw new PldError('ERR_USAGE', 'some of these files hold records, others text; give one or the other')
  return [...kinds][0]!
}

/** The text of files, one behind the other, each ended by a line end. */
export function textInput(files: readonly string[], stdin: Readable = process.stdin): Readable {
  return Readable.from(chunks(files, stdin), { objectMode: false })
}

async function* chunks(files: readonly string[], stdin: Readable): AsyncGenerator<Buffer> {
  for (const file of files) {
    let last = LINE_FEED
    const input = file === '-' ? stdin : createReadStream(file, { highWaterMark: 1 << 18 })
    for await (const chunk of input as AsyncIterable<Buffer>) {
      last = chunk.at(-1) ?? last
      yield chunk
    }
    if (last !== LINE_FEED) yield Buffer.of(LINE_FEED)
  }
}

function kind(start: Buffer): TextKind {
  const text = start.toString().replace('\ufeff', '').trimStart()
  if (text === '') return 'empty'
  return text.startsWith('{') ? 'records' : 'text'
}

async function startOf(stream: Readable): Promise<Buffer> {
  await once(stream, 'readable')
  const bytes = (stream.read() ?? Buffer.alloc(0)) as Buffer
  if (bytes.length > 0) stream.unshift(bytes)
  return bytes
}

function startOfFile(file: string): Buffer {
  const bytes = Buffer.alloc(256)
  try {
    const fd = openSync(file, 'r')
    try {
      return bytes.subarray(0, readSync(fd, bytes))
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    throw new PldError('ERR_OPEN', `cannot be opened: ${causeOf(error)}`, { file }, error)
  }
}
