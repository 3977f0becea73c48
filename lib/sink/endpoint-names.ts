import { ipv6Text, macText, paddedIPv4 } from '../ip-text.ts'
import type { PacketColumns } from '../packet-columns.ts'

/** An address as tcpflow has it in names: IPv4 padded, IPv6 as short as it gets; of frames without IP, the MAC. */
export function addressName(packets: PacketColumns, row: number, end: 'src' | 'dst'): string {
  const { family, addr } = packets
  const at = 8 * row + (end === 'src' ? 0 : 4)
  if (family[row] === 4) return paddedIPv4(addr[at]!)
  if (family[row] === 6) return ipv6Text(addr[at]!, addr[at + 1]!, addr[at + 2]!, addr[at + 3]!)
  return macName(packets, row, end)
}

export function macName({ mac }: PacketColumns, row: number, end: 'src' | 'dst'): string {
  return macText(mac, 3 * row, end)
}
