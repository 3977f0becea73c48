import { FlowLine, type SideItem } from '../batch.ts'
import type { FlowPayload, Mask } from '../records.ts'
import { PLD_DUMPED, PLD_FILE_ERROR, PLD_MATCH } from '../status-bits.ts'
import { StreamEnd } from '../stream-end.ts'

type Told = { [Name in keyof FlowPayload]?: unknown }

const WRITTEN = maskText(PLD_MATCH | PLD_DUMPED)

/**
 * The payload of a flow that ended, from wherever it is told: beside its row, or as members of its line. Where no stage
 * told it, it is a stream of `length` bytes from offset `start` on.
 */
export function payloadOf(
  item: SideItem,
  beside: FlowPayload | undefined,
  start: number,
  length: number,
): FlowPayload {
  const told = item instanceof FlowLine ? (item.payload ?? membersOf(item.line)) : beside
  return told ?? new StreamEnd(start, WRITTEN, length, length, [], 0)
}

/** The payload of a flow with the file it went to; `pldFile` undefined: none was created. */
export function withFile(payload: FlowPayload, pldFile: string | undefined, failed: boolean): FlowPayload {
  const { pldStat, pldLen, pldBytes, pldGaps, pldOverlaps } = payload
  const start = payload instanceof StreamEnd ? payload.start : 0
  const stat = failed ? maskText(Number(pldStat) | PLD_FILE_ERROR) : pldStat
  const end = new StreamEnd(start, stat, pldLen, pldBytes, pldGaps, pldOverlaps)
  if (pldFile !== undefined) end.pldFile = pldFile
  return end
}

/** What a flow's line says of its payload; a line comes from outside, so that what is not as it should be counts for nothing. */
function membersOf(line: Uint8Array): FlowPayload | undefined {
  const { pldStat, pldLen, pldBytes, pldGaps, pldOverlaps } = JSON.parse(Buffer.from(line).toString()) as Told
  if (!isCount(pldLen)) return undefined
  const stat = typeof pldStat === 'string' && /^0x[\da-f]{2}$/.test(pldStat) ? pldStat : WRITTEN
  const bytes = isCount(pldBytes) ? pldBytes : pldLen
  return new StreamEnd(
    0,
    stat,
    pldLen,
    bytes,
    Array.isArray(pldGaps) ? pldGaps : [],
    isCount(pldOverlaps) ? pldOverlaps : 0,
  )
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function maskText(bits: number): Mask {
  return `0x${bits.toString(16).padStart(2, '0')}`
}
