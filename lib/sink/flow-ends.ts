import type { SideItem } from '../batch.ts'
import { gapOf } from '../gap-line.ts'
import type { FlowPayload, Gap, StreamPayload } from '../records.ts'
import { FILE_CREATED, FILE_FAILED } from './file-table.ts'
import type { StreamFacts } from './finish-file.ts'
import { payloadOf, startBefore, startOf, withFile } from './flow-file.ts'
import type { LiveFiles } from './live-files.ts'

type Finished = Pick<StreamPayload, 'pldFile' | 'pldIndex'> & { failed: boolean }

/** Finishes the files of flow directions that end, and says in their payload what became of it. */
export class FlowEnds {
  readonly #files: LiveFiles
  readonly #place: string
  readonly #tells: boolean
  /** Gaps of flows whose record has not come, by the flow direction's key. */
  readonly #gaps = new Map<number, Gap[]>()

  /** `place` is what stands in front of a file's name in records; `tells`: whether anybody reads of what was made. */
  constructor(files: LiveFiles, place: string, tells: boolean) {
    this.#files = files
    this.#place = place
    this.#tells = tells
  }

  /** Whether records of gaps are wanted: only they know of those of a flow without a record. */
  get wantsGaps(): boolean {
    return this.#files.gap === 'marker'
  }

  /** Takes a record that stands between the rows; only gaps count. */
  addGap(item: SideItem): void {
    const record = gapOf(item)
    if (record === undefined) return
    const key = record.flowInd * 2 + (record.dir === 'B' ? 1 : 0)
    // of a stream that has no file there is nothing to be shown
    if (this.#files.table.find(key) < 0) return
    const gaps = this.#gaps.get(key)
    if (gaps === undefined) this.#gaps.set(key, [record])
    else gaps.push(record)
  }

  /**
   * Finishes the files of a flow direction, all of whose bytes are written: its own (−1: none), and those of its SCTP
   * streams by their number. `item` is its record, `beside` its payload where that is told beside its row. Returns what
   * its record is to say, or undefined where nobody reads it.
   */
  finish(
    item: SideItem,
    beside: FlowPayload | undefined,
    slot: number,
    streams: ReadonlyMap<number, number> | undefined,
    key: number,
  ): FlowPayload | undefined {
    const { table } = this.#files
    if (this.#gaps.size > 0) this.#gaps.delete(key)
    const low = slot < 0 ? 0 : this.#lowOf(slot)
    let length = slot < 0 ? 0 : this.#lengthOf(slot)
    for (const stream of streams?.values() ?? []) length += this.#lengthOf(table.find(stream))
    const payload = payloadOf(item, beside, low, length, slot < 0 ? 0 : table.low[slot]!)
    let failed = false
    let own: Finished | undefined
    if (slot >= 0) {
      const { pldLen, pldGaps } = payload
      own = this.#finishFile(slot, { start: startOf(payload), pldLen, pldGaps })
      failed = own.failed
    }
    let pldFiles: StreamPayload[] | undefined
    if (streams !== undefined) {
      const made = this.#finishStreams(payload, streams)
      pldFiles = made.files
      failed ||= made.failed
    }
    // that a file failed is told in any case, by its bit in pldStat
    if (!this.#tells && !failed) return undefined
    return withFile(payload, { pldFile: own?.pldFile, pldIndex: own?.pldIndex, pldFiles, failed })
  }

  /** Finishes all files that are left: those of flows whose record never came. */
  finishRest(): void {
    const { table, streams } = this.#files
    for (const slot of table.slots()) {
      const key = table.key[slot]!
      // what is below 0 goes with the file that it belongs to
      if (key < 0) continue
      const pldGaps = streams.stream(key) < 0 ? (this.#gaps.get(key) ?? []) : []
      this.#finishFile(slot, { start: 0, pldLen: 0, pldGaps })
    }
  }

  #lowOf(slot: number): number {
    const { base, low } = this.#files.table
    return Math.min(base[slot]!, low[slot]!)
  }

  /** Bytes from the first that a file has up to its end. */
  #lengthOf(slot: number): number {
    return this.#files.table.end[slot]! - this.#lowOf(slot)
  }

  #finishFile(slot: number, facts: StreamFacts): Finished {
    const { table, access } = this.#files
    const index = this.#files.finish(slot, facts)
    const state = table.state[slot]!
    const finished: Finished = { failed: (state & FILE_FAILED) !== 0 }
    if (this.#tells && (state & FILE_CREATED) !== 0) finished.pldFile = this.#place + access.nameOf(slot)
    if (index !== undefined) finished.pldIndex = this.#place + index
    table.remove(slot)
    return finished
  }

  #finishStreams(
    payload: FlowPayload,
    streams: ReadonlyMap<number, number>,
  ): { files: StreamPayload[]; failed: boolean } {
    const { table } = this.#files
    const told = new Map(payload.pldFiles?.map(streamOf))
    let someFailed = false
    for (const [sctpStream, key] of streams) {
      const slot = table.find(key)
      const length = this.#lengthOf(slot)
      const unknown = { sctpStream, pldLen: length, pldBytes: length, pldGaps: [], pldOverlaps: 0 }
      const facts = told.get(sctpStream) ?? unknown
      const start = startBefore(table.low[slot]!, facts)
      const { failed, ...made } = this.#finishFile(slot, { ...facts, start })
      someFailed ||= failed
      const { pldLen, pldBytes, pldGaps, pldOverlaps } = facts
      told.set(sctpStream, { sctpStream, ...made, pldLen, pldBytes, pldGaps, pldOverlaps })
      this.#files.streams.forget(key)
    }
    const files = [...told.values()].sort((a, b) => a.sctpStream - b.sctpStream)
    return { files, failed: someFailed }
  }
}

function streamOf(stream: StreamPayload): [number, StreamPayload] {
  const { sctpStream, pldLen, pldBytes, pldGaps, pldOverlaps } = stream
  return [sctpStream, { sctpStream, pldLen, pldBytes, pldGaps, pldOverlaps }]
}
