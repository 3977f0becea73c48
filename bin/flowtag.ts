#!/usr/bin/env node
import { pipeline } from 'node:stream/promises'
import { FLOW_RECORD_OPTIONS } from '../lib/cli/bin-options.ts'
import { LINE_OPTIONS } from '../lib/cli/bound-options.ts'
import { recordInput } from '../lib/cli/input.ts'
import { LABEL_OPTIONS, labelsFrom } from '../lib/cli/label-options.ts'
import { watchNotes } from '../lib/cli/notes.ts'
import { showProgress } from '../lib/cli/progress.ts'
import { run } from '../lib/cli/run.ts'
import { FLOW_OPTIONS } from '../lib/cli/stage-options.ts'
import { taggerOptions } from '../lib/cli/stage-values.ts'
import { standardOutput } from '../lib/cli/standard-output.ts'
import { communityId } from '../lib/community-id.ts'
import { FlowTagger } from '../lib/flow/flow-tagger.ts'
import { NdjsonWriter } from '../lib/ndjson/ndjson-writer.ts'

await run({
  name: 'flowtag',
  synopsis: '[option…] [records…]',
  purpose: "Adds to each packet the flow it belongs to, and prints a flow's record as the flow ends.",
  readsStdin: true,
  options: [...FLOW_OPTIONS, ...LABEL_OPTIONS, ...FLOW_RECORD_OPTIONS, ...LINE_OPTIONS],
  examples: [
    'pcap2json mail.pcap | flowtag | jq -c \'select(.type=="flow")\'',
    'pcap2json mail.pcap | flowtag --no-packets',
  ],
  async main(context) {
    const { options, messages } = context
    const labels = await labelsFrom(options)
    const source = recordInput(context, { payload: 'keep' })
    const hide = showProgress(source, options.quiet !== true)
    const tagger = new FlowTagger(taggerOptions(options))
    const writer = new NdjsonWriter({ packets: options.packets !== false, communityId, labels })
    await pipeline([source, tagger, watchNotes(messages), writer, standardOutput()]).finally(hide)
  },
})
