import { type Batch, FlowLine } from '../../lib/batch.ts'
import { type PayloadOptions, PayloadStage } from '../../lib/payload/payload-chunker.ts'
import type { GapRecord, NoteRecord, StreamPayload, SummaryRecord } from '../../lib/records.ts'
import type { StreamEnd } from '../../lib/stream-end.ts'
import { packetBatch, type TestPacket } from './packet-batch.ts'

/** A chunk as the payload stage gave it. */
export interface GivenChunk {
  stream: number
  offset: number
  text: string
  pktNo: number
  ppid: number
  flags: number
  /** It came in a batch of its own, behind the packet that brought it. */
  late: boolean
}

/** What the payload stage made of some SCTP packets. */
export interface SctpOutcome {
  /** By flowInd, direction and stream, `1A0`; `.` for bytes that are missing. */
  streams: Record<string, string>
  files: Record<string, StreamPayload>
  /** By flowInd and direction. */
  ends: Record<string, StreamEnd>
  chunks: GivenChunk[]
  pldStat: number[]
  gaps: GapRecord[]
  notes: NoteRecord[]
  summary: SummaryRecord
}

/** An SCTP packet of flow 1, A, with these chunks. */
export function sctpPacket(chunks: Uint8Array | Uint8Array[], more: TestPacket = {}): TestPacket {
  const payload = Buffer.concat([chunks].flat())
  return { flowInd: 1, l4Proto: 132, hdrDesc: 'eth:ipv4:sctp', payload, ...more }
}

/** Runs packets through the payload stage in batches of `perBatch`; `records`: their flows end with a record. */
export function runSctp(
  packets: TestPacket[],
  {
    perBatch = 4096,
    records = true,
    ...options
  }: PayloadOptions & { perBatch?: number; records?: boolean } = {},
): SctpOutcome {
  const stage = new PayloadStage({ sctp: true, ...options })
  const outcome: SctpOutcome = {
    streams: {},
    files: {},
    ends: {},
    chunks: [],
    pldStat: [],
    gaps: [],
    notes: [],
    summary: { type: 'summary', stage: 'payload' },
  }
  const given = new Map<string, { offset: number; text: string }[]>()
  const look = (batch: Batch): void => {
    outcome.pldStat.push(...(batch.pldStat ?? []))
    const { chunks } = batch
    for (let i = 0; i < (chunks?.count ?? 0); i++) {
      const row = chunks!.row[i]!
      if (i > 0 && row < chunks!.row[i - 1]!) throw new RangeError('chunks are not in the order of rows')
      const text = batch.slab.toString('latin1', chunks!.off[i]!, chunks!.off[i]! + chunks!.len[i]!)
      const name = nameOf(batch.tags!.flowInd[row]!, batch.tags!.dir[row]!)
      const stream = chunks!.stream?.[i] ?? -1
      const offset = chunks!.offset[i]!
      outcome.chunks.push({
        stream,
        offset,
        text,
        pktNo: batch.frames.pktNo[row]!,
        ppid: chunks!.ppid?.[i] ?? 0,
        flags: chunks!.dataFlags?.[i] ?? 0,
        late: batch.chunkRows,
      })
      given.set(`${name}${stream}`, [...(given.get(`${name}${stream}`) ?? []), { offset, text }])
    }
    for (const item of batch.side) {
      if (item instanceof FlowLine) {
        const name = nameOf(item.flowInd, item.dir)
        const end = item.payload as StreamEnd
        outcome.ends[name] = end
        for (const file of end.pldFiles ?? []) {
          outcome.files[`${name}${file.sctpStream}`] = file
          outcome.streams[`${name}${file.sctpStream}`] = textOf(
            file.pldLen,
            given.get(`${name}${file.sctpStream}`) ?? [],
          )
        }
      } else if (typeof item === 'number' || !('type' in item)) continue
      else if (item.type === 'gap') outcome.gaps.push(item)
      else if (item.type === 'note') outcome.notes.push(item)
      else if (item.type === 'summary') outcome.summary = item
    }
  }
  for (let at = 0; at < packets.length; at += perBatch) {
    for (const batch of stage.take(packetBatch(packets.slice(at, at + perBatch), at + 1))) look(batch)
  }
  if (records) {
    const flows = new Set(packets.map(({ flowInd, dir }) => 2 * flowInd! + (dir ?? 0)))
    const side = [...flows].map(flow => new FlowLine(flow >> 1, flow & 1, Buffer.from('{}')))
    for (const batch of stage.take(packetBatch([]).derive({ side, sideAt: side.map(() => 0) }))) look(batch)
  }
  for (const batch of stage.end()) look(batch)
  return outcome
}

function nameOf(flowInd: number, dir: number): string {
  return `${flowInd}${dir === 1 ? 'B' : 'A'}`
}

function textOf(length: number, chunks: { offset: number; text: string }[]): string {
  const bytes = Buffer.alloc(length, '.')
  let last = 0
  for (const { offset, text } of chunks.sort((a, b) => a.offset - b.offset)) {
    if (offset < last) throw new RangeError(`byte ${offset} was given twice`)
    last = offset + text.length
    if (last > length) throw new RangeError(`byte ${last} lies outside its stream`)
    bytes.write(text, offset, 'latin1')
  }
  return bytes.toString('latin1')
}
