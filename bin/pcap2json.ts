#!/usr/bin/env node
import { pipeline } from 'node:stream/promises'
import { PACKET_RECORD_OPTIONS } from '../lib/cli/bin-options.ts'
import { RATIO_OPTIONS } from '../lib/cli/bound-options.ts'
import { capturesOf } from '../lib/cli/captures.ts'
import { frameFilter } from '../lib/cli/filter-options.ts'
import { HEADER_OPTIONS } from '../lib/cli/header-options.ts'
import { captureInput } from '../lib/cli/input.ts'
import { watchNotes } from '../lib/cli/notes.ts'
import { showProgress } from '../lib/cli/progress.ts'
import { requirePlainFiles } from '../lib/cli/references.ts'
import { run } from '../lib/cli/run.ts'
import { CAPTURE_OPTIONS, DECODE_OPTIONS, TCP_FACT_OPTIONS } from '../lib/cli/stage-options.ts'
import { decoderOptions } from '../lib/cli/stage-values.ts'
import { standardOutput } from '../lib/cli/standard-output.ts'
import { PacketDecoder } from '../lib/decode/packet-decoder.ts'
import { NdjsonWriter } from '../lib/ndjson/ndjson-writer.ts'

await run({
  name: 'pcap2json',
  synopsis: '[option…] [capture…]',
  purpose:
    'Reads captures (pcap, pcapng, also gzipped) and prints a record for each packet, with its payload.',
  readsStdin: true,
  options: [
    ...CAPTURE_OPTIONS,
    ...RATIO_OPTIONS,
    ...DECODE_OPTIONS,
    ...HEADER_OPTIONS,
    ...PACKET_RECORD_OPTIONS,
    ...TCP_FACT_OPTIONS,
  ],
  examples: [
    'pcap2json mail.pcap | jq -c .hdrDesc',
    'tcpdump -U -w - | pcap2json | flowtag | pldsink -o out',
  ],
  async main(context) {
    const { options, messages } = context
    const frames = options.frames === true
    const payload = (options.payload ?? 'base64') as 'base64' | 'ref' | 'none'
    const input = capturesOf(context)
    const { frames: filter, count } = await frameFilter(input, options, () => source.stop())
    const source = captureInput(context, input, count)
    const hide = showProgress(source, options.quiet !== true)
    const guard = payload === 'ref' ? [requirePlainFiles()] : []
    const decoder = frames ? [] : [new PacketDecoder(decoderOptions(options))]
    const writer = new NdjsonWriter({ packets: !frames, frames, payload })
    const street = [source, ...guard, ...filter, ...decoder, watchNotes(messages), writer]
    await pipeline([...street, standardOutput()]).finally(hide)
  },
})
