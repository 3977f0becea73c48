import { Writable } from 'node:stream'
import type { Batch } from '../batch.ts'
import type { FrameFacts } from '../pcapng-writer.ts'
import type { FrameSelection } from './frame-selection.ts'

/** Where selected frames go. */
export interface FrameOutput {
  add(frame: FrameFacts, slab: Uint8Array, off: number): void
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
        const facts = {
          linkType: frames.linkType[row]!,
          sec: frames.sec[row]!,
          nsec: frames.nsec[row]!,
          digits: frames.digits[row]!,
          capLen: frames.capLen[row]!,
          wireLen: frames.wireLen[row]!,
        }
        output.add(facts, slab, frames.off[row]!)
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
