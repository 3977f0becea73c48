import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Batch } from '../batch.ts'
import { PldError } from '../errors.ts'
import type { NdjsonReader } from '../ndjson/ndjson-reader.ts'
import { releaseAll } from '../release-all.ts'
import type { Stage } from '../stage.ts'
import { AlignedText } from '../text/aligned-text.ts'
import { FlowText } from '../text/flow-text.ts'
import { PacketText } from '../text/packet-text.ts'
import { TextSink } from '../text/text-sink.ts'
import { headersFrom } from './header-options.ts'
import { labelsFrom } from './label-options.ts'
import { watchNotes } from './notes.ts'
import { EndReport } from './report.ts'
import type { BinContext } from './run.ts'
import { standardOutput } from './standard-output.ts'
import { readSummaries } from './summaries.ts'
import { textInput } from './text-input.ts'
import { captureBase, madeBy, prefixFor, textTarget } from './text-options.ts'

/** Refuses options of flow2txt that contradict each other, before anything is read. */
export function checkTextOptions(options: BinContext['options']): void {
  const { to, split } = textTarget(options)
  const toStdout = to === undefined || to === '-'
  if (to === '-' && split !== undefined)
    throw new PldError('ERR_USAGE', '--split needs files; standard output is only one')
  if (options.log === true && toStdout) throw new PldError('ERR_USAGE', '--log needs --write')
  if (options.columns === true && !toStdout)
    throw new PldError('ERR_USAGE', '--columns is for the eye and goes to standard output; leave --write out')
}

/** Prints records as the rows of one file: flows, or with `--packets` packets; lined up with `--columns`. `watching` sees them before. */
export async function printRows(
  source: NdjsonReader,
  { options, messages }: BinContext,
  watching: readonly Stage<Batch>[],
): Promise<void> {
  const texts = { labels: await labelsFrom(options), headers: headersFrom(options) }
  const rows = options.packets === true ? new PacketText(texts) : new FlowText(texts)
  await print(options.columns === true, output => [
    source,
    ...watching,
    watchNotes(messages),
    rows,
    ...output,
  ])
}

/** Lines up text that is there already. */
export async function printText(files: readonly string[]): Promise<void> {
  await print(true, output => [textInput(files), ...output])
}

/** Writes records to text files. */
export async function writeRows(
  source: NdjsonReader,
  context: BinContext,
  watching: readonly Stage<Batch>[],
): Promise<void> {
  const { options, operands, messages } = context
  const { to = '', split } = textTarget(options)
  const report = new EndReport()
  const log = options.log === true
  const sink = new TextSink({
    labels: await labelsFrom(options),
    headers: headersFrom(options),
    prefix: captures => prefixFor(to, () => captureBase(captures, operands)),
    packets: options.packets === true,
    log,
    ...(split === undefined ? {} : { split }),
    made: madeBy('flow2txt'),
  })
  const summaries = log ? [readSummaries(record => report.take(record))] : []
  await pipeline([source, ...summaries, ...watching, watchNotes(messages), sink, releaseAll()])
  if (log) sink.files.writeLog(report.text('text', false))
}

async function print(
  aligned: boolean,
  street: (output: readonly Writable[]) => readonly (NodeJS.ReadableStream | NodeJS.WritableStream)[],
): Promise<void> {
  const pager = aligned ? (await import('./pager.ts')).openPager() : undefined
  const output = pager === undefined ? [standardOutput()] : [new AlignedText(), pager.stream]
  try {
    await pipeline(street(output) as never)
  } finally {
    await pager?.closed()
  }
}
