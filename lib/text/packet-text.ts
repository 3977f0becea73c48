import type { TextOptions } from './flow-text.ts'
import { PacketRows } from './packet-rows.ts'
import { TextStream } from './text-stream.ts'

/** Writes the packets of batches as a packet file: the last stage of a street. Fails with ERR_NOT_TAGGED without flows. */
export class PacketText extends TextStream {
  constructor(options: TextOptions = {}) {
    super(new PacketRows(options.labels))
  }
}
