import type { CaptureRecord } from '../records.ts'

/** A fragment as the IP header tells of it. One object serves all. */
export class Fragment {
  /** Names the datagram: the same for all its fragments, and no others of its time. */
  key = ''
  /** Offset of its data in the datagram, and the greatest length that a datagram may have (bytes). */
  offset = 0
  limit = 0
  isLast = false
  isIPv6 = false
  /** Its data: where they lie, and where they would end if all had been captured. */
  bytes: Uint8Array = new Uint8Array(0)
  from = 0
  to = 0
  wireTo = 0
  sec = 0
  nsec = 0
  pktNo = 0
  capture: CaptureRecord | undefined
}

/** How much of the fragment's data has a place in its datagram (bytes); 0: none, the fragment is to be refused. */
export function usableLength({ from, wireTo, offset, limit, isLast, isIPv6 }: Fragment): number {
  const length = wireTo - from
  if (length <= 0 || offset + length > limit) return 0
  if (isLast || length % 8 === 0) return length
  // RFC 8200 4.5 drops it; in IPv4 nothing can follow the odd bytes, as offsets are multiples of 8 (RFC 791 3.2)
  return isIPv6 ? 0 : length - (length % 8)
}
