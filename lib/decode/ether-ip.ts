import { HI_L4_HEADER_SHORT } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { ETHERIP } from './encapsulations.ts'
import { ethernet } from './ethernet.ts'

const VERSION = 3

/** EtherIP (RFC 3378): two bytes of version and zeros, then an Ethernet frame. */
export function etherIp(d: Dissection): void {
  if (!d.opens(ETHERIP) || !d.nest()) return
  const { bytes, at } = d
  if (d.end - at < 2) {
    d.keepOuter(HI_L4_HEADER_SHORT)
    return
  }
  if (bytes[at]! >> 4 !== VERSION) {
    d.keepOuter(0)
    return
  }
  d.at = at + 2
  ethernet(d)
}
