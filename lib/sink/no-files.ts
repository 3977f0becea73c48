import { Batch } from '../batch.ts'
import type { CaptureRecord, SummaryRecord } from '../records.ts'
import type { StageCore } from '../stage.ts'

/** The sink of a run that is to write nothing: counts the bytes that it would have written. */
export class NoFiles implements StageCore<Batch> {
  readonly failedFiles = 0
  readonly givenUp = undefined
  readonly #folder: string
  #bytes = 0
  #captures: readonly CaptureRecord[] = []
  #captureNo = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  take(batch: Batch): Batch[] {
    const { chunks, keep } = batch
    this.#captures = batch.captures
    this.#captureNo = batch.captureNo
    for (let chunk = 0; chunk < (chunks?.count ?? 0); chunk++) {
      if (keep === undefined || keep[chunks!.row[chunk]!] !== 0) this.#bytes += chunks!.len[chunk]!
    }
    return [batch]
  }

  end(): Batch[] {
    const counters = {
      files: 0,
      bytes: this.#bytes,
      failedBytes: 0,
      failedFiles: 0,
      maxOpen: 0,
      folder: this.#folder,
    }
    const side: SummaryRecord[] = [{ type: 'summary', stage: 'sink', ...counters }]
    return [Batch.create({ captures: this.#captures, captureNo: this.#captureNo, side, sideAt: [0] })]
  }

  close(): void {}
}
