import { Carver } from './carver.ts'

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
  /** Identification of the IPv4 header (RFC 791 3.1); 0 for later fragments. */
  readonly ipId: Uint16Array
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
    const carver = new Carver(capacity, 4 * (2 + 8 + 3 + 2 + 2 + 3) + 2 * (2 + 3 + 1 + 7) + 4, shared)
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
    this.ipId = carver.u16()
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
    this.ipId[row] = 0
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
}
