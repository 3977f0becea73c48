import type { PacketColumns } from '../packet-columns.ts'
import { LO_NO_ETH } from '../status-bits.ts'
import type { LineCursor } from './line-cursor.ts'
import { Literal, literal } from './literal.ts'

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

/** Characters of two MACs with the name between them, and the places in which such texts are kept. */
const MACS = 46
const KEPT = 64

/**
 * Reads who a packet is from and to, in the order and spelling in which we write it. Texts that come again and again
 * are known by their bytes.
 */
export class EndpointScanner {
  readonly #line: LineCursor
  readonly #macTexts: (Literal | undefined)[] = new Array(KEPT)
  readonly #macWords = new Uint32Array(3 * KEPT)

  constructor(line: LineCursor) {
    this.#line = line
  }

  /**
   * VLANs and MACs. Where there are MACs, the status bit for none is taken back: lines that carry no status mask have
   * but this to tell it.
   */
  scanLink(packets: PacketColumns, row: number): boolean {
    const line = this.#line
    if (line.literal(VLAN) && !this.#scanVlans(packets, row)) return false
    if (line.literal(SRC_MAC)) {
      if (!this.#scanMacs(packets.mac, 3 * row) || !line.byte(QUOTE)) return false
      packets.statLo[row] = packets.statLo[row]! & ~LO_NO_ETH
    }
    return true
  }

  scanEthType(packets: PacketColumns, row: number): boolean {
    const line = this.#line
    if (!line.literal(ETH_TYPE)) return false
    const ethType = line.hex(4)
    packets.ethType[row] = ethType
    return ethType >= 0 && line.byte(QUOTE)
  }

  /** IP addresses, ports and protocol; there may be none. */
  scanAddresses(packets: PacketColumns, row: number): boolean {
    const line = this.#line
    if (!line.literal(SRC_IP)) return true
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

  #scanVlans(packets: PacketColumns, row: number): boolean {
    const line = this.#line
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
  #scanMacs(mac: Uint32Array, to: number): boolean {
    const line = this.#line
    const { bytes, at } = line
    const place = (bytes[at + 16]! + 5 * bytes[at + 15]! + 11 * bytes[at + 45]! + 7 * bytes[at + 44]!) % KEPT
    const words = this.#macWords
    if (this.#macTexts[place]?.standsAt(line.view, at)) line.at = at + MACS
    else {
      const srcHigh = line.mac()
      const srcLow = line.low
      if (srcHigh < 0 || !line.literal(DST_MAC)) return false
      const dstHigh = line.mac()
      if (dstHigh < 0) return false
      words[3 * place] = (dstHigh << 16) | (line.low >>> 16)
      words[3 * place + 1] = (line.low << 16) | srcHigh
      words[3 * place + 2] = srcLow
      this.#macTexts[place] = new Literal(bytes.subarray(at, at + MACS))
    }
    mac[to] = words[3 * place]!
    mac[to + 1] = words[3 * place + 1]!
    mac[to + 2] = words[3 * place + 2]!
    return true
  }
}
