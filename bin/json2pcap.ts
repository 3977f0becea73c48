#!/usr/bin/env node
import { pipeline as streams } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { openCapture } from '../lib/capture/open-capture.ts'
import { LINE_OPTIONS, RATIO_OPTIONS, ratioOf } from '../lib/cli/bound-options.ts'
import { recordInput } from '../lib/cli/input.ts'
import { watchNotes } from '../lib/cli/notes.ts'
import { pcapngOutput } from '../lib/cli/pcapng-output.ts'
import { run } from '../lib/cli/run.ts'
import { DECODE_OPTIONS, FLOW_OPTIONS } from '../lib/cli/stage-options.ts'
import { decoderOptions, taggerOptions } from '../lib/cli/stage-values.ts'
import { PacketDecoder } from '../lib/decode/packet-decoder.ts'
import { PldError } from '../lib/errors.ts'
import { FlowTagger } from '../lib/flow/flow-tagger.ts'
import { readSelection } from '../lib/select/read-selection.ts'
import { selectFrames } from '../lib/select/select-frames.ts'

await run({
  name: 'json2pcap',
  synopsis: '[option…] [records…]',
  purpose:
    'Turns records back into a capture, pcapng on stdout: the frames of packets and chunks, and all those of flow ' +
    'directions, out of the captures they came from, byte by byte as they were; and frames that came as records.',
  readsStdin: true,
  options: [
    {
      name: 'read',
      short: 'r',
      kind: 'texts',
      value: 'FILE',
      help: 'the capture, given again for each of several; those that the records name if not given',
      setting: false,
    },
    {
      name: 'write',
      short: 'w',
      kind: 'text',
      value: 'FILE',
      help: 'write to this file instead of stdout',
      setting: false,
    },
    ...DECODE_OPTIONS,
    ...FLOW_OPTIONS,
    ...LINE_OPTIONS,
    ...RATIO_OPTIONS,
  ],
  examples: [
    "pcap2json mail.pcap | flowtag | flowsel 'flowInd==35' | json2pcap -r mail.pcap > cut.pcapng",
    "pldump --json mail.pcap | jq -c 'select(.pldBytes>1000000)' | json2pcap -r mail.pcap -w big.pcapng",
  ],
  async main(context) {
    const { options, messages, signals } = context
    const output = pcapngOutput(options.write as string | undefined)
    // errors of either come out of the second one
    const records = streams(recordInput(context, { payload: 'keep' }), watchNotes(messages), () => {})
    const { selection, captures } = await readSelection(records)
    const files = (options.read as string[] | undefined) ?? captures
    for (const frame of selection.frames) output.frame(frame)
    if (!selection.isEmpty && files.length === 0) {
      throw new PldError('ERR_USAGE', 'the records do not name their capture; name it with -r')
    }
    if (!selection.isEmpty) {
      const source = openCapture(files, { recycle: true, ...ratioOf(options) })
      signals.onSignal(() => source.stop())
      const stages = selection.needsFlows
        ? [new PacketDecoder(decoderOptions(options)), new FlowTagger(taggerOptions(options))]
        : []
      const seen = new Set<string>()
      await pipeline([source, ...stages, selectFrames(selection, output, seen)])
      const others = selection.captureIds.filter(id => !seen.has(id))
      if (others.length > 0) {
        messages.error(
          new PldError(
            'ERR_REFERENCE',
            `the records are of capture ${others.join(', ')}, not of ${files.join(', ')}`,
          ),
        )
      } else reportMissing()
    }
    await output.end()

    function reportMissing(): void {
      const { packets, flows } = selection.missing
      if (packets + flows === 0) return
      const what = [packets && `${packets} packets`, flows && `${flows} flow directions`]
        .filter(Boolean)
        .join(' and ')
      messages.error(new PldError('ERR_REFERENCE', `${what} of the records were not found in the capture`))
    }
  },
})
