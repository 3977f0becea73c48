import { statSync } from 'node:fs'
import { join } from 'node:path'
import { CaptureSeries } from '../capture/capture-series.ts'
import { PldError } from '../errors.ts'
import { captureName, capturesOf } from './captures.ts'
import { wantsConsole } from './console-options.ts'
import { dumpInto, reportKind } from './dump-into.ts'
import { labelsFrom } from './label-options.ts'
import { showProgress } from './progress.ts'
import type { EndReport } from './report.ts'
import type { BinContext } from './run.ts'
import { textTarget } from './text-options.ts'

/** What is wrong with one capture or its folder; the others can still be done. */
const OF_ONE_CAPTURE = ['ERR_OPEN', 'ERR_FORMAT', 'ERR_COMPRESSION', 'ERR_READ', 'ERR_FOLDER']

/**
 * What pldump does with `--each`: a run for each capture, one after the other, with results in a folder of its own. A
 * process that is warm does a small capture in a few milliseconds. A capture that fails is told and left out.
 */
export async function dumpEach(context: BinContext): Promise<void> {
  const { options, messages, signals } = context
  const input = capturesOf(context)
  const captures = listed(input.captures, context)
  const labels = await labelsFrom(options)
  const { to } = textTarget(options)
  const names = distinctNames(captures.map(captureName))
  const progress = { bytesRead: 0, bytesTotal: totalSize(captures) }
  const hide = showProgress(progress, options.quiet !== true)
  let stopped = false
  let stop = (): void => {}
  signals.onSignal(() => {
    stopped = true
    stop()
  })
  try {
    for (const [index, file] of captures.entries()) {
      if (stopped) break
      const name = names[index]!
      const folder = to === undefined ? `${name}.pld` : join(to, name)
      const one = { ...input, captures: [file], skipBad: false, name }
      try {
        const report = await dumpInto(folder, one, context, labels, dump => {
          stop = () => dump.stop()
          return () => {
            progress.bytesRead += dump.bytesRead
          }
        })
        if (options.json !== true && options.quiet !== true && options.log !== true)
          process.stdout.write(lineOf(report, file, folder, reportKind(options)))
      } catch (error) {
        if (!(error instanceof PldError) || !OF_ONE_CAPTURE.includes(error.code)) throw error
        messages.leftOut(error, file)
      }
    }
  } finally {
    hide()
  }
}

/** The captures by their names. Throws ERR_USAGE for what has no place beside `--each`. */
function listed(captures: string[] | CaptureSeries, context: BinContext): string[] {
  const refuse = (what: string): never => {
    throw new PldError('ERR_USAGE', `${what} cannot go with --each`)
  }
  if (captures instanceof CaptureSeries) return refuse('--series, which is one run,')
  if (context.options.follow === true) refuse('--follow, which has no end,')
  if (wantsConsole(context)) refuse('--console')
  return captures
}

/** A name of its own for each: the second `mail` is `mail_2`, also where capitals make no difference. */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map(name => {
    let own = name
    for (let number = 2; taken.has(own.toLowerCase()); number++) own = `${name}_${number}`
    taken.add(own.toLowerCase())
    return own
  })
}

function totalSize(captures: readonly string[]): number {
  let total = 0
  for (const file of captures) total += statSync(file, { throwIfNoEntry: false })?.size ?? 0
  return total
}

/** What is said of a capture: a line, or the report as JSON, also on a line. */
function lineOf(report: EndReport, file: string, folder: string, kind: string): string {
  if (kind !== 'text') return report.text(kind, false)
  const { decode, flow, sink } = report.facts().stages
  const counts = [
    [decode.packets, 'packets'],
    [flow.flows, 'flows'],
    [sink.files, 'files'],
    [sink.bytes, 'bytes'],
  ]
  return `${file} -> ${folder}: ${counts.map(([count, what]) => `${count ?? 0} ${what}`).join(', ')}\n`
}
