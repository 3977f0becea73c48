import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CaptureReader } from '../../lib/capture/capture-reader.ts'
import { PacketDecoder } from '../../lib/decode/packet-decoder.ts'
import { FlowTagger } from '../../lib/flow/flow-tagger.ts'
import { NdjsonReader } from '../../lib/ndjson/ndjson-reader.ts'
import { NdjsonWriter } from '../../lib/ndjson/ndjson-writer.ts'
import { PayloadChunker } from '../../lib/payload/payload-chunker.ts'
import { FlowText, type TextOptions } from '../../lib/text/flow-text.ts'
import { PacketText } from '../../lib/text/packet-text.ts'

/** A row of text by the names of its columns. */
export type Row = Record<string, string>

/** A text file as rows. */
export function rowsOf(text: string): Row[] {
  const [header = '', ...lines] = text.split('\n').slice(0, -1)
  const names = header.slice(1).split('\t')
  return lines.map(line => Object.fromEntries(line.split('\t').map((cell, i) => [names[i] ?? `+${i}`, cell])))
}

/** The text that a stage makes of a capture; `lines`: records go through NDJSON before it. */
export async function textOf(
  stage: FlowText | PacketText,
  capture: Uint8Array,
  { lines = false, keep = false } = {},
): Promise<string> {
  let text = ''
  const edge = lines ? [new NdjsonWriter(), new NdjsonReader({ payload: keep ? 'keep' : 'decode' })] : []
  await pipeline([
    Readable.from([capture]),
    new CaptureReader(),
    new PacketDecoder(),
    new FlowTagger(),
    new PayloadChunker(),
    ...edge,
    stage,
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString()
        done()
      },
    }),
  ] as never)
  return text
}

/** Flow file and packet file of a capture. */
export async function textsOf(capture: Uint8Array, options: TextOptions = {}): Promise<[string, string]> {
  return [await textOf(new FlowText(options), capture), await textOf(new PacketText(options), capture)]
}
