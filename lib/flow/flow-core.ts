import { Batch } from '../batch.ts'
import { FlowTagColumns } from '../columns.ts'
import { PldError } from '../errors.ts'
import type { StageCore } from '../stage.ts'
import { FlowCounters } from './flow-counters.ts'
import { mergeSide, takeEnded } from './flow-output.ts'
import { LiveFlows } from './live-flows.ts'
import { PacketTagger } from './packet-tagger.ts'

/** How conversations live and what is told of them; every member can be left out. */
export interface FlowTaggerOptions {
  /** How long both directions have to be silent until their flows end (s, to the nanosecond); 0: for ever. */
  timeout?: number
  /** false: only flows come out, their packets are taken out. */
  packets?: boolean
  /** false: saves the time to fill the columns for `pktIAT` and `pktTrip`. */
  packetTimes?: boolean
  /** Seed of the table's hash, random by default; results do not depend on it. */
  seed?: number
  /** Most conversations alive at a time, 0: no limit; above it, the least recently used one ends. */
  maxFlows?: number
}

/** As in Tranalyzer (s). */
const DEFAULT_TIMEOUT = 182
/** Most conversations whose flows go into one batch, two rows each. */
const MAX_CONVERSATIONS = 2048

/** The flow stage without its stream: packets in, packets with their flow out, and each flow as it ends. */
export class FlowCore implements StageCore<Batch> {
  readonly #counters = new FlowCounters()
  readonly #live: LiveFlows
  readonly #tagger: PacketTagger
  readonly #packets: boolean
  #latest = Batch.create({})

  constructor(options: FlowTaggerOptions = {}) {
    const { timeout = DEFAULT_TIMEOUT, packets = true, packetTimes = true, maxFlows = 0 } = options
    if (!(timeout >= 0)) throw new PldError('ERR_USAGE', `timeout: not a number of seconds: ${timeout}`)
    if (!Number.isSafeInteger(maxFlows) || maxFlows < 0)
      throw new PldError('ERR_USAGE', `maxFlows: not a number of conversations: ${maxFlows}`)
    this.#counters.maxFlows = 2 * maxFlows
    const seed = options.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!
    this.#live = new LiveFlows(timeout, maxFlows, seed, this.#counters)
    this.#tagger = new PacketTagger(this.#live, packetTimes, MAX_CONVERSATIONS)
    this.#packets = packets
  }

  *take(batch: Batch): Iterable<Batch> {
    if (batch.captures.length > 0) this.#latest = batch
    const { rows, frames, packets, keep, captureNo } = batch
    if (rows === 0) {
      yield batch
      return
    }
    if (packets === undefined || batch.flows !== undefined) {
      const what = packets === undefined ? 'were not decoded' : 'have their flows already'
      throw new PldError('ERR_USAGE', `these packets ${what}`, { pktNo: frames.pktNo[0]! })
    }
    const tags = batch.newColumns(FlowTagColumns)
    const { ended } = this.#live
    this.#live.firstHeaders.rows = batch.headers
    let sideFrom = 0
    for (let from = 0; from < rows; ) {
      const to = this.#tagger.tag(frames, packets, tags, keep, captureNo, from, rows)
      // nobody is to take what used columns hold for the flow of rows that come in the next part
      if (to < rows) tags.flowInd.fill(0, to, rows)
      do {
        let sideTo = batch.side.length
        if (to < rows) for (sideTo = sideFrom; batch.sideAt[sideTo]! <= to; ) sideTo++
        const part = this.#part(batch, tags, from, to, sideFrom, sideTo)
        if (to < rows || ended.length > 0) batch.retain()
        yield part
        sideFrom = sideTo
        from = to
      } while (ended.length > 0)
    }
  }

  *end(): Iterable<Batch> {
    const live = this.#live
    const { captures, captureNo } = this.#latest
    const rest = live.rest()
    for (let from = 0; from < rest.length; from += MAX_CONVERSATIONS) {
      for (const id of rest.subarray(from, from + MAX_CONVERSATIONS)) live.endAtEnd(id)
      const { flows, flowHeaders, at } = takeEnded(live, this.#counters, MAX_CONVERSATIONS, true)
      yield Batch.create({ captures, captureNo, flows, flowHeaders, side: [...at.keys()], sideAt: at })
    }
    yield Batch.create({ captures, captureNo, side: [this.#counters.summary()], sideAt: [0] })
  }

  /** The rows from `from` up to `to` as a batch of their own, with the flows that ended by then. */
  #part(
    batch: Batch,
    tags: FlowTagColumns,
    from: number,
    to: number,
    sideFrom: number,
    sideTo: number,
  ): Batch {
    const { rows } = batch
    let { keep } = batch
    if (!this.#packets) keep = new Uint8Array(rows)
    else if (from > 0 || to < rows) {
      keep = new Uint8Array(rows).fill(1, from, to)
      if (batch.keep !== undefined) for (let row = from; row < to; row++) keep[row] = batch.keep[row]!
    }
    const isWhole = sideFrom === 0 && sideTo === batch.side.length
    if (isWhole && this.#live.ended.length === 0) return batch.derive({ tags, keep })
    const ended = takeEnded(this.#live, this.#counters, MAX_CONVERSATIONS)
    const { flows, flowHeaders } = ended
    return batch.derive({ tags, keep, flows, flowHeaders, ...mergeSide(batch, sideFrom, sideTo, ended) })
  }
}
