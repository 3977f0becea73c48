import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import type { Batch } from '../../lib/batch.ts'
import { CaptureReader, type CaptureReaderOptions } from '../../lib/capture/capture-reader.ts'
import { type OpenCaptureOptions, openCapture } from '../../lib/capture/open-capture.ts'
import type { CaptureRecord, NoteRecord, PldRecord, SummaryRecord } from '../../lib/records.ts'

/** A row of a batch of frames, with the frame's bytes in hexadecimal. */
export interface FrameRow {
  pktNo: number
  time: [sec: number, nsec: number]
  wireLen: number
  linkType: number
  iface: number
  digits: number
  bytes: string
}

/** All that came out of a capture: rows and records in their order, and each kind for itself. */
export interface Harvest {
  all: (FrameRow | PldRecord)[]
  rows: FrameRow[]
  captures: CaptureRecord[]
  notes: NoteRecord[]
  summary: SummaryRecord | undefined
  /** Rows of each batch. */
  batches: number[]
}

/** The row as an object of its own. */
export function frameRow({ frames, slab }: Batch, row: number): FrameRow {
  const off = frames.off[row]!
  return {
    pktNo: frames.pktNo[row]!,
    time: [frames.sec[row]!, frames.nsec[row]!],
    wireLen: frames.wireLen[row]!,
    linkType: frames.linkType[row]!,
    iface: frames.iface[row]!,
    digits: frames.digits[row]!,
    bytes: slab.toString('hex', off, off + frames.capLen[row]!),
  }
}

/** Takes a stream of batches to its end. Batches are released as the last stage does. */
export async function harvest(stream: Readable): Promise<Harvest> {
  const found: Harvest = { all: [], rows: [], captures: [], notes: [], summary: undefined, batches: [] }
  for await (const batch of stream as AsyncIterable<Batch>) {
    let side = 0
    for (let row = 0; row <= batch.rows; row++) {
      for (; side < batch.side.length && batch.sideAt[side] === row; side++) {
        const item = batch.side[side] as PldRecord
        found.all.push(item)
        if (item.type === 'capture') found.captures.push(item)
        else if (item.type === 'note') found.notes.push(item)
        else if (item.type === 'summary') found.summary = item
      }
      if (row === batch.rows) break
      const next = frameRow(batch, row)
      found.all.push(next)
      found.rows.push(next)
    }
    found.batches.push(batch.rows)
    batch.release()
  }
  return found
}

/** Writes the chunks to a reader, each when the one before was taken. */
export async function readChunks(
  chunks: readonly Uint8Array[],
  options?: CaptureReaderOptions,
): Promise<Harvest> {
  const reader = new CaptureReader(options)
  const result = harvest(reader)
  result.catch(() => {})
  for (const chunk of chunks) {
    if (reader.destroyed) break
    // the reader has to copy: this memory is overwritten at once
    const mine = Buffer.from(chunk)
    await new Promise<void>(resolve => {
      reader.once('close', resolve)
      reader.write(mine, () => {
        reader.off('close', resolve)
        resolve()
      })
    })
    mine.fill(0xee)
  }
  if (!reader.destroyed) reader.end()
  return result
}

/** What `openCapture()` gives. */
export function readFiles(paths: string | readonly string[], options?: OpenCaptureOptions): Promise<Harvest> {
  return harvest(openCapture(paths, options))
}

/** The next batch of a stream. */
export async function nextBatch(stream: Readable): Promise<Batch> {
  for (;;) {
    const batch = stream.read() as Batch | null
    if (batch !== null) return batch
    await once(stream, 'readable')
  }
}

/** Writes files into the test's own folder and gives their paths. */
export function files(test: { testdir(): string }, contents: Record<string, Uint8Array>): string[] {
  const folder = test.testdir()
  return Object.entries(contents).map(([name, bytes]) => {
    writeFileSync(join(folder, name), bytes)
    return join(folder, name)
  })
}

/** The frames of rows as text. */
export const texts = (rows: readonly FrameRow[]): string[] =>
  rows.map(row => Buffer.from(row.bytes, 'hex').toString())

/** Frames that do not compress away, so that damage hits some and not all. */
export const noisy = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, index) => Buffer.from(`${index} ${Math.sin(index)} ${Math.cos(index)}`))

/** Lets everything happen that can happen without more input. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn()
}
