import { LO_NO_ETH } from '../status-bits.ts'
import { arcnet } from './arcnet.ts'
import { ipnet, ipOverFirewire, ipOverInfiniband, slip } from './bare-link.ts'
import { ciscoHdlc } from './cisco-hdlc.ts'
import type { Dissection } from './dissection.ts'
import { ethernet } from './ethernet.ts'
import { frameRelay } from './frame-relay.ts'
import { juniper } from './juniper.ts'
import { linuxCooked, linuxCooked2 } from './linux-cooked.ts'
import { atmLlc, fddi, sunAtm, tokenRing } from './llc-link.ts'
import { netfilterLog, packetFilterLog } from './netfilter-log.ts'
import { loopback, nullLoopback } from './null-loopback.ts'
import { pppLink, pppOfDaemon, pppoeLink, pppWithDirection } from './ppp-link.ts'
import { rawIp } from './raw-ip.ts'
import { broadcomPrefix, broadcomTag, marvellTag } from './switch-tag.ts'
import { wlan } from './wlan.ts'
import { avs, prism, radiotap } from './wlan-capture.ts'
import { packetTap, perPacketInformation } from './wrapped-link.ts'

/** The rest of the link types, of which a capture has one: the common ones stand in `linkLayer()`. */
const LAYERS = new Map<number, (d: Dissection) => void>([
  [6, tokenRing],
  [8, slip],
  [9, pppLink],
  [10, fddi],
  [11, atmLlc],
  [50, pppLink],
  [51, pppoeLink],
  [100, atmLlc],
  [104, ciscoHdlc],
  [105, d => wlan(d)],
  [107, frameRelay],
  [117, packetFilterLog],
  [119, prism],
  [123, sunAtm],
  [127, radiotap],
  [129, arcnet],
  [138, ipOverFirewire],
  [163, avs],
  [166, pppOfDaemon],
  [178, d => juniper(d, ethernet)],
  [179, d => juniper(d, pppLink)],
  [180, d => juniper(d, frameRelay)],
  [181, d => juniper(d, ciscoHdlc)],
  [192, perPacketInformation],
  [204, pppWithDirection],
  [226, ipnet],
  [239, netfilterLog],
  [242, ipOverInfiniband],
  [258, packetTap],
  [281, broadcomTag],
  [282, broadcomPrefix],
  [284, d => marvellTag(d, 4)],
  [285, d => marvellTag(d, 8)],
])

/** The layer of each LINKTYPE_ number (https://www.tcpdump.org/linktypes.html). */
export function linkLayer(d: Dissection, linkType: number): void {
  switch (linkType) {
    case 1:
      ethernet(d)
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
    default: {
      const layer = LAYERS.get(linkType)
      if (layer === undefined) unknownLink(d, linkType)
      else layer(d)
    }
  }
}

function unknownLink(d: Dissection, linkType: number): void {
  d.statLo |= LO_NO_ETH
  d.stepUnknown(linkType, false)
  d.layerTwo(0, d.at)
}
