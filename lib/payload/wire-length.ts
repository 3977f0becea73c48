import type { FrameColumns } from '../columns.ts'
import type { PacketColumns } from '../packet-columns.ts'

/**
 * Length of the packet's payload on the wire (bytes). A header can claim more than the frame ever held; only what was
 * cut from the frame can be missing from the payload.
 */
export function wireLength(frames: FrameColumns, packets: PacketColumns, row: number): number {
  const captured = packets.payLen[row]!
  const claimed = packets.l7Len[row]!
  if (claimed <= captured) return captured
  return Math.min(claimed, captured + Math.max(0, frames.wireLen[row]! - frames.capLen[row]!))
}
