import { word } from '../header-chains.ts'
import { LO_TEREDO } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { ipEndAt, ipVersionAt, longNumber } from './inner-packet.ts'
import { ipv6 } from './ipv6.ts'

const TEREDO = word('teredo')

const INDICATOR_ORIGIN = 0
const INDICATOR_AUTHENTICATION = 1
const ORIGIN_SIZE = 8
/** Without client identifier and authentication value. */
const AUTHENTICATION_SIZE = 13

/** Teredo (RFC 4380 5.1.1) at `at`: an IPv6 packet, perhaps behind an authentication and an origin indication. */
export function teredo(d: Dissection, at: number): boolean {
  const { bytes } = d
  let inner = at
  if (indicator(d, inner) === INDICATOR_AUTHENTICATION && d.end - inner >= 4) {
    inner += AUTHENTICATION_SIZE + bytes[inner + 2]! + bytes[inner + 3]!
  }
  const origin = indicator(d, inner) === INDICATOR_ORIGIN ? inner : -1
  if (origin >= 0) inner += ORIGIN_SIZE
  if (ipVersionAt(d, inner) !== 6 || ipEndAt(d, inner) < 0) return false
  if (!d.enterTunnel(TEREDO, LO_TEREDO, inner)) return false
  if (origin >= 0) d.headers?.teredoOrigin(indicator(d, origin + 2), longNumber(d, origin + 4))
  ipv6(d)
  return true
}

function indicator({ bytes, end }: Dissection, at: number): number {
  return end - at >= 2 ? (bytes[at]! << 8) | bytes[at + 1]! : -1
}
