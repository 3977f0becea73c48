import type { PacketColumns } from '../packet-columns.ts'
import { PROTO_TCP } from '../packet-facts.ts'

const SYN_ACK = 0x12

/**
 * Whether a packet that opens a conversation goes from the server's side, direction B: it comes from a well-known port
 * that is the lower one, from a proxy port (8080, 8081, 8088, 8089), or answers a SYN. As in Tranalyzer, this holds
 * for all protocols with ports, and never for frames without IP.
 */
export function opensAsB(packets: PacketColumns, row: number): boolean {
  if (packets.family[row] === 0) return false
  const srcPort = packets.srcPort[row]!
  if (srcPort < 1024 && srcPort < packets.dstPort[row]!) return true
  if ((srcPort & 0xfff6) === 8080) return true
  return packets.l4Proto[row] === PROTO_TCP && (packets.tcpFlags[row]! & SYN_ACK) === SYN_ACK
}
