import type { Dissection } from './dissection.ts'
import { IPIP } from './encapsulations.ts'
import { PROTO_IPV4 } from './ip-protocol.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'

/**
 * IP in IP (RFC 2003, 2473, 4213): protocol 4 or 41, and nothing between the headers. `chain` lacks the protocol's
 * word, which the inner header adds itself.
 */
export function ipInIp(d: Dissection, proto: number, chain: number): void {
  if (!d.opens(IPIP) || !d.nest()) return
  d.chain = chain
  if (proto === PROTO_IPV4) ipv4(d)
  else ipv6(d)
}
