import { word } from '../header-chains.ts'
import { LO_AYIYA } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { innerIp, ipEndAt, ipVersionAt } from './inner-packet.ts'

const AYIYA = word('ayiya')

const HEADER = 8
const OPCODE_FORWARD = 1
const NEXT_IPV4 = 4
const NEXT_IPV6 = 41

/**
 * AYIYA (draft-massar-v6ops-ayiya-02 2) at `at`: an IP packet behind an identity of 2^n bytes and a signature whose
 * length is in words of four bytes.
 */
export function ayiya(d: Dissection, at: number): boolean {
  const { bytes } = d
  if (d.end - at < HEADER || (bytes[at + 2]! & 15) !== OPCODE_FORWARD) return false
  const inner = at + HEADER + (1 << (bytes[at]! >> 4)) + ((bytes[at + 1]! >> 4) << 2)
  const version = ipVersionAt(d, inner)
  if (bytes[at + 3] !== (version === 4 ? NEXT_IPV4 : NEXT_IPV6) || ipEndAt(d, inner) < 0) return false
  if (!d.enterTunnel(AYIYA, LO_AYIYA, inner)) return false
  innerIp(d)
  return true
}
