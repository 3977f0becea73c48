import { FlowRows } from './flow-rows.ts'
import type { IpLabels } from './ip-labels.ts'
import { TextStream } from './text-stream.ts'

export interface TextOptions {
  /** Where IP addresses belong. */
  labels?: IpLabels
}

/** Writes the flows of batches as a flow file, each as it ends: the last stage of a street. */
export class FlowText extends TextStream {
  constructor(options: TextOptions = {}) {
    super(new FlowRows(options.labels))
  }
}
