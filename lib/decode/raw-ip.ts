import { word } from '../header-chains.ts'
import { HI_L2_SNAPPED, LO_NO_ETH } from '../status-bits.ts'
import { bogusVersion } from './bogus-version.ts'
import type { Dissection } from './dissection.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'

const RAW = word('raw')

/** LINKTYPE_RAW and its kin: an IP packet and nothing before it. */
export function rawIp(d: Dissection): void {
  d.step(RAW)
  d.statLo |= LO_NO_ETH
  if (d.end - d.at < 1) {
    d.cutFrame(0, HI_L2_SNAPPED)
    return
  }
  ipByVersion(d)
}

/** An IP packet of which nothing but its first four bits says the version. */
export function ipByVersion(d: Dissection): void {
  const version = d.end > d.at ? d.bytes[d.at]! >> 4 : 0
  if (version === 4) ipv4(d)
  else if (version === 6) ipv6(d)
  else bogusVersion(d, 0)
}
