#!/usr/bin/env node
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { LINE_OPTIONS, RATIO_OPTIONS } from '../lib/cli/bound-options.ts'
import { capturesOf, namesCaptures } from '../lib/cli/captures.ts'
import { frameFilter } from '../lib/cli/filter-options.ts'
import { FOLLOW_OPTIONS, followOptions } from '../lib/cli/follow-options.ts'
import { captureInput, recordInput } from '../lib/cli/input.ts'
import { type Countable, showProgress } from '../lib/cli/progress.ts'
import { References } from '../lib/cli/references.ts'
import { type BinContext, run } from '../lib/cli/run.ts'
import { CAPTURE_OPTIONS, DECODE_OPTIONS, FLOW_OPTIONS, PAYLOAD_OPTIONS } from '../lib/cli/stage-options.ts'
import { decoderOptions, payloadOptions, taggerOptions } from '../lib/cli/stage-values.ts'
import { standardOutput } from '../lib/cli/standard-output.ts'
import { watchRecords } from '../lib/compose/watch-records.ts'
import { PacketDecoder } from '../lib/decode/packet-decoder.ts'
import { PldError } from '../lib/errors.ts'
import { FlowTagger } from '../lib/flow/flow-tagger.ts'
import { Follower } from '../lib/follow/follower.ts'
import { PayloadChunker } from '../lib/payload/payload-chunker.ts'

await run({
  name: 'flowfollow',
  synopsis: '[option…] N…|--all',
  purpose:
    'Prints what both sides of a conversation said, in order, put together from its packets: of tagged packets, of ' +
    "pldchunk's chunks, or of a capture. N is the number of a flow (flowInd).",
  readsStdin: false,
  options: [
    ...FOLLOW_OPTIONS,
    ...CAPTURE_OPTIONS,
    ...RATIO_OPTIONS,
    ...DECODE_OPTIONS,
    ...FLOW_OPTIONS,
    ...PAYLOAD_OPTIONS,
    ...LINE_OPTIONS,
  ],
  examples: [
    'flowfollow -r mail.pcap 35',
    'pcap2json mail.pcap | flowtag | flowfollow --format hex 35 36',
    'flowfollow -r mail.pcap --all --tcp-ports 25 | less -R',
    'flowfollow -r mail.pcap --dir B --format raw 36 > file.bin',
  ],
  async main(context) {
    const { options, messages } = context
    const follow = followOptions(context, context.color)
    const flows = follow.flows === undefined ? undefined : new Set(follow.flows)
    const references = new References()
    const { source, stages, stop } = await street(context, references)
    const hide = showProgress(source, options.quiet !== true)
    // a flow that was asked for by its number is selected by that
    const kinds = flows === undefined ? {} : { l2: true, sctp: true, icmp: true }
    const follower = new Follower({ ...follow, onDone: stop })
    await pipeline([
      source,
      ...stages,
      new PayloadChunker({ ...kinds, ...payloadOptions(options) }),
      watchRecords(record => {
        if (record.type !== 'note') return
        if (record.flowInd === undefined || (flows?.has(record.flowInd) ?? true)) messages.note(record)
      }),
      follower,
      standardOutput(),
    ]).finally(hide)
    references.close()
    for (const { flowInd, exists } of follower.missing()) {
      const what = exists ? 'has no payload of the kinds that are selected' : 'is not in this input'
      const message = `flow ${flowInd} ${what}`
      messages.note({ type: 'note', level: exists ? 'warning' : 'error', code: 'no-transcript', message })
    }
  },
})

/** Where the packets come from, and what ends them once no more are wanted. */
async function street(
  context: BinContext,
  references: References,
): Promise<{ source: Readable & Countable; stages: NodeJS.ReadWriteStream[]; stop: () => void }> {
  const { options } = context
  if (!namesCaptures(options)) {
    const wrong = [
      'count',
      'flow-timeout',
      'max-flows',
      ...[...RATIO_OPTIONS, ...DECODE_OPTIONS].map(({ name }) => name),
    ].find(name => options[name] !== undefined)
    if (wrong !== undefined)
      throw new PldError(
        'ERR_USAGE',
        `--${wrong} goes with a capture, -r FILE; records have been through that`,
      )
    if (process.stdin.isTTY)
      throw new PldError(
        'ERR_USAGE',
        'standard input is a terminal; pipe records in, or name a capture with -r',
      )
    const source = recordInput(
      { ...context, operands: [] },
      { payload: 'decode', resolve: references.resolve, lines: false },
    )
    return { source, stages: [], stop: () => {} }
  }
  const input = capturesOf({ options, operands: [] })
  const { frames, count } = await frameFilter(input, options, () => source.stop())
  const source = captureInput(context, input, count)
  const tagger = new FlowTagger({
    packetTimes: false,
    ...taggerOptions(options),
  })
  return {
    source,
    stages: [...frames, new PacketDecoder(decoderOptions(options)), tagger],
    stop: () => source.stop(),
  }
}
