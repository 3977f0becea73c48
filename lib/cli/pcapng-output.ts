import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { PldError } from '../errors.ts'
import { PcapngWriter } from '../pcapng-writer.ts'
import type { FrameRecord } from '../records.ts'
import type { FrameOutput } from '../select/select-frames.ts'
import { causeOf } from '../system-errors.ts'
import { parseTime } from '../time-text.ts'
import { standardOutput } from './standard-output.ts'

export interface PcapngOutput extends FrameOutput {
  /** Adds a frame that came as a record. Throws ERR_NDJSON for one that lacks what a frame has. */
  frame(record: FrameRecord): void
  /** Writes what is left; a capture without frames is one as well. */
  end(): Promise<void>
}

/** A pcapng file, or standard output where none is named. Throws ERR_USAGE if that is a terminal. */
export function pcapngOutput(file: string | undefined): PcapngOutput {
  if (file === undefined && process.stdout.isTTY) {
    throw new PldError('ERR_USAGE', 'standard output is a terminal; name a file with -w, or pipe it on')
  }
  const writer = new PcapngWriter()
  let out: Writable | undefined
  const flush = async (): Promise<void> => {
    // nothing is created before there is something to write
    out ??= file === undefined ? standardOutput() : await fileStream(file)
    await written(() => out!.write(writer.take()) || once(out!, 'drain'))
  }
  /** Awaits an action on the output; throws ERR_WRITE with the file's name. */
  const written = async (action: () => unknown): Promise<void> => {
    try {
      if (out!.errored) throw out!.errored
      await action()
    } catch (error) {
      if (file === undefined) throw error
      throw new PldError('ERR_WRITE', causeOf(error), { file }, error)
    }
  }
  return {
    addRow: (frames, row, slab) => writer.addRow(frames, row, slab),
    flush: async () => {
      if (writer.length > 0) await flush()
    },
    frame({ time, linkType, capLen, wireLen, payload }) {
      const when = typeof time === 'string' ? parseTime(time) : undefined
      const bytes = Buffer.from(typeof payload === 'string' ? payload : '', 'base64')
      const fits = isUint(linkType, 0xffff) && isUint(wireLen, 0xffff_ffff) && bytes.length === capLen
      if (when === undefined || !fits) {
        throw new PldError('ERR_NDJSON', 'a frame without its time, its link type or its bytes')
      }
      const digits = time.length - time.indexOf('.') - 1 > 6 ? 9 : 6
      writer.add({ linkType, sec: when[0], nsec: when[1], digits, capLen, wireLen }, bytes, 0)
    },
    async end() {
      await flush()
      if (file !== undefined) {
        out!.end()
        // not `finish`: some systems tell only on closing that a file could not be written
        await written(() => once(out!, 'close'))
      }
    },
  }
}

const isUint = (value: unknown, max: number): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max

async function fileStream(file: string): Promise<Writable> {
  const stream = createWriteStream(file, { mode: 0o600 })
  try {
    await once(stream, 'open')
  } catch (error) {
    throw new PldError('ERR_WRITE', (error as Error).message, { file }, error)
  }
  // it may come when nobody waits; the next one who writes is told
  stream.on('error', () => {})
  return stream
}
