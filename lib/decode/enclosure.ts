import type { PacketColumns } from '../packet-columns.ts'

/**
 * What stands for all packets around what the row's packet holds, `around` being that of this packet itself: addresses
 * and VLAN of each. Ports are left out, as senders choose them by the packet inside.
 */
export function enclose(around: number, { addr, vlan }: PacketColumns, row: number): number {
  let hash = around ^ vlan[row]!
  for (let at = 8 * row; at < 8 * row + 8; at++) {
    hash = Math.imul(hash ^ addr[at]!, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash
}
