import { RecordReader } from '../ndjson/record-reader.ts'
import { Stage } from '../stage.ts'
import type { OwnedRecord } from './packets.ts'

/** Objects that arrive together are put into one batch of at most so many. */
const MAX_TOGETHER = 256

/**
 * Puts single objects together to batches again: packets with their payload as bytes or base64, and any other records,
 * as `packets()` gives them or as `split2(JSON.parse)` reads them from lines. An object is passed on as soon as no other
 * is waiting behind it.
 */
export function batches(): Stage<OwnedRecord> {
  const reader = new RecordReader({ payload: 'decode', lines: true })
  let lines: string[] = []
  const stage: Stage<OwnedRecord> = new Stage<OwnedRecord>(
    {
      *take(record) {
        lines.push(lineOf(record))
        if (lines.length < MAX_TOGETHER && stage.writableLength > 1) return
        yield* reader.feed(together())
      },
      *end() {
        yield* reader.feed(together())
        yield* reader.end()
      },
    },
    'objects',
  )
  const together = (): Buffer => {
    const bytes = Buffer.from(lines.join(''))
    lines = []
    return bytes
  }
  return stage
}

function lineOf(record: OwnedRecord): string {
  const { payload, ...members } = record as { payload?: Uint8Array | string }
  if (payload === undefined || payload.length === 0) return `${JSON.stringify(members)}\n`
  const base64 = typeof payload === 'string' ? payload : Buffer.from(payload).toString('base64')
  return `${JSON.stringify({ ...members, payload: base64 })}\n`
}
