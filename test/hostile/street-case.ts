import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CaptureReader } from '../../lib/capture/capture-reader.ts'
import { openCapture } from '../../lib/capture/open-capture.ts'
import { communityId } from '../../lib/community-id.ts'
import { PacketDecoder } from '../../lib/decode/packet-decoder.ts'
import { FlowTagger } from '../../lib/flow/flow-tagger.ts'
import { ConsoleStage } from '../../lib/follow/console-stage.ts'
import { Follower } from '../../lib/follow/follower.ts'
import { FOLLOW_FORMATS } from '../../lib/follow/format-names.ts'
import { HEADER_NAMES } from '../../lib/header-columns.ts'
import { BuiltInLabels } from '../../lib/labels/built-in-labels.ts'
import { NdjsonReader } from '../../lib/ndjson/ndjson-reader.ts'
import { NdjsonWriter } from '../../lib/ndjson/ndjson-writer.ts'
import { OVERLAP_POLICIES } from '../../lib/payload/overlap-policy.ts'
import { PayloadChunker, type PayloadOptions } from '../../lib/payload/payload-chunker.ts'
import type { FlowRecord } from '../../lib/records.ts'
import { conversationCaptures } from '../../lib/sink/conversation-captures.ts'
import { PayloadSink, type SinkOptions } from '../../lib/sink/payload-sink.ts'
import { TextSink } from '../../lib/text/text-sink.ts'
import type { Dice } from './dice.ts'
import { fail, parsedLines } from './valid-lines.ts'

/** Options of all stages, as chance will have them. */
export interface StreetPlan {
  payload: PayloadOptions
  decoder: ConstructorParameters<typeof PacketDecoder>[0] & object
  tagger: { timeout?: number }
  sink: Omit<SinkOptions, 'folder'>
  fromFile: boolean
  pieceBytes: number
  recycle: boolean
  texts: boolean
  transcripts: boolean
  captures: boolean
}

export function planFor(dice: Dice): StreetPlan {
  const flag = (): boolean => dice.chance(0.5)
  const headers = dice.chance(0.3) ? { headers: [...HEADER_NAMES] } : {}
  return {
    payload: {
      l2: flag(),
      sctp: flag(),
      icmp: flag(),
      overlap: dice.pick(OVERLAP_POLICIES),
      urgent: dice.pick(['inline', 'drop'] as const),
      checksums: dice.chance(0.2),
      paws: dice.chance(0.2),
      ...(dice.chance(0.2) ? { maxBytes: 1 + dice.below(5000) } : {}),
      ...(dice.chance(0.2) ? { startOffset: dice.below(300) } : {}),
      ...(dice.chance(0.2) ? { protos: [2, 47, 50, 89, 103, 115, 136] } : {}),
    },
    decoder: {
      outer: dice.chance(0.3),
      checksums: flag(),
      timestamps: flag(),
      ...(dice.chance(0.1) ? { decap: ['none'] } : {}),
      ...headers,
    },
    tagger: dice.chance(0.3) ? { timeout: dice.below(10) } : {},
    sink: {
      noFiles: dice.chance(0.6),
      gap: dice.pick(['zero', 'skip', 'marker'] as const),
      index: dice.chance(0.2),
      names: dice.pick([0, 1, 2, 'tcpflow', '%T/%A.%a-%B.%b'] as const),
      maxOpenFiles: dice.pick([1, 3, 100]),
    },
    fromFile: flag(),
    pieceBytes: dice.pick([1 << 20, 1 << 16, 4096, 97]),
    recycle: flag(),
    texts: dice.chance(0.3),
    transcripts: dice.chance(0.3),
    captures: dice.chance(0.1),
  }
}

/**
 * A capture through the whole street to records, and these back through the stages behind it. Fails where a line is not
 * valid, and where what comes of the records is not what came of the packets.
 */
