import type { Batch } from '../batch.ts'
import { Stage } from '../stage.ts'
import { type FollowOptions, FollowStage } from './follow-stage.ts'

/**
 * Takes the batches of a `PayloadChunker`, or chunk records, and gives transcripts of conversations as text: what both
 * sides said, put together and in order, each conversation as it ends.
 */
export class Follower extends Stage<Batch, Buffer> {
  readonly #core: FollowStage

  constructor(options: FollowOptions = {}) {
    const core = new FollowStage(options)
    super(core)
    this.#core = core
  }

  /** Of the flows that were asked for, those of which nothing was written; `exists`: they have no payload. */
  missing(): { flowInd: number; exists: boolean }[] {
    return this.#core.missing()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#core.close()
    done(error)
  }
}
