#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { LINE_OPTIONS } from '../lib/cli/bound-options.ts'
import { explanation } from '../lib/cli/explain.ts'
import { row } from '../lib/cli/help.ts'
import { LineInput } from '../lib/cli/line-input.ts'
import { showProgress } from '../lib/cli/progress.ts'
import { type BinContext, run } from '../lib/cli/run.ts'
import { SELECT_OPTIONS } from '../lib/cli/select-options.ts'
import { standardOutput } from '../lib/cli/standard-output.ts'
import { PldError } from '../lib/errors.ts'
import { FUNCTIONS } from '../lib/select/functions.ts'
import { Selection, type SelectionOptions } from '../lib/select/selection.ts'

await run({
  name: 'flowsel',
  synopsis: '[option…] EXPR [file…]',
  purpose:
    'Selects records (NDJSON), or rows of flow and packet files (text), by an expression over their fields; ' +
    'counts, adds up and sorts them.',
  readsStdin: false,
  options: [...SELECT_OPTIONS, ...LINE_OPTIONS],
  examples: [
    "flowtag packets.ndjson | flowsel 'flowInd == 35' | json2pcap -r mail.pcap",
    'flowsel \'bitsanyset($pldStat, 0x02) && host("10.0.0.0/8")\' mail_flows.txt',
    "flowsel --aggr tuple2 --sum l7BytesSnt --top 10 'has(duration)' flows.ndjson",
    'flowsel --explain pldStat=0x03',
  ],
  async main(context) {
    const { options, operands, color } = context
    if (options.functions === true) process.stdout.write(functionsText())
    else if (options.explain !== undefined)
      process.stdout.write(await explanation([options.explain as string, ...operands], color))
    else await select(context)
  },
})

async function select({ options, operands, messages, signals }: BinContext): Promise<void> {
  const { expression, files } = split(
    operands,
    Boolean(options.aggr ?? options.sum ?? options.fields ?? options.sort),
  )
  const selection = new Selection(
    { ...(options as SelectionOptions), expression, maxLine: options['max-line'] as number | undefined },
    (code, message, file, line) =>
      messages.note({
        type: 'note',
        level: code === 'bad-line' ? 'error' : 'warning',
        code,
        message,
        file,
        line,
      }),
  )
  if (files.length === 0 && process.stdin.isTTY)
    throw new PldError('ERR_USAGE', 'standard input is a terminal; name a file or pipe something in')
  const input = new LineInput(files, selection.passes === 2, signals)
  const hide = showProgress(input, options.quiet !== true)
  async function* selected(): AsyncGenerator<Uint8Array> {
    for (const pass of [1, 2] as const) {
      if (pass > selection.passes) break
      const reader = selection.pass(pass)
      for (const file of input.files) {
        reader.begin(file)
        for await (const piece of input.read(file, pass)) {
          reader.feed(piece)
          yield* selection.output.take()
        }
        reader.end()
        if (input.stopped) break
      }
    }
    selection.finish()
    yield* selection.output.take()
  }
  await pipeline(selected, standardOutput()).finally(hide)
  input.close()
}

/** The expression comes first; in front of a table it may be left out, if what stands there is a file. */
function split(operands: readonly string[], table: boolean): { expression?: string; files: string[] } {
  const [first, ...files] = operands
  if (first === undefined && !table) throw new PldError('ERR_USAGE', 'an expression is missing')
  if (first === undefined) return { files: [] }
  if (first !== '-' && !existsSync(first)) return { expression: first, files }
  if (table) return { files: [...operands] }
  throw new PldError('ERR_USAGE', `in front of ${JSON.stringify(first)} an expression is missing`)
}

function functionsText(): string {
  const rows = Object.entries(FUNCTIONS).map(([name, { params, help }]) => row(`${name}(${params})`, help))
  return `${rows.join('\n')}\n`
}
