import { FlowLine } from '../batch.ts'
import { skipString, skipValue } from './json-spans.ts'
import type { LineCursor } from './line-cursor.ts'
import { literal } from './literal.ts'

const START = literal('{"type":"flow","captureId":"')
const FLOW_IND = literal('","flowInd":')
const DIR = literal(',"dir":"')
const NAMES = ['type', 'flowInd', 'dir'].map(name => literal(`"${name}"`))

/**
 * A flow record whose first members stand as we write them; undefined for any other line. The rest of the line may hold
 * anything that is JSON and does not name these members again.
 */
export function scanFlow(line: LineCursor, from: number, to: number, copy: boolean): FlowLine | undefined {
  const { bytes } = line
  line.at = from
  if (!line.literal(START)) return undefined
  const idEnd = line.plainTextEnd()
  if (idEnd < 0) return undefined
  line.at = idEnd
  if (!line.literal(FLOW_IND)) return undefined
  const flowInd = line.uint(Number.MAX_SAFE_INTEGER)
  if (flowInd < 0 || !line.literal(DIR)) return undefined
  const dir = bytes[line.at]! - 0x41
  if ((dir !== 0 && dir !== 1) || bytes[line.at + 1] !== 0x22) return undefined
  let at = line.at + 2
  while (bytes[at] === 0x2c) {
    const nameEnd = skipString(bytes, at + 1, to)
    if (nameEnd < 0 || bytes[nameEnd] !== 0x3a || isKnown(line, at + 1, nameEnd)) return undefined
    at = skipValue(bytes, nameEnd + 1, to)
    if (at < 0) return undefined
  }
  if (at !== to - 1 || bytes[at] !== 0x7d) return undefined
  return new FlowLine(flowInd, dir, lineBytes(bytes, from, to, copy))
}

/** The bytes of a line, copied where the slab will be used again. */
export function lineBytes(slab: Buffer, from: number, to: number, copy: boolean): Uint8Array {
  const bytes = slab.subarray(from, to)
  return copy ? Buffer.from(bytes) : bytes
}

function isKnown({ bytes, view }: LineCursor, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    if (bytes[i] === 0x5c) return true
  }
  for (const name of NAMES) {
    if (name.length === to - from && name.standsAt(view, from)) return true
  }
  return false
}
