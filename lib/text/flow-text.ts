import type { IpLabels } from '../labels/ip-labels.ts'
import { FlowRows } from './flow-rows.ts'
import { flowColumns } from './header-file-columns.ts'
import { TextStream } from './text-stream.ts'

export interface TextOptions {
  /** What is known of IP addresses; by default of special networks only. */
  labels?: IpLabels
  /** Link and tunnel headers that get columns, names of `HEADER_NAMES`; what they say has to be in the batches. */
  headers?: readonly string[]
}

/** Writes the flows of batches as a flow file, each as it ends: the last stage of a street. */
export class FlowText extends TextStream {
  constructor(options: TextOptions = {}) {
    super(new FlowRows(options.labels, flowColumns(options.headers)))
  }
}
