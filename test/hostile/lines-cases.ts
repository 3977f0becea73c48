import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CaptureReader } from '../../lib/capture/capture-reader.ts'
import { pcapngOutput } from '../../lib/cli/pcapng-output.ts'
import { References } from '../../lib/cli/references.ts'
import { communityId } from '../../lib/community-id.ts'
import { PacketDecoder } from '../../lib/decode/packet-decoder.ts'
import { FlowTagger } from '../../lib/flow/flow-tagger.ts'
import { Follower } from '../../lib/follow/follower.ts'
import { FOLLOW_FORMATS } from '../../lib/follow/format-names.ts'
import { HEADER_NAMES } from '../../lib/header-columns.ts'
import { BuiltInLabels } from '../../lib/labels/built-in-labels.ts'
import { NdjsonReader } from '../../lib/ndjson/ndjson-reader.ts'
import { NdjsonWriter, type NdjsonWriterOptions } from '../../lib/ndjson/ndjson-writer.ts'
import { PayloadChunker } from '../../lib/payload/payload-chunker.ts'
import { releaseAll } from '../../lib/release-all.ts'
import { readSelection } from '../../lib/select/read-selection.ts'
import { PayloadSink } from '../../lib/sink/payload-sink.ts'
import { FlowText } from '../../lib/text/flow-text.ts'
import { PacketText } from '../../lib/text/packet-text.ts'
import { TextSink } from '../../lib/text/text-sink.ts'
import { selectFrom } from '../support/select-run.ts'
import type { Case } from './capture-cases.ts'
import { type Dice, diceFor } from './dice.ts'
import { builtSpecimens } from './specimens.ts'
import { spoiltLines } from './spoil-lines.ts'
import { collect, nowhere, pieces } from './street-case.ts'
import { fail } from './valid-lines.ts'

/** Sound records to be spoilt: frames, packets, tagged packets with and without payload, chunks, flows. */
export async function soundTexts(): Promise<string[]> {
  const capture = builtSpecimens()[0]!.bytes()
  const through = async (stages: unknown[], writer: NdjsonWriterOptions): Promise<string> => {
    const out: Buffer[] = []
    const street = [
      Readable.from([capture]),
      new CaptureReader(),
      ...stages,
      new NdjsonWriter(writer),
      collect(out),
    ]
    await pipeline(street as never)
    return Buffer.concat(out).toString()
  }
  const labels = new BuiltInLabels()
  const headers = [...HEADER_NAMES]
  const payload = { l2: true, sctp: true, icmp: true }
  const tagged = (): unknown[] => [new PacketDecoder({ headers }), new FlowTagger()]
  const texts = await Promise.all([
    through([], { packets: false, frames: true }),
    through([new PacketDecoder({ timestamps: true, checksums: true })], {}),
    through([new PacketDecoder()], { payload: 'ref' }),
    through(tagged(), { communityId, labels }),
    through([...tagged(), new PayloadChunker(payload)], { communityId, labels }),
    through([...tagged(), new PayloadChunker(payload)], {
      packets: false,
      chunks: true,
      communityId,
      labels,
    }),
    through([...tagged(), new PayloadChunker(payload)], { packets: false, communityId }),
  ])
  // so that there is something to tell of every flow
  return texts.map((text, i) => (i < 3 ? text : text + told()))
}

/** Records of what sinks tell, and of what readers may have lost. */
function told(): string {
  const out: object[] = []
  for (let flowInd = 1; flowInd < 12; flowInd++) {
    for (const dir of ['A', 'B']) {
      const whose = { captureId: 'c', flowInd, dir }
      const gap = { offset: 3, length: 5, reason: 'absent' }
      const lengths = { pldLen: 10, pldBytes: 5, pldGaps: [gap], pldOverlaps: 0 }
      const file = { sctpStream: 3, pldFile: 'x', pldIndex: 'x.idx', ...lengths }
      out.push({ type: 'gap', ...whose, sctpStream: 3, ...gap }, { type: 'gap', ...whose, ...gap })
      out.push({ type: 'flow', ...whose, firstPktNo: 1, pldStat: '0x03', ...lengths, pldFiles: [file] })
    }
  }
  return out.map(record => `${JSON.stringify(record)}\n`).join('')
}

const EXPRESSIONS = [
  'flowInd == 35',
  'host("10.0.0.0/8") && pldBytes > 3',
  'bitsanyset($pldStat, 0x02) || has(duration)',
  'srcPort * 2 - dstPort / 3 > l7Len % 7',
  'match($payload, "a+b") || payload == "x"',
]

type Consumer = (bytes: Buffer, dice: Dice, folder: string) => Promise<void>

