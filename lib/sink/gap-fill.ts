import { readSync } from 'node:fs'
import { constants } from 'node:os'
import type { Gap } from '../records.ts'
import { writeFully } from './head-file.ts'
import { type GapMode, layOut } from './layout.ts'
import type { Resolved } from './stretch-log.ts'

/** What is known of a stream as its file is finished; offsets are in terms of chunks. */
export interface Stream {
  start: number
  end: number
  stretches: Resolved
  /** By offset. */
  gaps: readonly Gap[]
}

/** Bytes that are put together for one write. */
const OUTPUT = 1 << 18

/** Whether the file, which has a hole for each gap, has to be written anew to show its gaps otherwise. */
export function needsFilling(mode: GapMode, { start, end, stretches, gaps }: Stream): boolean {
  let needs = false
  layOut(mode, start, end, stretches.cursor(), gaps, {
    bytes: (_, from, __, fileAt) => {
      if (fileAt !== from - start) needs = true
    },
    text: () => {
      needs = true
    },
  })
  return needs
}

/** Writes a stream from the file that has holes into an empty one; gives its length. Throws what the system says. */
export function fillGaps(mode: GapMode, stream: Stream, from: number, to: number): number {
  const { start, end, stretches, gaps } = stream
  const out = Buffer.allocUnsafeSlow(OUTPUT)
  let held = 0
  let written = 0
  const flush = (): void => {
    writeFully(to, out, 0, held, written)
    written += held
    held = 0
  }
  // stretches that touch are read in one piece
  let runFrom = 0
  let runTo = 0
  const read = (): void => {
    while (runFrom < runTo) {
      if (held === OUTPUT) flush()
      const count = readSync(from, out, held, Math.min(OUTPUT - held, runTo - runFrom), runFrom)
      if (count === 0) throw cutFile()
      held += count
      runFrom += count
    }
  }
  layOut(mode, start, end, stretches.cursor(), gaps, {
    bytes: (_, first, last) => {
      if (first - start !== runTo) {
        read()
        runFrom = first - start
      }
      runTo = last - start
    },
    text: text => {
      read()
      if (held + text.length > OUTPUT) flush()
      held += out.write(text, held, 'latin1')
    },
  })
  read()
  flush()
  return written
}

/** The file is shorter than what was written to it: somebody else has cut it. */
function cutFile(): Error {
  const message = 'the file was cut while it was written'
  return Object.assign(new Error(message), { code: 'EIO', errno: -constants.errno.EIO })
}
