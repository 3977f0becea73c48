import { ipv6Text, macText } from '../ip-text.ts'
import type { PacketColumns } from '../packet-columns.ts'

const PADDED = Array.from({ length: 256 }, (_, byte) => String(byte).padStart(3, '0'))

/** An IPv4 address with three digits a byte, `192.168.001.103`. */
export function paddedIPv4(word: number): string {
  return `${PADDED[word >>> 24]!}.${PADDED[(word >>> 16) & 255]!}.${PADDED[(word >>> 8) & 255]!}.${PADDED[word & 255]!}`
}

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
