import { type Batch, FlowLine, RawLine } from '../batch.ts'
import { communityId } from '../community-id.ts'
import { flowRecord, payloadRecord } from '../ndjson/flow-record.ts'
import type { PldRecord } from '../records.ts'

const text = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')

/** The side record at `index` of a batch as an owned plain object. Lines nobody knows come as what their JSON says. */
export function sideRecord(batch: Batch, index: number): PldRecord {
  const item = batch.side[index]!
  if (typeof item === 'number') return flowRecord(batch, item, communityId)
  if (item instanceof FlowLine) {
    return { ...JSON.parse(text(item.line)), ...(item.payload && payloadRecord(item.payload)) }
  }
  if (item instanceof RawLine) return JSON.parse(text(item.bytes))
  return item
}
