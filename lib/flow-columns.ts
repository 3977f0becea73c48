import { Carver } from './carver.ts'

/** How a flow direction came to its end; the index is the number in `FlowColumns.endReason`. */
export const END_REASONS = ['end', 'timeout', 'new-connection', 'table-full'] as const

/** Flow directions that have ended, one a row; filled by the flow stage. */
export class FlowColumns {
  readonly capacity: number
  /** How many flows there are. */
  count = 0
  readonly flowInd: Float64Array
  readonly firstSec: Float64Array
  readonly lastSec: Float64Array
  readonly firstPktNo: Float64Array
  /** Packets, bytes on the wire, bytes captured, payload bytes on the wire, of this direction. */
  readonly packets: Float64Array
  readonly wireBytes: Float64Array
  readonly capBytes: Float64Array
  readonly l7Bytes: Float64Array
  /** flowInd of the flow which the idle timeout cut this one off from; 0: none. */
  readonly continuationOf: Float64Array
  readonly statLo: Uint32Array
  readonly statHi: Uint32Array
  readonly firstNsec: Uint32Array
  readonly lastNsec: Uint32Array
  /** As in PacketColumns, seen from this direction. */
  readonly addr: Uint32Array
  /** Up to three pairs of MACs, in order of appearance, at `9 × row`. */
  readonly mac: Uint32Array
  /** Which of the run's captures the first packet came from: index in `Batch.captures`. */
  readonly capture: Uint16Array
  /** Up to four header chains, in order of appearance, at `4 × row`; `chainCount` counts all that were told apart. */
  readonly chain: Uint16Array
  readonly ethType: Uint16Array
  readonly vlanTci: Uint16Array
  readonly srcPort: Uint16Array
  readonly dstPort: Uint16Array
  /** Type and code of the first ICMP packet of the conversation, as in PacketColumns. */
  readonly icmp: Uint16Array
  readonly dir: Uint8Array
  readonly digits: Uint8Array
  readonly macCount: Uint8Array
  readonly chainCount: Uint8Array
  readonly vlanCount: Uint8Array
  readonly family: Uint8Array
  readonly l4Proto: Uint8Array
  readonly endReason: Uint8Array

  constructor(capacity: number, shared = false) {
    const carver = new Carver(capacity, 8 * 9 + 4 * (4 + 8 + 9) + 2 * (1 + 4 + 1 + 3 + 2 + 1) + 8, shared)
    this.capacity = capacity
    this.flowInd = carver.f64()
    this.firstSec = carver.f64()
    this.lastSec = carver.f64()
    this.firstPktNo = carver.f64()
    this.packets = carver.f64()
    this.wireBytes = carver.f64()
    this.capBytes = carver.f64()
    this.l7Bytes = carver.f64()
    this.continuationOf = carver.f64()
    this.statLo = carver.u32()
    this.statHi = carver.u32()
    this.firstNsec = carver.u32()
    this.lastNsec = carver.u32()
    this.addr = carver.u32(8)
    this.mac = carver.u32(9)
    this.capture = carver.u16()
    this.chain = carver.u16(4)
    this.ethType = carver.u16()
    this.vlanTci = carver.u16(3)
    this.srcPort = carver.u16()
    this.dstPort = carver.u16()
    this.icmp = carver.u16()
    this.dir = carver.u8()
    this.digits = carver.u8()
    this.macCount = carver.u8()
    this.chainCount = carver.u8()
    this.vlanCount = carver.u8()
    this.family = carver.u8()
    this.l4Proto = carver.u8()
    this.endReason = carver.u8()
  }
}
