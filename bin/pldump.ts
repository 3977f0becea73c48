#!/usr/bin/env node
import { basename, join } from 'node:path'
import { FILTER_OPTIONS, frameFilter } from '../lib/cli/filter-options.ts'
import { showProgress } from '../lib/cli/progress.ts'
import { reportText } from '../lib/cli/report.ts'
import { run } from '../lib/cli/run.ts'
import {
  CAPTURE_OPTIONS,
  DECODE_OPTIONS,
  FLOW_OPTIONS,
  PAYLOAD_OPTIONS,
  SINK_OPTIONS,
} from '../lib/cli/stage-options.ts'
import { decoderOptions, payloadOptions, sinkOptions } from '../lib/cli/stage-values.ts'
import { startDump } from '../lib/dump.ts'

await run({
  name: 'pldump',
  synopsis: '[option…] [capture…]',
  purpose: 'Writes the payload of every flow direction of the captures to a file, all stages in one process.',
  readsStdin: true,
  options: [
    {
      name: 'write',
      short: 'w',
      kind: 'text',
      value: 'DIR',
      help: 'folder for the results',
      default: './<capture>.pld',
    },
    { name: 'output', short: 'o', kind: 'text', value: 'DIR', help: 'the same as --write' },
    ...CAPTURE_OPTIONS,
    ...FILTER_OPTIONS,
    ...DECODE_OPTIONS,
    ...FLOW_OPTIONS,
    ...PAYLOAD_OPTIONS,
    ...SINK_OPTIONS,
    { name: 'files', kind: 'flag', help: 'payload files; --no-files for none', default: 'on' },
    { name: 'json', kind: 'flag', help: 'flow and summary records on stdout instead of the report' },
  ],
  examples: [
    'pldump mail.pcap -w results',
    'pldump --tcp-ports 25,21 --no-udp mail.pcap',
    'zstd -dc big.zst | pldump -w results',
  ],
  async main({ options, operands, messages, signals }) {
    const folder = (options.write ?? options.output ?? `${nameOf(operands)}.pld`) as string
    const dump = startDump(operands.length === 0 ? '-' : operands, {
      ...decoderOptions(options),
      ...payloadOptions(options),
      ...sinkOptions(options, join(folder, 'payload')),
      ...(options.count === undefined ? {} : { count: options.count as number }),
      timeout: options['flow-timeout'] as number | undefined,
      relativeTo: folder,
      noFiles: options.files === false,
      between: { frames: frameFilter(options) },
      ...(options.json === true ? { records: process.stdout } : {}),
      onRecord: record => {
        if (record.type === 'note') messages.note(record)
      },
    })
    signals.onSignal(() => dump.stop())
    const summary = await dump.done.finally(showProgress(dump, options.quiet !== true))
    if (options.json !== true && options.quiet !== true) process.stdout.write(reportText(summary, folder))
  },
})

/** The first capture's name without folder and last extension; `stdin` for standard input. */
function nameOf(operands: readonly string[]): string {
  const [first = '-'] = operands
  return first === '-' ? 'stdin' : basename(first).replace(/(?<=.)\.[^.]*$/, '')
}
