import type { Batch } from '../batch.ts'
import { packetRecord } from '../packet-view.ts'
import type { ChunkRecord } from '../records.ts'
import { timeText } from '../time-text.ts'
import { sctpMembers } from './sctp-members.ts'

/** Whose a chunk is and which packet brought it: the members that every chunk begins with. */
export function chunkOrigin({ capture, chunks, tags, frames }: Batch, index: number) {
  const row = chunks!.row[index]!
  return {
    type: 'chunk' as const,
    captureId: capture?.captureId ?? '',
    flowInd: tags!.flowInd[row]!,
    dir: tags!.dir[row] === 1 ? ('B' as const) : ('A' as const),
    pktNo: frames.pktNo[row]!,
    time: timeText(frames.sec[row]!, frames.nsec[row]!, frames.digits[row]!),
  }
}

/** A chunk as an owned plain object, with the members that its line has if it is, or is not, the first of its stream. */
export function chunkRecord(batch: Batch, index: number, first: boolean): ChunkRecord {
  const { chunks, slab, frames } = batch
  const tags = batch.tags!
  const row = chunks!.row[index]!
  const at = chunks!.off[index]!
  const length = chunks!.len[index]!
  const timeFirst = timeText(tags.firstSec[row]!, tags.firstNsec[row]!, frames.digits[row]!)
  return {
    ...chunkOrigin(batch, index),
    ...(first ? { timeFirst, ...endpoints(batch, row) } : {}),
    ...sctpMembers(batch, index),
    offset: chunks!.offset[index]!,
    length,
    ...(length > 0 ? { payload: slab.toString('base64', at, at + length) } : {}),
  }
}

const ENDPOINTS = [
  'ethType',
  'ethVlanID',
  'srcMac',
  'dstMac',
  'srcIP',
  'srcPort',
  'dstIP',
  'dstPort',
  'l4Proto',
] as const

function endpoints(batch: Batch, row: number): Partial<ChunkRecord> {
  const packet = packetRecord(batch, row)
  return Object.fromEntries(
    ENDPOINTS.filter(name => packet[name] !== undefined).map(name => [name, packet[name]]),
  )
}
