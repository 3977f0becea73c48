import { totalmem } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { PldRecord } from '../records.ts'
import { endReport, type ReportStyle } from '../text/end-report.ts'
import { type ReportFacts, ReportGatherer } from '../text/report-facts.ts'
import { remarks } from '../text/report-remarks.ts'
import type { Option } from './options.ts'
import { version } from './version.ts'

export const REPORT_OPTIONS: readonly Option[] = [
  {
    name: 'report',
    kind: 'choice',
    choices: ['text', 'json', 'none'],
    help: 'the end report as text, or as one JSON object',
    default: 'text',
  },
]

const STYLES: Record<'plain' | 'color', ReportStyle> = {
  plain: { plugin: same, warning: same, info: same },
  color: {
    plugin: text => `\x1b[1m${text}\x1b[0m`,
    warning: text => text.replace(/^\S+/, '\x1b[33m$&\x1b[0m'),
    info: text => text.replace(/^\S+/, '\x1b[34m$&\x1b[0m'),
  },
}

/** Gathers the end report of a run as its records go by, and tells the run's times. */
export class EndReport {
  readonly #gatherer = new ReportGatherer()
  readonly #start = performance.now()
  #read: number | undefined

  take(record: PldRecord): void {
    if (record.type === 'summary') this.#read ??= performance.now()
    this.#gatherer.take(record)
  }

  facts(): ReportFacts {
    const now = performance.now()
    return this.#gatherer.facts({
      version: version(),
      pid: process.pid,
      elapsed: ((this.#read ?? now) - this.#start) / 1000,
      unloaded: (now - this.#start) / 1000,
      memory: process.resourceUsage().maxRSS * 1024,
      machineMemory: totalmem(),
    })
  }

  /** What is to be printed, by the option `report`. */
  text(kind: string, color: boolean): string {
    if (kind === 'none') return ''
    const facts = this.facts()
    if (kind === 'text') return endReport(facts, STYLES[color ? 'color' : 'plain'])
    return `${JSON.stringify({ ...facts, remarks: remarks(BigInt(facts.aggFlowStat ?? 0)) })}\n`
  }
}

function same(text: string): string {
  return text
}
