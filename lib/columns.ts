/**
 * The columns of a batch: typed arrays of one length, carved out of one piece of memory, so that a group of columns
 * is one allocation. A group belongs to the stage that fills it. All offsets are positions in the batch's slab.
 */

import { Carver } from './carver.ts'

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

/** What the headers say; filled by the decode stage. Fields that a packet lacks are 0. */
export class PacketColumns {
  /** Rows there is room for; a batch may use fewer. */
  readonly capacity: number
  /** This packet's own status bits (`pktStat`): bits 0–31 and 32–63, see records.ts. */
  readonly statLo: Uint32Array
  readonly statHi: Uint32Array
  /** Addresses as big-endian words: source at `8 × row`, destination at `8 × row + 4`; IPv4 uses the first of four. */
  readonly addr: Uint32Array
  /** Destination and source MAC, the 12 bytes as on the wire, as three big-endian words at `3 × row`. */
  readonly mac: Uint32Array
  readonly tcpSeq: Uint32Array
  readonly tcpAck: Uint32Array
  /** Number of the innermost tunnel that has one, such as VNI or TEID. */
  readonly tunnelId: Uint32Array
  /** TSval of the timestamps option, where `tcpExtra` says that it was read (RFC 7323 3.2). */
  readonly tcpTsVal: Uint32Array
  /** The payload in the slab: position, captured bytes (`snapL7Len`); and bytes on the wire (`l7Len`). */
  readonly payOff: Uint32Array
  readonly payLen: Uint32Array
  readonly l7Len: Uint32Array
  /** Number of the header chain, see header-chains.ts. */
  readonly chain: Uint16Array
  /** Ethertype of the innermost network header; for 802.3 frames the two SAP bytes. */
  readonly ethType: Uint16Array
  /** The first three VLAN tags, outermost first, as tag control information (priority, DEI, VID), at `3 × row`. */
  readonly vlanTci: Uint16Array
  /** VID of the innermost VLAN tag, part of the flow's key; 0 without one. */
  readonly vlan: Uint16Array
  readonly srcPort: Uint16Array
  readonly dstPort: Uint16Array
  readonly tcpFlags: Uint16Array
  readonly tcpWin: Uint16Array
  /** Urgent pointer; 0 without the URG flag. */
  readonly tcpUrg: Uint16Array
  /** Type in the upper, code in the lower byte, of ICMP and ICMPv6. */
  readonly icmp: Uint16Array
  /** How many tags `vlanTci` holds, at most 3. */
  readonly vlanCount: Uint8Array
  /** 4 or 6 for IPv4 and IPv6, 0 for frames without IP. */
  readonly family: Uint8Array
  readonly l4Proto: Uint8Array
  /** What was looked at beyond the fixed header, TCP_ bits of packet-facts.ts. */
  readonly tcpExtra: Uint8Array

  constructor(capacity: number, shared = false) {
    const carver = new Carver(capacity, 4 * (2 + 8 + 3 + 2 + 2 + 3) + 2 * (2 + 3 + 1 + 6) + 4, shared)
    this.capacity = capacity
    this.statLo = carver.u32()
    this.statHi = carver.u32()
    this.addr = carver.u32(8)
    this.mac = carver.u32(3)
    this.tcpSeq = carver.u32()
    this.tcpAck = carver.u32()
    this.tunnelId = carver.u32()
    this.tcpTsVal = carver.u32()
    this.payOff = carver.u32()
    this.payLen = carver.u32()
    this.l7Len = carver.u32()
    this.chain = carver.u16()
    this.ethType = carver.u16()
    this.vlanTci = carver.u16(3)
    this.vlan = carver.u16()
    this.srcPort = carver.u16()
    this.dstPort = carver.u16()
    this.tcpFlags = carver.u16()
    this.tcpWin = carver.u16()
    this.tcpUrg = carver.u16()
    this.icmp = carver.u16()
    this.vlanCount = carver.u8()
    this.family = carver.u8()
    this.l4Proto = carver.u8()
    this.tcpExtra = carver.u8()
  }

  /** Makes every field of every row 0. */
  clear(): void {
    new Uint8Array(this.statLo.buffer).fill(0)
  }

  /** Makes 0 what an outer packet's network and transport headers left in a row: all but link and status. */
  clearNetwork(row: number): void {
    this.addr.fill(0, 8 * row, 8 * row + 8)
    this.tcpSeq[row] = 0
    this.tcpAck[row] = 0
    this.payOff[row] = 0
    this.payLen[row] = 0
    this.l7Len[row] = 0
    this.srcPort[row] = 0
    this.dstPort[row] = 0
    this.tcpFlags[row] = 0
    this.tcpWin[row] = 0
    this.icmp[row] = 0
    this.tcpUrg[row] = 0
    this.tcpExtra[row] = 0
    this.family[row] = 0
    this.l4Proto[row] = 0
  }

