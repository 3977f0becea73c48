import type { PacketColumns } from '../columns.ts'
import { LO_NO_ETH } from '../status-bits.ts'
import type { LineCursor } from './line-cursor.ts'
import { literal } from './literal.ts'

const VLAN = literal(',"ethVlanID":[')
const COMMA = 0x2c
const CLOSE = 0x5d
const SRC_MAC = literal(',"srcMac":"')
const DST_MAC = literal('","dstMac":"')
const QUOTE = 0x22
const ETH_TYPE = literal(',"ethType":"0x')
const SRC_IP = literal(',"srcIP":"')
const SRC_PORT = literal(',"srcPort":')
const DST_IP = literal(',"dstIP":"')
const DST_PORT = literal(',"dstPort":')
const L4_PROTO = literal(',"l4Proto":')

/**
 * Reads VLANs and MACs, in the order and spelling in which we write them. Where there are MACs, the status bit for none
 * is taken back: lines that carry no status mask have but this to tell it.
 */
export function scanLink(line: LineCursor, packets: PacketColumns, row: number): boolean {
  if (line.literal(VLAN) && !scanVlans(line, packets, row)) return false
  if (line.literal(SRC_MAC)) {
    if (!scanMacs(line, packets.mac, 3 * row)) return false
    packets.statLo[row] = packets.statLo[row]! & ~LO_NO_ETH
  }
  return true
}

export function scanEthType(line: LineCursor, packets: PacketColumns, row: number): boolean {
  if (!line.literal(ETH_TYPE)) return false
  const ethType = line.hex(4)
  packets.ethType[row] = ethType
  return ethType >= 0 && line.byte(QUOTE)
}

/** Reads IP addresses, ports and protocol; there may be none. */
export function scanAddresses(line: LineCursor, packets: PacketColumns, row: number): boolean {
  return !line.literal(SRC_IP) || scanIP(line, packets, row)
}

function scanVlans(line: LineCursor, packets: PacketColumns, row: number): boolean {
  let count = 0
  do {
    const vid = line.uint(0xfff)
    if (vid < 0 || count === 3) return false
    packets.vlanTci[3 * row + count++] = vid
    packets.vlan[row] = vid
  } while (line.byte(COMMA))
  packets.vlanCount[row] = count
  return line.byte(CLOSE)
}

/** The columns hold the destination's six bytes first. */
function scanMacs(line: LineCursor, mac: Uint32Array, at: number): boolean {
  const srcHigh = line.mac()
  const srcLow = line.low
  if (srcHigh < 0 || !line.literal(DST_MAC)) return false
  const dstHigh = line.mac()
  const dstLow = line.low
  if (dstHigh < 0) return false
  mac[at] = (dstHigh << 16) | (dstLow >>> 16)
  mac[at + 1] = (dstLow << 16) | srcHigh
  mac[at + 2] = srcLow
  return line.byte(QUOTE)
}

function scanIP(line: LineCursor, packets: PacketColumns, row: number): boolean {
  const family = line.ip(packets.addr, 8 * row)
  if (family === 0 || !line.byte(QUOTE)) return false
  packets.family[row] = family
  const ports = line.literal(SRC_PORT)
  const srcPort = ports ? line.uint(0xffff) : 0
  if (srcPort < 0 || !line.literal(DST_IP) || line.ip(packets.addr, 8 * row + 4) !== family) return false
  if (!line.byte(QUOTE) || (ports && !line.literal(DST_PORT))) return false
  const dstPort = ports ? line.uint(0xffff) : 0
  if (dstPort < 0 || !line.literal(L4_PROTO)) return false
  const proto = line.uint(255)
  if (proto < 0) return false
  packets.srcPort[row] = srcPort
  packets.dstPort[row] = dstPort
  packets.l4Proto[row] = proto
  return true
}
