import { type Batch, FlowLine } from '../../lib/batch.ts'
import { type PayloadOptions, PayloadStage } from '../../lib/payload/payload-chunker.ts'
import type { GapRecord, NoteRecord, OverlapRecord, SummaryRecord } from '../../lib/records.ts'
import type { StreamEnd } from '../../lib/stream-end.ts'
import { packetBatch, type TestPacket } from './packet-batch.ts'

/** What became of one flow direction. */
export interface Stream {
  /** The bytes in their place, `.` for those that are missing; of streams above 1 MiB only their length. */
  text: string
  end: StreamEnd
}

/** What the payload stage made of some packets. */
export interface Outcome {
  /** By flowInd and direction, `1A`. */
  streams: Record<string, Stream>
  pldStat: number[]
  gaps: GapRecord[]
  notes: NoteRecord[]
  overlaps: OverlapRecord[]
  summary: SummaryRecord
}

/** Runs packets through the payload stage, in batches of `perBatch`, and ends all their flows. */
export function runPayload(packets: TestPacket[], options: PayloadOptions = {}, perBatch = 4096): Outcome {
  const stage = new PayloadStage(options)
  const mayRewrite = !['first', 'vista'].includes(options.overlap ?? 'first')
  const given = new Map<string, { offset: number; bytes: string }[]>()
  const outcome: Outcome = {
    streams: {},
    pldStat: [],
    gaps: [],
    notes: [],
    overlaps: [],
    summary: { type: 'summary', stage: 'payload' },
  }
  const look = (batch: Batch): void => {
    outcome.pldStat.push(...(batch.pldStat ?? []))
    for (let i = 0; i < (batch.chunks?.count ?? 0); i++) {
      const { offset, row, off, len } = batch.chunks!
      const name = flowName(batch.tags!.flowInd[row[i]!]!, batch.tags!.dir[row[i]!]!)
      const bytes = batch.slab.toString('latin1', off[i]!, off[i]! + len[i]!)
      if (!given.has(name)) given.set(name, [])
      given.get(name)!.push({ offset: offset[i]!, bytes })
    }
    for (const item of batch.side) {
      if (item instanceof FlowLine) {
        const name = flowName(item.flowInd, item.dir)
        const end = item.payload as StreamEnd
        outcome.streams[name] = { text: textOf(end, given.get(name) ?? [], mayRewrite), end }
      } else if (typeof item === 'number' || !('type' in item)) continue
      else if (item.type === 'gap') outcome.gaps.push(item)
      else if (item.type === 'overlap') outcome.overlaps.push(item)
      else if (item.type === 'note') outcome.notes.push(item)
      else if (item.type === 'summary') outcome.summary = item
    }
  }
  for (let at = 0; at < packets.length; at += perBatch) {
    stage.take(packetBatch(packets.slice(at, at + perBatch), at + 1)).forEach(look)
  }
  const flows = new Set(packets.filter(p => p.flowInd).map(p => `${p.flowInd} ${p.dir ?? 0}`))
  const side = [...flows].map(flow => {
    const [flowInd, dir] = flow.split(' ').map(Number) as [number, number]
    return new FlowLine(flowInd, dir, Buffer.from('{}'))
  })
  const ends = packetBatch([]).derive({ side, sideAt: side.map(() => 0) })
  stage.take(ends).forEach(look)
  for (const batch of stage.end()) look(batch)
  return outcome
}

function flowName(flowInd: number, dir: number): string {
  return `${flowInd}${dir === 1 ? 'B' : 'A'}`
}

/** Later chunks replace those before them, which they may only where the policy lets them. */
function textOf(
  { start, pldLen }: StreamEnd,
  chunks: { offset: number; bytes: string }[],
  mayRewrite: boolean,
): string {
  const text = pldLen > 2 ** 20 ? undefined : Buffer.alloc(pldLen, '.')
  for (const { offset, bytes } of chunks) text?.write(bytes, offset - start, 'latin1')
  let last = start
  for (const { offset, bytes } of chunks.sort((a, b) => a.offset - b.offset)) {
    if (offset < last && !(mayRewrite && offset >= start))
      throw new RangeError(`byte ${offset} lies outside its stream or was given twice`)
    last = Math.max(last, offset + bytes.length)
  }
  if (last > start + pldLen) throw new RangeError(`byte ${last} lies outside its stream`)
  return text?.toString('latin1') ?? `${pldLen} bytes`
}
