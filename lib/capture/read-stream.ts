import type { Batch } from '../batch.ts'
import { byteSource } from './byte-source.ts'
import type { CaptureRun } from './capture-run.ts'
import { ChunkCutter } from './chunk-cutter.ts'
import { Decompressor } from './decompress.ts'
import { followFile } from './follow-file.ts'
import { cannotGoOn, type Operand, READ_FAILED, readError } from './operand.ts'

/**
 * Reads what cannot be read in slabs: pipes, devices, compressed files and files that grow. `stop` ends the input, and what has come
 * in is worked off. Errors: ERR_OPEN, ERR_READ, ERR_FORMAT, ERR_COMPRESSION.
 */
export async function* readStream(
  { path, size, mtime, isClosed }: Operand,
  run: CaptureRun,
  { recycle = false, maxRatio }: { recycle?: boolean; maxRatio?: number },
  stop: AbortSignal,
): AsyncGenerator<Batch, void, void> {
  const bytes = new Decompressor(path, maxRatio === undefined ? {} : { maxRatio })
  const facts = {
    file: path,
    size,
    mtime,
    get compression() {
      return bytes.compression
    },
  }
  const cutter = new ChunkCutter(run, facts, recycle)
  const before = run.fileBytes
  const source = isClosed === undefined ? byteSource(path) : followFile(path, isClosed, stop)
  const end = (): void => {
    source.unpipe(bytes)
    source.destroy()
    bytes.end()
  }
  let fault: { code: string; message: string } | undefined
  source.once('error', (error: NodeJS.ErrnoException) => {
    if (error.syscall === 'open' || bytes.bytesRead === 0) {
      bytes.destroy(readError(path, error))
      return
    }
    // what was read before is worked off, as if the input had been cut here
    fault = { code: READ_FAILED, message: cannotGoOn(error) }
    bytes.end()
  })
  stop.addEventListener('abort', end, { once: true })
  source.pipe(bytes)
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      run.fileBytes = before + bytes.bytesRead
      yield* cutter.take(chunk)
      if (cutter.ended) break
    }
    run.fileBytes = before + bytes.bytesRead
    yield* cutter.end(fault ?? bytes.fault, stop.aborted)
  } finally {
    stop.removeEventListener('abort', end)
    source.destroy()
    bytes.destroy()
  }
}
