import type { Dissection } from './dissection.ts'
import { etherType } from './ether-type.ts'
import { ipEndAt } from './inner-packet.ts'

const ETHERTYPE_MPLS = 0x8847
/** No word of its own: the labels are the headers. */
const NO_WORD = -1
/** More labels than networks stack. */
const MAX_LABELS = 16

/** MPLS in UDP (RFC 7510 3) at `at`: a stack of labels and an IP packet that fits. */
export function mplsInUdp(d: Dissection, at: number): boolean {
  const { bytes, end } = d
  for (let label = at; label < at + 4 * MAX_LABELS && label + 4 <= end; label += 4) {
    const bottom = (bytes[label + 2]! & 1) === 1
    if (!bottom) continue
    if (ipEndAt(d, label + 4) < 0 || !d.enterTunnel(NO_WORD, 0, at)) return false
    etherType(d, ETHERTYPE_MPLS)
    return true
  }
  return false
}
