import { join } from 'node:path'
import type { Batch } from '../batch.ts'
import { type Dump, startDump } from '../dump.ts'
import type { IpLabels } from '../labels/ip-labels.ts'
import type { Stage } from '../stage.ts'
import { ratioOf } from './bound-options.ts'
import type { CaptureInput } from './captures.ts'
import { consoleStage, wantsConsole } from './console-options.ts'
import { frameFilter } from './filter-options.ts'
import { EndReport } from './report.ts'
import { resultTexts } from './result-texts.ts'
import type { BinContext } from './run.ts'
import { decoderOptions, payloadOptions, sinkOptions, taggerOptions } from './stage-values.ts'
import { standardOutput } from './standard-output.ts'

/**
 * One run: the results of `input` in `folder`. `began` is called when it is under way, and what that gives when it is
 * over.
 */
export async function dumpInto(
  folder: string,
  input: CaptureInput,
  context: BinContext,
  labels: IpLabels,
  began: (dump: Dump) => () => void,
): Promise<EndReport> {
  const { options, messages, color } = context
  const toConsole = wantsConsole(context)
  const { captures, skipBad, follow, name } = input
  const { frames, count } = await frameFilter(input, options, () => dump.stop())
  const texts = resultTexts(options, folder, name, labels)
  const payload = []
  if (options.pcap === true) {
    const { conversationCaptures } = await import('../sink/conversation-captures.ts')
    payload.push(conversationCaptures(join(folder, 'pcap'), options.clean !== false))
  }
  if (toConsole) payload.push(await consoleStage(context, color))
  const report = new EndReport()
  const check = await checkOf(context)
  const dump = startDump(captures, {
    skipBad,
    follow,
    ...ratioOf(options),
    ...decoderOptions(options),
    ...payloadOptions(options),
    ...sinkOptions(options, join(folder, 'payload')),
    ...count,
    ...taggerOptions(options),
    labels,
    relativeTo: folder,
    // text has no column for them
    flowFiles: options.json === true || options.check === true,
    noFiles: options.files === false || toConsole,
    packetTimes: options.packets === true,
    between: { frames, payload, records: [...(texts === undefined ? [] : [texts]), ...check.stages] },
    ...(options.json === true ? { records: standardOutput() } : {}),
    onRecord: record => {
      report.take(record)
      if (record.type === 'note') messages.note(record)
    },
  })
  await dump.done.finally(began(dump))
  check.tell()
  if (options.log === true) texts?.files.writeLog(report.text(reportKind(options), false))
  return report
}

/** How the report is to be written. */
export function reportKind(options: BinContext['options']): string {
  return (options.report ?? 'text') as string
}

async function checkOf(context: BinContext): Promise<{ stages: Stage<Batch>[]; tell(): void }> {
  if (context.options.check !== true) return { stages: [], tell: () => {} }
  return (await import('./balance-check.ts')).balanceCheck(context)
}
