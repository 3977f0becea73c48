import { type CaptureRecord, isCapture, isSummary, type PldRecord, type SummaryRecord } from '../records.ts'
import { durationText, parseTime } from '../time-text.ts'

/** What a process knows of its own run. */
export interface RunFacts {
  version: string
  pid: number
  /** Seconds from the beginning of the run until all was read, and until all flows were written. */
  elapsed: number
  unloaded: number
  /** Most memory that the process had, and that the machine has (bytes). */
  memory: number
  machineMemory: number
}

/** All that the end report says, as numbers; times and durations are decimal seconds, bytes whole captured frames. */
export interface ReportFacts {
  run: RunFacts
  captures: { file: string; linkTypes: number[]; snaplen: number }[]
  firstTime?: string
  lastTime?: string
  duration?: string
  /** Share of the captures' bytes that was read; undefined where their size is not known. */
  completed?: number
  stages: Readonly<Record<SummaryRecord['stage'], Readonly<Record<string, number>>>>
  /** Masks of the flow and the payload stage, OR of all flows. */
  aggFlowStat?: string
  aggPldStat?: string
  /** Where the payload went. */
  folder?: string
}

const STAGES: readonly SummaryRecord['stage'][] = ['capture', 'decode', 'flow', 'payload', 'sink']

/** Gathers what the end report says from the records of a run as they go by; everything but captures and summaries is left alone. */
export class ReportGatherer {
  readonly #captures = new Map<string, CaptureRecord>()
  readonly #summaries = new Map<string, SummaryRecord>()

  take(record: PldRecord): void {
    if (isSummary(record)) this.#summaries.set(record.stage, record)
    else if (isCapture(record)) this.#captures.set(`${record.captureId} ${record.file}`, record)
  }

  /** The stages whose counters came. */
  get stages(): readonly SummaryRecord['stage'][] {
    return STAGES.filter(stage => this.#summaries.has(stage))
  }

  facts(run: RunFacts): ReportFacts {
    const captures = [...this.#captures.values()]
    const { firstTime, lastTime } = (this.#summaries.get('capture') ?? {}) as Record<string, string>
    const counters = Object.fromEntries(STAGES.map(stage => [stage, numbersOf(this.#summaries.get(stage))]))
    const stages = counters as ReportFacts['stages']
    const text = (stage: string, name: string): string | undefined =>
      this.#summaries.get(stage)?.[name] as string | undefined
    return withoutUndefined({
      run,
      captures: captures.map(({ file, linkTypes, snaplen }) => ({ file, linkTypes, snaplen })),
      firstTime,
      lastTime,
      duration: firstTime === undefined ? undefined : between(firstTime, lastTime!),
      completed: completed(captures, stages.capture),
      stages,
      aggFlowStat: text('flow', 'aggFlowStat'),
      aggPldStat: text('payload', 'aggPldStat'),
      folder: text('sink', 'folder'),
    })
  }
}

function numbersOf(summary: SummaryRecord | undefined): Record<string, number> {
  const numbers = Object.entries(summary ?? {}).filter(([, value]) => typeof value === 'number')
  return Object.fromEntries(numbers) as Record<string, number>
}

function completed(captures: readonly CaptureRecord[], counters: Record<string, number>): number | undefined {
  let size = 0
  for (const capture of captures) {
    if (capture.size === undefined) return undefined
    size += capture.size
  }
  return size > 0 ? Math.min(1, (counters.fileBytes ?? 0) / size) : undefined
}

function between(first: string, last: string): string | undefined {
  const digits = first.length - first.indexOf('.') - 1
  const from = parseTime(first)
  const to = parseTime(last)
  return from && to && durationText(...to, ...from, digits)
}

function withoutUndefined<Facts extends object>(
  facts: { [Name in keyof Facts]: Facts[Name] | undefined },
): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Facts
}
