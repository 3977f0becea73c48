import { SLL_LINK, SLL2_LINK } from './cooked-link.ts'
import { ETHER_LINK } from './ether-link.ts'
import type { LinkLayer } from './layout.ts'
import {
  C_HDLC_LINK,
  LOOP_LINK,
  NULL_LINK,
  PPP_ETHER_LINK,
  PPP_HDLC_LINK,
  PPP_LINK,
} from './point-to-point.ts'
import { IPV4_LINK, IPV6_LINK, RAW_LINK } from './raw-link.ts'
import { refuseLink } from './refuse.ts'
import { NEVER } from './tests.ts'
import { RADIOTAP_LINK, WLAN_LINK } from './wlan-link.ts'

/** Link types whose frames are taken apart, by LINKTYPE_ number (tcpdump.org/linktypes.html). */
const LAYERS: ReadonlyMap<number, LinkLayer> = new Map([
  [0, NULL_LINK],
  [1, ETHER_LINK],
  [9, PPP_LINK],
  [12, RAW_LINK],
  [14, RAW_LINK],
  [50, PPP_HDLC_LINK],
  [51, PPP_ETHER_LINK],
  [101, RAW_LINK],
  [104, C_HDLC_LINK],
  [105, WLAN_LINK],
  [108, LOOP_LINK],
  [113, SLL_LINK],
  [127, RADIOTAP_LINK],
  [228, IPV4_LINK],
  [229, IPV6_LINK],
  [276, SLL2_LINK],
])

/** Frames with a header of the capturing software in front, which is not opened here: PRISM, AVS, PPI, netANALYZER. */
const HEADED = new Set([119, 163, 192, 240, 241])

/** A link type that can be asked anything. */
export const ANY_LINK: LinkLayer = { ...ETHER_LINK, outgoing: () => NEVER }

/** How frames of a link type are built; of others nothing is known but their bytes and length. */
export function linkLayer(linkType: number): LinkLayer {
  if (HEADED.has(linkType)) refuseLink(String(linkType), 'frames cannot be selected')
  return LAYERS.get(linkType) ?? { name: String(linkType) }
}
