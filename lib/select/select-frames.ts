import { Writable } from 'node:stream'
import type { Batch } from '../batch.ts'
import type { FrameColumns } from '../columns.ts'
import type { FrameSelection } from './frame-selection.ts'

/** Where selected frames go. */
export interface FrameOutput {
  addRow(frames: FrameColumns, row: number, slab: Uint8Array): void
  /** Hands on what was added; to be called before the slab goes. */
  flush(): Promise<void>
}

/** Gives the frames that are selected to an output, each once, in their order; `seen` gets the captures that went by. */
export function selectFrames(selection: FrameSelection, output: FrameOutput, seen: Set<string>): Writable {
  let lastPktNo = 0
  return new Writable({
    objectMode: true,
    highWaterMark: 1,
    write(batch: Batch, _encoding, done) {
      const { frames, rows, slab, capture } = batch
      if (capture !== undefined && rows > 0) seen.add(capture.captureId)
      for (let row = 0; row < rows; row++) {
        // a frame can hold several packets
        if (!selection.has(batch, row) || frames.pktNo[row] === lastPktNo) continue
        lastPktNo = frames.pktNo[row]!
        output.addRow(frames, row, slab)
      }
      output.flush().then(
        () => {
          batch.release()
          done()
        },
        error => done(error as Error),
      )
    },
  })
}
