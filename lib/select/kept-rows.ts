import { Batch } from '../batch.ts'
import { FrameColumns } from '../columns.ts'
import type { SummaryRecord } from '../records.ts'

/** The batch with these rows alone, which ascend; side records keep their places between the frames. */
export function keptRows(batch: Batch, rows: Uint32Array): Batch {
  const { frames, extras } = batch
  let next = 0
  const sideAt = batch.sideAt.map(row => {
    while (next < rows.length && rows[next]! < row) next++
    return next
  })
  return batch.derive({
    rows: rows.length,
    frames: gathered(batch.newColumns(FrameColumns, rows.length), frames, rows),
    // rows that an earlier filter took out are not among these
    keep: undefined,
    extras: extras && keptExtras(extras, rows),
    sideAt,
  })
}

function gathered(target: FrameColumns, frames: FrameColumns, rows: Uint32Array): FrameColumns {
  for (const name of COLUMNS) {
    const from = frames[name]
    const to = target[name]
    for (let at = 0; at < rows.length; at++) to[at] = from[rows[at]!]!
  }
  return target
}

const COLUMNS = Object.keys(new FrameColumns(0)).filter(name => name !== 'capacity') as Exclude<
  keyof FrameColumns,
  'capacity'
>[]

function keptExtras(extras: NonNullable<Batch['extras']>, rows: Uint32Array): Batch['extras'] {
  const kept: NonNullable<Batch['extras']> = new Map()
  rows.forEach((row, at) => {
    const members = extras.get(row)
    if (members !== undefined) kept.set(at, members)
  })
  return kept
}

/** The last batch of a filter: its counters alone. */
export function filterSummary(summary: SummaryRecord): Batch {
  return Batch.create({ side: [summary], sideAt: [0] })
}
