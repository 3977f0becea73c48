#!/usr/bin/env node
import { join } from 'node:path'
import { DUMP_FOLDER_OPTIONS, DUMP_OUTPUT_OPTIONS } from '../lib/cli/bin-options.ts'
import { capturesOf } from '../lib/cli/captures.ts'
import { balanceCheck, CHECK_OPTIONS } from '../lib/cli/check-options.ts'
import { CONSOLE_OPTIONS, consoleStage, wantsConsole } from '../lib/cli/console-options.ts'
import { frameFilter } from '../lib/cli/filter-options.ts'
import { HEADER_OPTIONS } from '../lib/cli/header-options.ts'
import { LABEL_OPTIONS, labelsFrom } from '../lib/cli/label-options.ts'
import { showProgress } from '../lib/cli/progress.ts'
import { EndReport } from '../lib/cli/report.ts'
import { run } from '../lib/cli/run.ts'
import {
  CAPTURE_OPTIONS,
  DECODE_OPTIONS,
  FLOW_OPTIONS,
  PAYLOAD_OPTIONS,
  SINK_OPTIONS,
} from '../lib/cli/stage-options.ts'
import { decoderOptions, payloadOptions, sinkOptions, taggerOptions } from '../lib/cli/stage-values.ts'
import { standardOutput } from '../lib/cli/standard-output.ts'
import { TEXT_OPTIONS, textTarget } from '../lib/cli/text-options.ts'
import { resultTexts } from '../lib/cli/text-output.ts'
import { startDump } from '../lib/dump.ts'
import { conversationCaptures } from '../lib/sink/conversation-captures.ts'

await run({
  name: 'pldump',
  synopsis: '[option…] [capture…]',
  purpose:
    'Writes the payload of every flow direction of the captures to a file, and the flows as text; all stages in one ' +
    'process.',
  readsStdin: true,
  options: [
    ...DUMP_FOLDER_OPTIONS,
    ...CAPTURE_OPTIONS,
    ...DECODE_OPTIONS,
    ...HEADER_OPTIONS,
    ...FLOW_OPTIONS,
    ...LABEL_OPTIONS,
    ...PAYLOAD_OPTIONS,
    ...SINK_OPTIONS,
    ...DUMP_OUTPUT_OPTIONS,
    ...CONSOLE_OPTIONS,
    ...TEXT_OPTIONS,
    ...CHECK_OPTIONS,
  ],
  examples: [
    'pldump mail.pcap -w results',
    'pldump --tcp-ports 25,21 --no-udp mail.pcap',
    'zstd -dc big.zst | pldump -w results',
    'pldump -c mail.pcap | grep flag',
  ],
  async main(context) {
    const { options, messages, signals, color } = context
    const toConsole = wantsConsole(context)
    const input = capturesOf(context)
    const { captures, skipBad, follow, name } = input
    const { frames, count } = frameFilter(input, options, () => dump.stop())
    const folder = (textTarget(options).to ?? `${name}.pld`) as string
    const labels = labelsFrom(options)
    const texts = resultTexts(options, folder, name, labels)
    const report = new EndReport()
    const check = balanceCheck(context)
    const dump = startDump(captures, {
      skipBad,
      follow,
      ...decoderOptions(options),
      ...payloadOptions(options),
      ...sinkOptions(options, join(folder, 'payload')),
      ...count,
      ...taggerOptions(options),
      labels,
      relativeTo: folder,
      noFiles: options.files === false || toConsole,
      packetTimes: options.packets === true,
      between: {
        frames,
        payload: [
          ...(options.pcap === true
            ? [conversationCaptures(join(folder, 'pcap'), options.clean !== false)]
            : []),
          ...(toConsole ? [consoleStage(context, color)] : []),
        ],
        records: [...(texts === undefined ? [] : [texts]), ...check.stages],
      },
      ...(options.json === true ? { records: standardOutput() } : {}),
      onRecord: record => {
        report.take(record)
        if (record.type === 'note') messages.note(record)
      },
    })
    signals.onSignal(() => dump.stop())
    await dump.done.finally(showProgress(dump, options.quiet !== true))
    check.tell()
    const kind = (options.report ?? 'text') as string
    if (options.log === true) texts?.files.writeLog(report.text(kind, false))
    else if (!toConsole && options.json !== true && options.quiet !== true)
      process.stdout.write(report.text(kind, color))
  },
})