  /** Gives a row the MAC addresses, VLAN tags and tunnel of another, which may be one of other columns. */
  copyLink(from: number, to: number, source: PacketColumns = this): void {
    for (let part = 0; part < 3; part++) {
      this.mac[3 * to + part] = source.mac[3 * from + part]!
      this.vlanTci[3 * to + part] = source.vlanTci[3 * from + part]!
    }
    this.tunnelId[to] = source.tunnelId[from]!
    this.vlan[to] = source.vlan[from]!
    this.vlanCount[to] = source.vlanCount[from]!
  }

  /** Makes the MAC addresses, VLAN tags and tunnel of a row 0. */
  clearLink(row: number): void {
    this.mac.fill(0, 3 * row, 3 * row + 3)
    this.vlanTci.fill(0, 3 * row, 3 * row + 3)
    this.tunnelId[row] = 0
    this.vlan[row] = 0
    this.vlanCount[row] = 0
  }

  /** The same packets with room for more. */
  grown(): PacketColumns {
    const shared = this.statLo.buffer instanceof SharedArrayBuffer
    const wider = new PacketColumns(Math.max(64, this.capacity * 2), shared)
    for (const [name, column] of Object.entries(this)) {
      if (ArrayBuffer.isView(column))
        (wider as unknown as Record<string, Uint8Array>)[name]!.set(column as Uint8Array)
    }
    return wider
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

/**
 * Stretches of payload in their place in the flow's stream; filled by the payload stage, in the order of the packets
 * that brought them. A packet can give none, one, or several where others had filled the middle before.
 */
export class ChunkColumns {
  readonly capacity: number
  /** How many chunks there are. */
  count = 0
  /** Offset of the first byte in its stream (bytes): TCP from ISN + 1 or the first byte seen, so it can be negative. */
  readonly offset: Float64Array
  /** The packet's row in the batch; its flow, time and addresses are the chunk's. */
  readonly row: Uint32Array
  /** Where the bytes lie in the slab, and how many. */
  readonly off: Uint32Array
  readonly len: Uint32Array
  /**
   * SCTP stream number of each chunk, −1 for those of flows that have one stream, with the payload protocol identifier
   * and the flags of the DATA chunk (RFC 9260 section 3.3.1). Undefined where no chunk of the batch belongs to SCTP.
   */
  stream: Int32Array | undefined = undefined
  ppid: Uint32Array | undefined = undefined
  dataFlags: Uint8Array | undefined = undefined

  constructor(capacity: number, shared = false) {
    const carver = new Carver(capacity, 8 + 4 * 3, shared)
    this.capacity = capacity
    this.offset = carver.f64()
    this.row = carver.u32()
    this.off = carver.u32()
    this.len = carver.u32()
  }

  /** Gives the columns room for what SCTP says of a chunk; all chunks so far are of other flows. */
  addStreams(): void {
    const { capacity, offset } = this
    const carver = new Carver(capacity, 4 * 2 + 1, offset.buffer instanceof SharedArrayBuffer)
    this.stream = carver.i32().fill(-1)
    this.ppid = carver.u32()
    this.dataFlags = carver.u8()
  }

  /** Takes away again what `addStreams()` gave. */
  dropStreams(): void {
    this.stream = undefined
    this.ppid = undefined
    this.dataFlags = undefined
  }

  /** The same chunks with room for more. */
  grown(): ChunkColumns {
    const shared = this.offset.buffer instanceof SharedArrayBuffer
    const wider = new ChunkColumns(Math.max(64, this.capacity * 2), shared)
    wider.count = this.count
    wider.offset.set(this.offset)
    wider.row.set(this.row)
    wider.off.set(this.off)
    wider.len.set(this.len)
    if (this.stream === undefined) return wider
    wider.addStreams()
    wider.stream!.set(this.stream)
    wider.ppid!.set(this.ppid!)
    wider.dataFlags!.set(this.dataFlags!)
    return wider
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

/** A copy of a group of columns that has memory of its own. */
export function copyColumns<Columns extends FrameColumns | PacketColumns | LineColumns>(
  columns: Columns,
): Columns {
  const copy = new (columns.constructor as new (capacity: number) => Columns)(columns.capacity)
  // the first member is the number of rows, the second the column at the start of the memory that all share
  const memory = (group: Columns): Uint8Array =>
    new Uint8Array((Object.values(group)[1] as Uint8Array).buffer)
  memory(copy).set(memory(columns))
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