/** What the programs that read records do, without their command lines. */
export const CONSUMERS: Readonly<Record<string, Consumer>> = {
  async flowtag(bytes, dice) {
    const writer = new NdjsonWriter({ packets: dice.chance(0.8), communityId, labels: new BuiltInLabels() })
    await lines([
      ...source(bytes, dice, { payload: 'keep' }),
      new FlowTagger({ timeout: dice.below(200) }),
      writer,
    ])
  },
  async pldchunk(bytes, dice) {
    const writer = new NdjsonWriter({ packets: false, chunks: true })
    await lines([...source(bytes, dice, { payload: 'decode', lines: false }), chunker(dice), writer])
  },
  async pldsink(bytes, dice, folder) {
    const packets = dice.chance(0.3)
    const options = {
      folder: join(folder, 'out'),
      index: dice.chance(0.3),
      maxOpenFiles: dice.pick([1, 100]),
    }
    const sink = new PayloadSink({
      ...options,
      names: dice.pick([0, 1, 2, 'tcpflow', '%T/%A.%a-%B.%b'] as const),
      gap: dice.pick(['zero', 'skip', 'marker'] as const),
    })
    const from = source(bytes, dice, { payload: 'decode', lines: packets })
    await lines([...from, chunker(dice), sink, new NdjsonWriter({ packets })])
  },
  async flow2txt(bytes, dice) {
    const headers = dice.chance(0.5) ? { headers: [...HEADER_NAMES] } : {}
    const rows = dice.chance(0.5) ? new FlowText(headers) : new PacketText(headers)
    await pipeline([
      ...source(bytes, dice, { payload: dice.pick(['keep', 'decode'] as const) }),
      rows,
      nowhere(),
    ] as never)
  },
  async texts(bytes, dice, folder) {
    const sink = new TextSink({
      prefix: join(folder, 'texts'),
      packets: dice.chance(0.5),
      headers: [...HEADER_NAMES],
    })
    await pipeline([...source(bytes, dice, { payload: 'keep' }), sink, releaseAll()] as never)
  },
  async flowfollow(bytes, dice) {
    const follower = new Follower({
      format: dice.pick(FOLLOW_FORMATS),
      gap: 'marker',
      packets: dice.chance(0.5),
      headers: dice.chance(0.5),
    })
    const from = source(bytes, dice, { payload: 'decode', lines: false })
    await pipeline([...from, chunker(dice), follower, nowhere()] as never)
  },
  async flowsel(bytes, dice) {
    const table = dice.pick([
      {},
      { fields: 'flowInd,srcIP,pldStat,payload' },
      { aggr: 'tuple2', sum: 'l7BytesSnt' },
      { sort: 'pktNo', top: 3 },
      { fields: 'flowInd,srcIP', text: true },
      { both: true },
    ])
    selectFrom([bytes], { expression: dice.pick(EXPRESSIONS), ...table }, dice.pick([7, 1000, 1 << 16]))
  },
  async json2pcap(bytes, dice, folder) {
    const output = pcapngOutput(join(folder, 'out.pcapng'))
    const { selection } = await readSelection(source(bytes, dice, { payload: 'keep' }).at(-1) as Readable)
    for (const frame of selection.frames) output.frame(frame)
    await output.end()
  },
}

function chunker(dice: Dice): PayloadChunker {
  return new PayloadChunker({ l2: true, sctp: dice.chance(0.7), icmp: true, paws: dice.chance(0.2) })
}

function source(
  bytes: Buffer,
  dice: Dice,
  options: ConstructorParameters<typeof NdjsonReader>[0],
): unknown[] {
  const references = new References()
  const reader = new NdjsonReader({
    ...options,
    resolve: references.resolve,
    recycle: dice.chance(0.5),
    strict: dice.chance(0.05),
  })
  const input = Readable.from(pieces(bytes, dice.pick([13, 1000, 1 << 20])))
  input.once('error', error => reader.destroy(error))
  input.pipe(reader)
  return [reader]
}

/** Runs a street that ends with lines; each has to be a JSON object. */
async function lines(street: unknown[]): Promise<void> {
  const out: Buffer[] = []
  await pipeline([...street, collect(out)] as never)
  const text = Buffer.concat(out).toString()
  if (text !== '' && !text.endsWith('\n')) fail('the last line has no end')
  for (const line of text.split('\n').slice(0, -1)) {
    try {
      const record = JSON.parse(line)
      if (typeof record === 'object' && record !== null) continue
    } catch {}
    fail(`no JSON object: ${JSON.stringify(line.slice(0, 300))}`)
  }
}

/** Case `number` of a seed: records of some kind, what is done to them, and who has to read them. */
export function linesCase(texts: readonly string[], seed: number, number: number): Case {
  const dice = diceFor(seed, number)
  const names = Object.keys(CONSUMERS)
  const consumer = names[number % names.length]!
  const text = dice.below(texts.length)
  const share = dice.pick([0.02, 0.1, 0.5])
  return {
    name: `records ${text} to ${consumer}`,
    run: folder => CONSUMERS[consumer]!(spoiltLines(texts[text]!, dice, share), dice, folder),
  }
}
