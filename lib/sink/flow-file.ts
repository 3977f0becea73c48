import { FlowLine, type SideItem } from '../batch.ts'
import { isGap } from '../gap-line.ts'
import type { FlowPayload, Mask, StreamPayload } from '../records.ts'
import { PLD_DUMPED, PLD_FILE_ERROR, PLD_MATCH } from '../status-bits.ts'
import { StreamEnd } from '../stream-end.ts'

type Told = { [Name in keyof FlowPayload]?: unknown }
type ToldStream = Told & { sctpStream?: unknown }

const WRITTEN = maskText(PLD_MATCH | PLD_DUMPED)

/** What the sink made of a flow's payload; `pldFile` undefined: no file was created. */
export interface Made {
  pldFile: string | undefined
  pldIndex: string | undefined
  pldFiles: StreamPayload[] | undefined
  failed: boolean
}

/**
 * The payload of a flow that ended, from wherever it is told: beside its row, or as members of its line. Where no stage
 * told it, it is a stream of `length` bytes from offset `start` on. `low` is the lowest offset that was written.
 */
export function payloadOf(
  item: SideItem,
  beside: FlowPayload | undefined,
  start: number,
  length: number,
  low: number,
): FlowPayload {
  const told = item instanceof FlowLine ? (item.payload ?? membersOf(item.line, low)) : beside
  return told ?? new StreamEnd(start, WRITTEN, length, length, [], 0)
}

/** The payload of a flow with what was made of it. */
export function withFile(payload: FlowPayload, { pldFile, pldIndex, pldFiles, failed }: Made): FlowPayload {
  const { pldStat, pldLen, pldBytes, pldGaps, pldOverlaps } = payload
  const stat = failed ? maskText(Number(pldStat) | PLD_FILE_ERROR) : pldStat
  const end = new StreamEnd(startOf(payload), stat, pldLen, pldBytes, pldGaps, pldOverlaps)
  if (pldFile !== undefined) end.pldFile = pldFile
  if (pldIndex !== undefined) end.pldIndex = pldIndex
  const streams = pldFiles ?? payload.pldFiles
  if (streams !== undefined) end.pldFiles = streams
  return end
}

/** The offset at which a flow's chunks begin. */
export function startOf(payload: FlowPayload): number {
  return payload instanceof StreamEnd ? payload.start : 0
}

/**
 * The offset at which a stream begins whose lowest captured byte has the offset `low`: gaps from the first byte on lie
 * in front of that. Where a stream lacks nothing, gaps take no room in it: they are tails of datagrams.
 */
export function startBefore(
  low: number,
  { pldLen, pldBytes, pldGaps }: Pick<FlowPayload, 'pldLen' | 'pldBytes' | 'pldGaps'>,
): number {
  let lead = 0
  if (pldBytes < pldLen) {
    for (const gap of pldGaps) {
      if (gap?.offset === lead && isCount(gap.length) && lead + gap.length <= pldLen) lead += gap.length
    }
  }
  return Math.min(0, low - lead)
}

/** What a flow's line says of its payload; a line comes from outside, so that what is not as it should be counts for nothing. */
function membersOf(line: Uint8Array, low: number): FlowPayload | undefined {
  const { pldStat, pldFiles, ...told } = JSON.parse(Buffer.from(line).toString()) as Told
  const lengths = lengthsOf(told)
  if (lengths === undefined) return undefined
  const { pldLen, pldBytes, pldGaps, pldOverlaps } = lengths
  const stat = typeof pldStat === 'string' && /^0x[\da-f]{2}$/.test(pldStat) ? pldStat : WRITTEN
  const end = new StreamEnd(startBefore(low, lengths), stat, pldLen, pldBytes, pldGaps, pldOverlaps)
  if (Array.isArray(pldFiles)) end.pldFiles = (pldFiles as (ToldStream | null)[]).flatMap(streamOf)
  return end
}

function streamOf(told: ToldStream | null): NonNullable<StreamEnd['pldFiles']> {
  const lengths = lengthsOf(told ?? {})
  if (lengths === undefined || !isCount(told!.sctpStream)) return []
  return [{ sctpStream: told!.sctpStream, ...lengths }]
}

function lengthsOf({
  pldLen,
  pldBytes,
  pldGaps,
  pldOverlaps,
}: Told): Pick<FlowPayload, 'pldLen' | 'pldBytes' | 'pldGaps' | 'pldOverlaps'> | undefined {
  if (!isCount(pldLen)) return undefined
  return {
    pldLen,
    pldBytes: isCount(pldBytes) ? pldBytes : pldLen,
    pldGaps: Array.isArray(pldGaps) ? pldGaps.filter(isGap) : [],
    pldOverlaps: isCount(pldOverlaps) ? pldOverlaps : 0,
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function maskText(bits: number): Mask {
  return `0x${bits.toString(16).padStart(2, '0')}`
}
