import { timeText } from '../time-text.ts'
import { FileOutput } from './file-output.ts'
import type { Stream } from './gap-fill.ts'
import { type GapMode, layOut } from './layout.ts'

/** Bytes that are put together for one write, and more than one line takes. */
const OUTPUT = 1 << 16
const LINE = 256

/**
 * Writes into an empty file from which packet each byte of a payload file came: a line for each stretch, by offset,
 * `{"offset":0,"length":1460,"pktNo":4,"time":"1258544215.037210"}`. `offset` counts from the stream's first byte;
 * `fileOffset` is added where the file has the bytes elsewhere. Gives the length. Throws what the system says.
 */
export function writeIndex(fd: number, mode: GapMode, { start, end, stretches, gaps }: Stream): number {
  const out = new FileOutput(fd, OUTPUT)
  // what came from one packet and lies in one piece is one line
  let from = 0
  let to = 0
  let fileFrom = 0
  let packet = Number.NaN
  let time = ''
  const line = (): void => {
    if (to === from) return
    const offset = from - start
    const moved = fileFrom === offset ? '' : `,"fileOffset":${fileFrom}`
    out.text(`{"offset":${offset},"length":${to - from}${moved},"pktNo":${packet},"time":"${time}"}\n`, LINE)
  }
  layOut(mode, start, end, stretches.cursor(), gaps, {
    bytes: (stretch, first, last, fileAt) => {
      const { pktNo } = stretch
      if (pktNo !== packet || first !== to || fileAt !== fileFrom + to - from) {
        line()
        from = first
        fileFrom = fileAt
        packet = pktNo
        time = timeText(stretch.sec, stretch.nsec, stretch.digits)
      }
      to = last
    },
  })
  line()
  return out.flush()
}
