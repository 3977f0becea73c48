#!/usr/bin/env node
import { join } from 'node:path'
import { showProgress } from '../lib/cli/progress.ts'
import { EndReport, REPORT_OPTIONS } from '../lib/cli/report.ts'
import { run } from '../lib/cli/run.ts'
import {
  CAPTURE_OPTIONS,
  DECODE_OPTIONS,
  FLOW_OPTIONS,
  PAYLOAD_OPTIONS,
  SINK_OPTIONS,
} from '../lib/cli/stage-options.ts'
import { decoderOptions, payloadOptions, sinkOptions } from '../lib/cli/stage-values.ts'
import { TEXT_OPTIONS } from '../lib/cli/text-options.ts'
import { resultTexts } from '../lib/cli/text-output.ts'
import { startDump } from '../lib/dump.ts'

await run({
  name: 'pldump',
  synopsis: '[option…] [capture…]',
  purpose:
    'Writes the payload of every flow direction of the captures to a file, and the flows as text; all stages in one ' +
    'process.',
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
    ...DECODE_OPTIONS,
    ...FLOW_OPTIONS,
    ...PAYLOAD_OPTIONS,
    ...SINK_OPTIONS,
    { name: 'files', kind: 'flag', help: 'payload files; --no-files for none', default: 'on' },
    { name: 'json', kind: 'flag', help: 'flow and summary records on stdout instead of the report' },
    ...REPORT_OPTIONS,
    ...TEXT_OPTIONS,
  ],
  examples: [
    'pldump mail.pcap -w results',
    'pldump --tcp-ports 25,21 --no-udp mail.pcap',
    'zstd -dc big.zst | pldump -w results',
  ],
  async main({ options, operands, messages, signals, color }) {
    const { folder, texts } = resultTexts(options, operands)
    const report = new EndReport()
    const dump = startDump(operands.length === 0 ? '-' : operands, {
      ...decoderOptions(options),
      ...payloadOptions(options),
      ...sinkOptions(options, join(folder, 'payload')),
      ...(options.count === undefined ? {} : { count: options.count as number }),
      timeout: options['flow-timeout'] as number | undefined,
      relativeTo: folder,
      noFiles: options.files === false,
      packetTimes: options.packets === true,
      ...(texts === undefined ? {} : { between: { records: [texts] } }),
      ...(options.json === true ? { records: process.stdout } : {}),
      onRecord: record => {
        report.take(record)
        if (record.type === 'note') messages.note(record)
      },
    })
    signals.onSignal(() => dump.stop())
    await dump.done.finally(showProgress(dump, options.quiet !== true))
    const kind = (options.report ?? 'text') as string
    if (options.log === true) texts?.files.writeLog(report.text(kind, false))
    else if (options.json !== true && options.quiet !== true) process.stdout.write(report.text(kind, color))
  },
})
