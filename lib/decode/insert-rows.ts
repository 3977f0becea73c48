import type { Batch } from '../batch.ts'
import { FrameColumns } from '../columns.ts'

/**
 * The batch with the rows of some frames repeated, for frames that hold more than one packet: for each entry of
 * `inserted`, which ascends, one more row of that frame. Side records keep their places between the frames.
 */
export function insertRows(batch: Batch, inserted: readonly number[]): Batch {
  const { rows, frames } = batch
  const all = rows + inserted.length
  const source = new Uint32Array(all)
  /** Where each frame's first row is now. */
  const moved = new Uint32Array(rows + 1)
  let row = 0
  let next = 0
  for (let frame = 0; frame < rows; frame++) {
    moved[frame] = row
    source[row++] = frame
    for (; inserted[next] === frame; next++) source[row++] = frame
  }
  moved[rows] = all
  return batch.derive({
    rows: all,
    frames: repeated(batch.newColumns(FrameColumns, all), frames, source),
    keep: batch.keep === undefined ? undefined : Uint8Array.from(source, frame => batch.keep![frame]!),
    extras: repeatedExtras(batch.extras, source),
    sideAt: batch.sideAt.map(frame => moved[frame]!),
  })
}

function repeated(target: FrameColumns, frames: FrameColumns, source: Uint32Array): FrameColumns {
  const columns = Object.keys(frames).filter(name => name !== 'capacity') as Exclude<
    keyof FrameColumns,
    'capacity'
  >[]
  for (const name of columns) {
    const from = frames[name]
    const to = target[name]
    for (let row = 0; row < source.length; row++) to[row] = from[source[row]!]!
  }
  return target
}

function repeatedExtras(extras: Batch['extras'], source: Uint32Array): Batch['extras'] {
  if (extras === undefined) return undefined
  const all: Batch['extras'] = new Map()
  source.forEach((frame, row) => {
    const members = extras.get(frame)
    if (members !== undefined) all.set(row, members)
  })
  return all
}
