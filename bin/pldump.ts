#!/usr/bin/env node
import { CHECK_OPTIONS, DUMP_FOLDER_OPTIONS, DUMP_OUTPUT_OPTIONS } from '../lib/cli/bin-options.ts'
import { RATIO_OPTIONS } from '../lib/cli/bound-options.ts'
import { CONSOLE_OPTIONS } from '../lib/cli/console-options.ts'
import { HEADER_OPTIONS } from '../lib/cli/header-options.ts'
import { LABEL_OPTIONS } from '../lib/cli/label-options.ts'
import { run } from '../lib/cli/run.ts'
import {
  CAPTURE_OPTIONS,
  DECODE_OPTIONS,
  FLOW_OPTIONS,
  PAYLOAD_OPTIONS,
  SINK_OPTIONS,
} from '../lib/cli/stage-options.ts'
import { TEXT_OPTIONS } from '../lib/cli/text-options.ts'

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
    ...RATIO_OPTIONS,
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
    'pldump --each *.pcap -w results',
  ],
  async main(context) {
    // only now, so that help and mistakes on the command line are answered before a stage is loaded
    const { dump } = await import('../lib/cli/dump.ts')
    await dump(context)
  },
})
