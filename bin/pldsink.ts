#!/usr/bin/env node
import { pipeline } from 'node:stream/promises'
import { balanceCheck } from '../lib/cli/balance-check.ts'
import {
  CHECK_OPTIONS,
  ONCE_OPTIONS,
  SINK_FOLDER_OPTIONS,
  SINK_RECORD_OPTIONS,
} from '../lib/cli/bin-options.ts'
import { LINE_OPTIONS } from '../lib/cli/bound-options.ts'
import { recordInput } from '../lib/cli/input.ts'
import { watchNotes } from '../lib/cli/notes.ts'
import { showProgress } from '../lib/cli/progress.ts'
import { References } from '../lib/cli/references.ts'
import { run } from '../lib/cli/run.ts'
import { PAYLOAD_OPTIONS, SINK_OPTIONS } from '../lib/cli/stage-options.ts'
import { payloadOptions, sinkOptions } from '../lib/cli/stage-values.ts'
import { standardOutput } from '../lib/cli/standard-output.ts'
import { NdjsonWriter } from '../lib/ndjson/ndjson-writer.ts'
import { PayloadChunker } from '../lib/payload/payload-chunker.ts'
import { PayloadSink } from '../lib/sink/payload-sink.ts'

await run({
  name: 'pldsink',
  synopsis: '[option…] [records…]',
  purpose:
    'Takes tagged packets, or the chunks of pldchunk, and writes the payload of each flow direction to a file. ' +
    'Prints flow, gap, note and summary records, and what it does not know.',
  readsStdin: true,
  options: [
    ...SINK_FOLDER_OPTIONS,
    ...PAYLOAD_OPTIONS,
    ...SINK_OPTIONS,
    ...SINK_RECORD_OPTIONS,
    ...ONCE_OPTIONS,
    ...LINE_OPTIONS,
    ...CHECK_OPTIONS,
  ],
  examples: [
    'pcap2json mail.pcap | flowtag | pldsink -o out --tcp-ports 25,21 | jq -c \'select(.type=="flow")\'',
    'pcap2json mail.pcap | flowtag | pldsink --no-udp --names 1 > records.ndjson',
  ],
  async main(context) {
    const { options, messages } = context
    const packets = options.packets === true
    const references = new References()
    const source = recordInput(context, { payload: 'decode', resolve: references.resolve, lines: packets })
    const hide = showProgress(source, options.quiet !== true)
    const folder = (options.output ?? 'payload') as string
    const check = balanceCheck(context)
    const stages = [
      new PayloadChunker(payloadOptions(options)),
      new PayloadSink(sinkOptions(options, folder)),
      ...check.stages,
    ]
    const writer = new NdjsonWriter({ packets })
    await pipeline([source, ...stages, watchNotes(messages), writer, standardOutput()]).finally(hide)
    references.close()
    check.tell()
  },
})
