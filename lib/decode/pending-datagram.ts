import type { CaptureRecord } from '../records.ts'
import type { Fragment } from './fragment.ts'
import { FragmentBuffer, type PagePool } from './fragment-buffer.ts'

/** A datagram that is not complete, and what its first fragment says of all. */
export class PendingDatagram {
  readonly key: string
  /** Time of capture and number of its fragment that was captured first. */
  readonly sec: number
  readonly nsec: number
  readonly pktNo: number
  readonly capture: CaptureRecord | undefined
  readonly buffer: FragmentBuffer
  older: PendingDatagram | undefined
  newer: PendingDatagram | undefined
  /** Its fragments contradict each other; what is left of it is to be dropped. */
  discarded = false
  /** Something was noted of it. */
  told = false
  /** The first fragment was captured: the protocol that follows, and what its packet's row says. */
  begun = false
  next = 0
  l4Proto = 0
  srcPort = 0
  dstPort = 0

  constructor({ key, sec, nsec, pktNo, capture }: Fragment, pool: PagePool) {
    this.key = key
    this.sec = sec
    this.nsec = nsec
    this.pktNo = pktNo
    this.capture = capture
    this.buffer = new FragmentBuffer(pool)
  }
}
