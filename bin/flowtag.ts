#!/usr/bin/env node
import { pipeline } from 'node:stream/promises'
import { recordInput } from '../lib/cli/input.ts'
import { watchNotes } from '../lib/cli/notes.ts'
import { showProgress } from '../lib/cli/progress.ts'
import { run } from '../lib/cli/run.ts'
import { FLOW_OPTIONS } from '../lib/cli/stage-options.ts'
import { communityId } from '../lib/community-id.ts'
import { FlowTagger } from '../lib/flow/flow-tagger.ts'
import { NdjsonWriter } from '../lib/ndjson/ndjson-writer.ts'

await run({
  name: 'flowtag',
  synopsis: '[option…] [records…]',
  purpose: "Adds to each packet the flow it belongs to, and prints a flow's record as the flow ends.",
  readsStdin: true,
  options: [
    ...FLOW_OPTIONS,
    { name: 'packets', kind: 'flag', help: 'packets too; --no-packets for none', default: 'on' },
  ],
  examples: [
    'pcap2json mail.pcap | flowtag | jq -c \'select(.type=="flow")\'',
    'pcap2json mail.pcap | flowtag --no-packets',
  ],
  async main(context) {
    const { options, messages } = context
    const source = recordInput(context, { payload: 'keep' })
    const hide = showProgress(source, options.quiet !== true)
    const tagger = new FlowTagger({ timeout: options['flow-timeout'] as number | undefined })
    const writer = new NdjsonWriter({ packets: options.packets !== false, communityId })
    await pipeline([source, tagger, watchNotes(messages), writer, process.stdout]).finally(hide)
  },
})
