import { Batch, type SideItem } from '../batch.ts'
import type { Gap, GapRecord, NoteRecord } from '../records.ts'
import { PLD_FILE_ERROR } from '../status-bits.ts'
import { StreamEnd } from '../stream-end.ts'
import { type Made, withFile } from './flow-file.ts'

/** What the sink looks at beyond the chunks and their flows: columns that are not shared but copied, and gaps. */
export interface SinkNeeds {
  /** Packets, for names made of endpoints. */
  packets: boolean
  /** Frames, for names by time and for indexes. */
  frames: boolean
  /** Gaps of flows, and records of gaps. */
  gaps: boolean
}

/** What a thread that writes files is sent of a batch: columns in shared memory, and of the flows that end what it looks at. */
export interface SinkWork {
  parts: Pick<
    Batch,
    'rows' | 'slab' | 'captures' | 'captureNo' | 'keep' | 'frames' | 'packets' | 'tags' | 'chunks'
  >
  /** The flows that end, as rows of `flowInd` and `dir`, and gaps if needed; other side records stand as −1. */
  side: (number | GapRecord)[]
  sideAt: number[]
  flowInd: Float64Array
  dir: Uint8Array
  /** Where each flow's stream begins, and its length, 0 where there is none. */
  start: Float64Array
  pldLen: Float64Array
  /** By flow, if needed: what is missing of it; and its SCTP streams. */
  gaps: (Gap[] | undefined)[]
  streams: StreamEnd['pldFiles'][]
}

/** What comes back of it. */
export interface SinkResult {
  /** Flows whose files are done, by row. */
  files: (Made & { row: number })[]
  /** Notes: each with the number of the side record before which it stands, and with its row. */
  notes: { index: number; at: number; note: NoteRecord }[]
}

export function workOf(batch: Batch, needs: SinkNeeds): SinkWork {
  const { rows, slab, captures, captureNo, keep, tags, chunks, flows, flowPayload } = batch
  const { frames } = needs.frames ? batch : NO_COLUMNS
  const { packets } = needs.packets ? batch : NO_COLUMNS
  const count = flows?.count ?? 0
  const start = new Float64Array(count)
  const pldLen = new Float64Array(count)
  const streams: SinkWork['streams'] = []
  for (let row = 0; row < count; row++) {
    const payload = flowPayload[row]
    pldLen[row] = payload?.pldLen ?? 0
    if (!(payload instanceof StreamEnd)) continue
    start[row] = payload.start
    if (payload.pldFiles !== undefined) streams[row] = payload.pldFiles
  }
  const passed = (item: SideItem): number | GapRecord => {
    if (typeof item === 'number') return item
    return needs.gaps && 'type' in item && item.type === 'gap' ? item : -1
  }
  return {
    parts: { rows, slab, captures, captureNo, keep, frames, packets, tags, chunks },
    side: batch.side.map(passed),
    sideAt: batch.sideAt,
    flowInd: flows?.flowInd.slice(0, count) ?? new Float64Array(0),
    dir: flows?.dir.slice(0, count) ?? new Uint8Array(0),
    start,
    pldLen,
    gaps: needs.gaps ? flowPayload.map(payload => payload?.pldGaps) : [],
    streams,
  }
}

/** The batch as the thread sees it. */
export function batchOf(work: SinkWork): Batch {
  const { parts, side, sideAt, flowInd, dir, start, pldLen, gaps, streams } = work
  const { buffer, byteOffset, length } = parts.slab
  const flowPayload = Array.from(pldLen, (all, row) => {
    if (all === 0 && streams[row] === undefined) return undefined
    const end = new StreamEnd(start[row]!, '0x00', all, all, gaps[row] ?? [], 0)
    if (streams[row] !== undefined) end.pldFiles = streams[row]
    return end
  })
  return Batch.create({
    ...parts,
    // a Buffer comes as a plain Uint8Array
    slab: Buffer.from(buffer, byteOffset, length),
    flows: { flowInd, dir } as Batch['flows'],
    flowPayload,
    side: side.map(item => (item === -1 ? NOTHING : item)),
    sideAt,
  })
}

const NO_COLUMNS = Batch.create({})
const NOTHING: NoteRecord = { type: 'note', level: 'warning', code: '', message: '' }

/** What has to be told of a batch, from what the sink was given and what it gave. */
export function resultOf(before: Batch, after: Batch): SinkResult {
  const files: SinkResult['files'] = []
  const notes: SinkResult['notes'] = []
  let index = 0
  after.side.forEach((item, i) => {
    if (typeof item === 'object' && 'type' in item && item.type === 'note' && item !== NOTHING) {
      notes.push({ index, at: after.sideAt[i]!, note: item })
      return
    }
    index++
    if (typeof item !== 'number' || after.flowPayload[item] === before.flowPayload[item]) return
    const { pldFile, pldIndex, pldFiles, pldStat } = after.flowPayload[item]!
    const failed = (Number(pldStat) & PLD_FILE_ERROR) !== 0
    files.push({ row: item, pldFile, pldIndex, pldFiles, failed })
  })
  return { files, notes }
}

/** The batch that was sent away, with what came back. */
export function merged(batch: Batch, { files, notes }: SinkResult): Batch {
  const flowPayload = files.length > 0 ? batch.flowPayload.slice() : batch.flowPayload
  for (const { row, ...made } of files) {
    const told = flowPayload[row]
    if (told !== undefined) flowPayload[row] = withFile(told, made)
  }
  if (notes.length === 0) return batch.derive({ flowPayload })
  const side = batch.side.slice()
  const sideAt = batch.sideAt.slice()
  for (const { index, at, note } of notes.reverse()) {
    side.splice(index, 0, note)
    sideAt.splice(index, 0, at)
  }
  return batch.derive({ flowPayload, side, sideAt })
}
