import { word } from '../header-chains.ts'
import { LO_GENEVE } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { etherType, MIN_ETHERTYPE } from './ether-type.ts'
import { ethernet } from './ethernet.ts'
import { ethernetIpEndAt, ipEndAt, networkNumber } from './inner-packet.ts'

const GENEVE = word('geneve')

const HEADER = 8
const ETHERTYPE_TEB = 0x6558

/**
 * Geneve (RFC 8926 3.4) at `at`: version 0, options by their length, and what the ethertype says. Bits that are reserved
 * may be anything, if there is an IP packet inside.
 */
export function geneve(d: Dissection, at: number): boolean {
  const { bytes } = d
  if (d.end - at < HEADER || bytes[at]! >> 6 !== 0) return false
  const inner = at + HEADER + ((bytes[at]! & 63) << 2)
  const type = (bytes[at + 2]! << 8) | bytes[at + 3]!
  if (inner > d.end || type < MIN_ETHERTYPE) return false
  const plain = (bytes[at + 1]! & 63) === 0 && bytes[at + 7] === 0
  if (!plain && (type === ETHERTYPE_TEB ? ethernetIpEndAt(d, inner) : ipEndAt(d, inner)) < 0) return false
  if (!d.enterTunnel(GENEVE, LO_GENEVE, inner, networkNumber(d, at + 4))) return false
  if (type === ETHERTYPE_TEB) ethernet(d)
  else etherType(d, type)
  return true
}
