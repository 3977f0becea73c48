import { readSync } from 'node:fs'
import { constants } from 'node:os'
import type { Gap } from '../records.ts'
import { FileOutput } from './file-output.ts'
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
  const out = new FileOutput(to, OUTPUT)
  // stretches that touch are read in one piece
  let runFrom = 0
  let runTo = 0
  const read = (): void => {
    while (runFrom < runTo) {
      if (out.held === OUTPUT) out.flush()
      const room = Math.min(OUTPUT - out.held, runTo - runFrom)
      const count = readSync(from, out.bytes, out.held, room, runFrom)
      if (count === 0) throw cutFile()
      out.held += count
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
      out.text(text, text.length)
    },
  })
  read()
  return out.flush()
}

/** The file is shorter than what was written to it: somebody else has cut it. */
function cutFile(): Error {
  const message = 'the file was cut while it was written'
  return Object.assign(new Error(message), { code: 'EIO', errno: -constants.errno.EIO })
}
