import { word } from '../header-chains.ts'
import { LO_VXLAN } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { ethernet } from './ethernet.ts'
import { ethernetIpEndAt, networkNumber } from './inner-packet.ts'

const VXLAN = word('vxlan')

const HEADER = 8
const FLAG_VNI = 0x08
/** Bytes 1 to 3 carry a group policy (draft-smith-vxlan-group-policy). */
const FLAG_GROUP = 0x80

/**
 * VXLAN (RFC 7348 5) at `at`: flags, and an Ethernet frame behind the network's number. On its own port bits that are
 * reserved may be anything, if the frame holds an IP packet; on others (`foreign`) they have to be 0.
 */
export function vxlan(d: Dissection, at: number, foreign: boolean): boolean {
  const { bytes } = d
  if (d.end - at < HEADER || (bytes[at]! & FLAG_VNI) === 0) return false
  if (!isPlain(bytes, at) && (foreign || ethernetIpEndAt(d, at + HEADER) < 0)) return false
  if (!d.enterTunnel(VXLAN, LO_VXLAN, at + HEADER, networkNumber(d, at + 4))) return false
  ethernet(d)
  return true
}

function isPlain(bytes: Uint8Array, at: number): boolean {
  if ((bytes[at]! & ~(FLAG_VNI | FLAG_GROUP)) !== 0 || bytes[at + 7] !== 0) return false
  return (bytes[at]! & FLAG_GROUP) !== 0 || (bytes[at + 1]! | bytes[at + 2]! | bytes[at + 3]!) === 0
}
