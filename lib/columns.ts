/**
 * The columns of a batch: typed arrays of one length, carved out of one piece of memory, so that a group of columns
 * is one allocation. A group belongs to the stage that fills it. All offsets are positions in the batch's slab.
 */

import { Carver } from './carver.ts'
import type { PacketColumns } from './packet-columns.ts'

/** What the capture file says of each frame; filled by the capture stage. */
export class FrameColumns {
  /** Rows there is room for; a batch may use fewer. */
  readonly capacity: number
  /** Packet number, from 1, running on over the captures of one run. */
  readonly pktNo: Float64Array
  /** Time of capture: whole seconds since 1970 UTC, and nanoseconds below a second. */
  readonly sec: Float64Array
  readonly nsec: Uint32Array
  /** Where the frame lies in the slab, how much of it was captured, and how long it was on the wire (bytes). */
  readonly off: Uint32Array
  readonly capLen: Uint32Array
  readonly wireLen: Uint32Array
  /** LINKTYPE_ number of the interface, and the interface's number in its capture. */
  readonly linkType: Uint16Array
  readonly iface: Uint16Array
  /** Digits of the time's fraction that the interface's clock gives: 6 or 9. */
  readonly digits: Uint8Array

  constructor(capacity: number, shared = false) {
    const carver = new Carver(capacity, 8 * 2 + 4 * 4 + 2 * 2 + 1, shared)
    this.capacity = capacity
    this.pktNo = carver.f64()
    this.sec = carver.f64()
    this.nsec = carver.u32()
    this.off = carver.u32()
    this.capLen = carver.u32()
    this.wireLen = carver.u32()
    this.linkType = carver.u16()
    this.iface = carver.u16()
    this.digits = carver.u8()
  }
}

/** The flow of each packet; filled by the flow stage. Times are kept, durations are worked out where they are shown. */
export class FlowTagColumns {
  /** Rows there is room for; a batch may use fewer. */
  readonly capacity: number
  /** Number of the flow, from 1, shared by both directions; 0: the packet has none. */
  readonly flowInd: Float64Array
  /**
   * Time of this direction's first packet; of its packet before this one; of the other direction's last packet. Where
   * there is no such packet it is this packet's own time, so that the differences are 0.
   */
  readonly firstSec: Float64Array
  readonly prevSec: Float64Array
  readonly oppSec: Float64Array
  readonly firstNsec: Uint32Array
  readonly prevNsec: Uint32Array
  readonly oppNsec: Uint32Array
  /** The flow's status bits up to and with this packet. */
  readonly statLo: Uint32Array
  readonly statHi: Uint32Array
  /** 0 for A, 1 for B. */
  readonly dir: Uint8Array

  constructor(capacity: number, shared = false) {
    const carver = new Carver(capacity, 8 * 4 + 4 * 5 + 1, shared)
    this.capacity = capacity
    this.flowInd = carver.f64()
    this.firstSec = carver.f64()
    this.prevSec = carver.f64()
    this.oppSec = carver.f64()
    this.firstNsec = carver.u32()
    this.prevNsec = carver.u32()
    this.oppNsec = carver.u32()
    this.statLo = carver.u32()
    this.statHi = carver.u32()
    this.dir = carver.u8()
  }
}

/** Where a packet's line lies in the slab, for packets that came as NDJSON; filled by the NDJSON reader. */
export class LineColumns {
  /** Rows there is room for; a batch may use fewer. */
  readonly capacity: number
  /** The line without its line end. */
  readonly off: Uint32Array
  readonly len: Uint32Array
  /** Where new members go: the position in the slab of `,"payload":` or of the closing brace. */
  readonly splice: Uint32Array

  constructor(capacity: number, shared = false) {
    const carver = new Carver(capacity, 4 * 3, shared)
    this.capacity = capacity
    this.off = carver.u32()
    this.len = carver.u32()
    this.splice = carver.u32()
  }
}

/** A copy of a group of columns, with room for `capacity` rows, that has memory of its own, of the same kind. */
export function copyColumns<Columns extends FrameColumns | PacketColumns | FlowTagColumns | LineColumns>(
  columns: Columns,
  capacity = columns.capacity,
): Columns {
  const shared = (Object.values(columns)[1] as Uint8Array).buffer instanceof SharedArrayBuffer
  const copy = new (columns.constructor as new (capacity: number, shared: boolean) => Columns)(
    capacity,
    shared,
  )
  for (const [name, column] of Object.entries(copy) as [keyof Columns, unknown][]) {
    if (ArrayBuffer.isView(column)) (column as Uint8Array).set(columns[name] as Uint8Array)
  }
  return copy
}

/** Copies all that a row of a group of columns says to a row of another group of the same kind. */
export function copyRow<Columns extends FrameColumns | PacketColumns | FlowTagColumns>(
  from: Columns,
  row: number,
  to: Columns,
  at: number,
): void {
  for (const [name, column] of Object.entries(from) as [keyof Columns, Uint8Array | number][]) {
    if (typeof column === 'number') continue
    const width = column.length / from.capacity
    ;(to[name] as Uint8Array).set(column.subarray(row * width, (row + 1) * width), at * width)
  }
}
