import { LO_NO_ETH } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { ethernet } from './ethernet.ts'
import { linuxCooked, linuxCooked2 } from './linux-cooked.ts'
import { loopback, nullLoopback } from './null-loopback.ts'
import { pppLink, pppOfDaemon, pppoeLink, pppWithDirection } from './ppp-link.ts'
import { rawIp } from './raw-ip.ts'

/** The layer of each LINKTYPE_ number (https://www.tcpdump.org/linktypes.html). */
export function linkLayer(d: Dissection, linkType: number): void {
  switch (linkType) {
    case 1:
      ethernet(d)
      break
    case 9:
    case 50:
      pppLink(d)
      break
    case 51:
      pppoeLink(d)
      break
    case 166:
      pppOfDaemon(d)
      break
    case 204:
      pppWithDirection(d)
      break
    case 113:
      linuxCooked(d)
      break
    case 276:
      linuxCooked2(d)
      break
    case 0:
      nullLoopback(d)
      break
    case 108:
      loopback(d)
      break
    // 12 and 14 are DLT_RAW of most systems and of OpenBSD, which some programs write into files
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
      rawIp(d)
      break
    default:
      unknownLink(d, linkType)
  }
}

function unknownLink(d: Dissection, linkType: number): void {
  d.statLo |= LO_NO_ETH
  d.stepUnknown(linkType, false)
  d.layerTwo(0, d.at)
}
