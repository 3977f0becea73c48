import type { Batch } from '../batch.ts'
import { Stage } from '../stage.ts'
import { FlowCore, type FlowTaggerOptions } from './flow-core.ts'

export type { FlowTaggerOptions }

/**
 * Gives every packet its flow, and a flow record for each direction as it ends.
 *
 * Takes batches of decoded packets; gives them with their tags (`Batch.tags`) and, in front of the packet that showed
 * that a flow is over, the flow (a row of `Batch.flows`). What is alive at the end of input follows, and a `summary`.
 * Throws ERR_USAGE for packets that were not decoded.
 */
export class FlowTagger extends Stage<Batch> {
  constructor(options?: FlowTaggerOptions) {
    super(new FlowCore(options))
  }
}