export async function streetCase(bytes: Buffer, plan: StreetPlan, dice: Dice, folder: string): Promise<void> {
  const tagged: Buffer[] = []
  const records: Buffer[] = []
  const labels = new BuiltInLabels()
  const outputs = plan.captures ? [conversationCaptures(join(folder, 'pcap'))] : []
  if (plan.transcripts)
    outputs.push(new ConsoleStage(nowhere(), { format: dice.pick(FOLLOW_FORMATS) }) as never)
  const texts = new TextSink({
    prefix: join(folder, 'texts'),
    packets: true,
    labels,
    ...(plan.decoder.headers === undefined ? {} : { headers: plan.decoder.headers }),
  })
  await pipeline([
    ...sourceOf(bytes, plan, folder),
    decoderOf(plan),
    new FlowTagger(plan.tagger),
    new NdjsonWriter({ communityId, labels }),
    collect(tagged),
  ] as never)
  await pipeline([
    ...sourceOf(bytes, plan, folder),
    decoderOf(plan),
    new FlowTagger(plan.tagger),
    new PayloadChunker(plan.payload),
    ...outputs,
    new PayloadSink({ ...plan.sink, folder: join(folder, 'payload') }),
    ...(plan.texts ? [texts] : []),
    new NdjsonWriter({ packets: false, communityId, labels }),
    collect(records),
  ] as never)
  const text = Buffer.concat(tagged)
  parsedLines(text, dice)
  const first = flowsOf(parsedLines(Buffer.concat(records), dice))
  const again: Buffer[] = []
  await pipeline([
    Readable.from(pieces(text, plan.pieceBytes)),
    new NdjsonReader({ payload: 'decode', recycle: plan.recycle, strict: true }),
    new PayloadChunker(plan.payload),
    new PayloadSink({ ...plan.sink, folder: join(folder, 'again') }),
    new NdjsonWriter({ packets: false }),
    collect(again),
  ] as never)
  const second = flowsOf(parsedLines(Buffer.concat(again), dice))
  if (first !== second) fail(`records give other payload than packets: ${difference(first, second)}`)
  if (!plan.transcripts) return
  await pipeline([
    Readable.from(pieces(text, plan.pieceBytes)),
    new NdjsonReader({ payload: 'decode', lines: false, strict: true }),
    new PayloadChunker(plan.payload),
    new Follower({
      format: dice.pick(FOLLOW_FORMATS),
      packets: dice.chance(0.3),
      headers: true,
      gap: 'marker',
    }),
    nowhere(),
  ] as never)
}

/** With the facts that the payload stage asks for, as in one process. */
function decoderOf({ decoder, payload }: StreetPlan): PacketDecoder {
  return new PacketDecoder({
    ...decoder,
    timestamps: decoder.timestamps || payload.paws === true,
    checksums: decoder.checksums || payload.checksums === true,
  })
}

function sourceOf(bytes: Buffer, { fromFile, pieceBytes, recycle }: StreetPlan, folder: string): Readable[] {
  if (!fromFile) return [Readable.from(pieces(bytes, pieceBytes)), new CaptureReader({ recycle }) as never]
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'capture')
  writeFileSync(file, bytes)
  return [openCapture(file, { recycle, slabBytes: pieceBytes < 4096 ? 4096 : pieceBytes })]
}

export function pieces(bytes: Buffer, size: number): Buffer[] {
  const cut: Buffer[] = []
  // not too many of them: small pieces are for small inputs
  const step = Math.max(size, Math.ceil(bytes.length / 2000))
  for (let at = 0; at < bytes.length; at += step) cut.push(Buffer.from(bytes.subarray(at, at + step)))
  return cut
}

export function collect(into: Buffer[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      into.push(chunk)
      done()
    },
  })
}

export function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() })
}

/** What the flows got, as text. */
function flowsOf(records: Record<string, unknown>[]): string {
  return records
    .filter(({ type }) => type === 'flow')
    .map(record => {
      const { flowInd, dir, pldStat, pldLen, pldBytes, pldGaps, pldOverlaps } =
        record as unknown as FlowRecord
      return JSON.stringify([flowInd, dir, pldStat, pldLen, pldBytes, pldGaps, pldOverlaps])
    })
    .join('\n')
}

function difference(first: string, second: string): string {
  const [one, two] = [first.split('\n'), second.split('\n')]
  const at = one.findIndex((line, i) => line !== two[i])
  return `${one[at]} is ${two[at]}`
}
