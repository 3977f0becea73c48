import { type Batch, FlowLine, RawLine } from '../batch.ts'
import type { PldRecord, SummaryRecord } from '../records.ts'
import { Stage } from '../stage.ts'
import type { Term } from './balances.ts'
import { FlowSums, numberOr0 } from './flow-sums.ts'

/** The numbers that have to add up: the counters of each stage, sums over flow and gap records. */
export class Ledger {
  readonly flows = new FlowSums()
  readonly #gaps = { records: 0, bytes: 0 }
  readonly #stages = new Map<SummaryRecord['stage'], Map<string, number>>()
  /** Stages that ran in this process, between which nobody can have filtered. */
  readonly #local = new Set<SummaryRecord['stage']>()

  /** Takes what stands between the rows of a batch. */
  see(batch: Batch): void {
    for (const item of batch.side) {
      if (typeof item === 'number' || item instanceof FlowLine) this.flows.take(batch, item)
      else if (!(item instanceof RawLine)) this.take(item, true)
      else {
        const { buffer, byteOffset, length } = item.bytes
        this.take(JSON.parse(Buffer.from(buffer, byteOffset, length).toString()), false)
      }
    }
  }

  /** Takes a record; `local`: a stage of this process made it. Counters of a stage that ran several times add up. */
  take(record: PldRecord, local = false): void {
    if (record.type === 'flow') this.flows.record(record)
    else if (record.type === 'gap') {
      this.#gaps.records++
      this.#gaps.bytes += numberOr0(record.length)
    } else if (record.type === 'summary') this.#summary(record, local)
  }

  #summary(record: SummaryRecord, local: boolean): void {
    const { stage } = record
    const before = this.#stages.get(stage)
    const counters = before ?? new Map<string, number>()
    this.#stages.set(stage, counters)
    for (const [name, value] of Object.entries(record)) {
      if (typeof value === 'number') counters.set(name, (counters.get(name) ?? 0) + value)
    }
    if (!local) this.#local.delete(stage)
    else if (before === undefined) this.#local.add(stage)
  }

  has(stage: string): boolean {
    return stage === 'flows' || stage === 'gaps' || this.#stages.has(stage as SummaryRecord['stage'])
  }

  /** Whether nobody outside this process can have touched what the term counts: flows and gaps go by their stages. */
  isLocal(term: Term): boolean {
    const stage = stageOf(term)
    const maker = stage === 'flows' ? 'flow' : stage === 'gaps' ? 'payload' : stage
    return this.#local.has(maker as SummaryRecord['stage'])
  }

  /** The number that a term names; undefined where no record tells it. */
  value(term: Term): number | undefined {
    const stage = stageOf(term)
    const name = term.slice(stage.length + 1)
    if (stage === 'flows') return this.flows[name as keyof FlowSums] as number | undefined
    if (stage === 'gaps') return this.#gaps[name as 'records' | 'bytes']
    return this.#stages.get(stage as SummaryRecord['stage'])?.get(name)
  }
}

/** The part of a term in front of its dot. */
export function stageOf(term: Term): string {
  return term.slice(0, term.indexOf('.'))
}

/** Enters into the ledger what goes by, and passes it on unchanged. */
export function keepLedger(ledger: Ledger): Stage<Batch> {
  return new Stage<Batch>({
    *take(batch) {
      ledger.see(batch)
      yield batch
    },
  })
}
