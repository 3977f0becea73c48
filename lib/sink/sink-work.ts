import { Batch } from '../batch.ts'
import type { NoteRecord } from '../records.ts'
import { PLD_FILE_ERROR } from '../status-bits.ts'
import { StreamEnd } from '../stream-end.ts'
import { withFile } from './flow-file.ts'

/** What a thread that writes files is sent of a batch: columns in shared memory, and of the flows that end what it looks at. */
export interface SinkWork {
  parts: Pick<
    Batch,
    'rows' | 'slab' | 'captures' | 'captureNo' | 'keep' | 'frames' | 'packets' | 'tags' | 'chunks'
  >
  /** The flows that end, as rows of `flowInd` and `dir`; other side records stand as −1. */
  side: number[]
  sideAt: number[]
  flowInd: Float64Array
  dir: Uint8Array
  /** Length of each flow's stream, 0 where there is none. */
  pldLen: Float64Array
}

/** What comes back of it. */
export interface SinkResult {
  /** Flows whose file is done: the row, the file if one was made, and whether writing failed. */
  files: { row: number; pldFile: string | undefined; failed: boolean }[]
  /** Notes: each with the number of the side record before which it stands, and with its row. */
  notes: { index: number; at: number; note: NoteRecord }[]
}

/** `endpoints`: whether files are named by what frames and packets say; those columns are not shared but copied. */
export function workOf(batch: Batch, endpoints: boolean): SinkWork {
  const { rows, slab, captures, captureNo, keep, tags, chunks, flows } = batch
  const { frames, packets } = endpoints ? batch : NO_COLUMNS
  const count = flows?.count ?? 0
  const pldLen = new Float64Array(count)
  for (let row = 0; row < count; row++) pldLen[row] = batch.flowPayload[row]?.pldLen ?? 0
  return {
    parts: { rows, slab, captures, captureNo, keep, frames, packets, tags, chunks },
    side: batch.side.map(item => (typeof item === 'number' ? item : -1)),
    sideAt: batch.sideAt,
    flowInd: flows?.flowInd.slice(0, count) ?? new Float64Array(0),
    dir: flows?.dir.slice(0, count) ?? new Uint8Array(0),
    pldLen,
  }
}

/** The batch as the thread sees it. */
export function batchOf({ parts, side, sideAt, flowInd, dir, pldLen }: SinkWork): Batch {
  const { buffer, byteOffset, length } = parts.slab
  const flowPayload = Array.from(pldLen, all =>
    all === 0 ? undefined : new StreamEnd(0, '0x00', all, all, [], 0),
  )
  return Batch.create({
    ...parts,
    // a Buffer comes as a plain Uint8Array
    slab: Buffer.from(buffer, byteOffset, length),
    flows: { flowInd, dir } as Batch['flows'],
    flowPayload,
    side: side.map(row => (row < 0 ? NOTHING : row)),
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
    if (typeof item !== 'number' && item !== NOTHING) {
      notes.push({ index, at: after.sideAt[i]!, note: item as NoteRecord })
      return
    }
    index++
    if (typeof item !== 'number' || after.flowPayload[item] === before.flowPayload[item]) return
    const { pldFile, pldStat } = after.flowPayload[item]!
    files.push({ row: item, pldFile, failed: (Number(pldStat) & PLD_FILE_ERROR) !== 0 })
  })
  return { files, notes }
}

/** The batch that was sent away, with what came back. */
export function merged(batch: Batch, { files, notes }: SinkResult): Batch {
  const flowPayload = files.length > 0 ? batch.flowPayload.slice() : batch.flowPayload
  for (const { row, pldFile, failed } of files) {
    const told = flowPayload[row]
    if (told !== undefined) flowPayload[row] = withFile(told, pldFile, failed)
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
