#!/usr/bin/env node
import { pipeline } from 'node:stream/promises'
import { LINE_OPTIONS } from '../lib/cli/bound-options.ts'
import { recordInput } from '../lib/cli/input.ts'
import { watchNotes } from '../lib/cli/notes.ts'
import { showProgress } from '../lib/cli/progress.ts'
import { References } from '../lib/cli/references.ts'
import { run } from '../lib/cli/run.ts'
import { PAYLOAD_OPTIONS } from '../lib/cli/stage-options.ts'
import { payloadOptions } from '../lib/cli/stage-values.ts'
import { standardOutput } from '../lib/cli/standard-output.ts'
import { NdjsonWriter } from '../lib/ndjson/ndjson-writer.ts'
import { PayloadChunker } from '../lib/payload/payload-chunker.ts'

await run({
  name: 'pldchunk',
  synopsis: '[option…] [records…]',
  purpose:
    'Takes tagged packets and prints stretches of payload in their place in the stream, with gaps and flow records.',
  readsStdin: true,
  options: [...PAYLOAD_OPTIONS, ...LINE_OPTIONS],
  examples: [
    'pcap2json mail.pcap | flowtag | pldchunk --tcp-ports 25 | pldsink -o out',
    'pcap2json mail.pcap | flowtag | pldchunk | jq -c \'select(.type=="gap")\'',
  ],
  async main(context) {
    const { options, messages } = context
    const references = new References()
    const source = recordInput(context, { payload: 'decode', resolve: references.resolve, lines: false })
    const hide = showProgress(source, options.quiet !== true)
    const chunker = new PayloadChunker(payloadOptions(options))
    const writer = new NdjsonWriter({ packets: false, chunks: true })
    await pipeline([source, chunker, watchNotes(messages), writer, standardOutput()]).finally(hide)
    references.close()
  },
})
