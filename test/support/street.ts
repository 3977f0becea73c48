import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CaptureReader } from '../../lib/capture/capture-reader.ts'
import { PacketDecoder, type PacketDecoderOptions } from '../../lib/decode/packet-decoder.ts'
import { FlowTagger, type FlowTaggerOptions } from '../../lib/flow/flow-tagger.ts'
import { NdjsonReader } from '../../lib/ndjson/ndjson-reader.ts'
import { NdjsonWriter } from '../../lib/ndjson/ndjson-writer.ts'
import { PayloadChunker, type PayloadOptions } from '../../lib/payload/payload-chunker.ts'
import type { FlowRecord, NoteRecord, OverlapRecord, PacketRecord, SummaryRecord } from '../../lib/records.ts'
import { PayloadSink } from '../../lib/sink/payload-sink.ts'

export type StreetOptions = PayloadOptions & PacketDecoderOptions & FlowTaggerOptions

/** What a capture gave on its way through all stages. */
export interface StreetOutcome {
  /** By flowInd and direction, `1A`: the file's bytes, `.` for those that the record calls missing. */
  streams: Record<string, string>
  flows: Record<string, FlowRecord>
  packets: PacketRecord[]
  notes: NoteRecord[]
  overlaps: OverlapRecord[]
  /** Counters of the payload stage. */
  summary: SummaryRecord
}

/**
 * Runs a capture from its bytes to files. `lines`: each stage hands on NDJSON, as in a pipe. `cut`: the capture comes in
 * pieces of so many bytes.
 */
export async function runStreet(
  capture: Uint8Array,
  options: StreetOptions = {},
  { lines = false, cut = 1 << 20 } = {},
): Promise<StreetOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'pldpipe-street-'))
  try {
    const pieces: Uint8Array[] = []
    for (let at = 0; at < capture.length; at += cut) pieces.push(capture.subarray(at, at + cut))
    const edge = (): NodeJS.ReadWriteStream[] =>
      lines ? [new NdjsonWriter(), new NdjsonReader({ payload: 'decode', lines: true })] : []
    let text = ''
    const stages = [
      Readable.from(pieces),
      new CaptureReader(),
      new PacketDecoder(options),
      ...edge(),
      new FlowTagger(options),
      ...edge(),
      new PayloadChunker(options),
      new PayloadSink({ folder, relativeTo: folder }),
      new NdjsonWriter(),
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          text += chunk.toString('latin1')
          done()
        },
      }),
    ]
    await pipeline(stages as never)
    return outcomeOf(
      text
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line)),
      folder,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

// biome-ignore lint/suspicious/noExplicitAny: records of all kinds
function outcomeOf(records: any[], folder: string): StreetOutcome {
  const ofType = (type: string): never => records.filter(record => record.type === type) as never
  const outcome: StreetOutcome = {
    streams: {},
    flows: {},
    packets: ofType('packet'),
    notes: ofType('note'),
    overlaps: ofType('overlap'),
    summary: records.find(({ type, stage }) => type === 'summary' && stage === 'payload'),
  }
  for (const flow of ofType('flow') as FlowRecord[]) {
    const name = `${flow.flowInd}${flow.dir}`
    const file = flow.pldFile === undefined ? Buffer.alloc(0) : readFileSync(join(folder, flow.pldFile))
    if (flow.pldFile !== undefined && file.length !== flow.pldLen)
      throw new Error(`${name}: length of the file`)
    for (const { offset, length } of flow.pldGaps!) {
      const gap = file.subarray(offset, offset + length)
      if (gap.some(byte => byte !== 0)) throw new Error(`${name}: a gap with bytes in it`)
      gap.fill('.')
    }
    outcome.streams[name] = file.toString('latin1')
    outcome.flows[name] = flow
  }
  return outcome
}
