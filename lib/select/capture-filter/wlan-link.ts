import type { FrameAt } from './frame-at.ts'
import type { LinkLayer } from './layout.ts'
import { both, bytesAre } from './tests.ts'

/** Bits of the first byte of an 802.11 header. */
const CONTROL = 0x04
const DATA = 0x08
const QOS = 0x80

/** Header without QoS; LLC and SNAP behind it, the ethertype their last two bytes. */
const HEADER = 24
const QOS_CONTROL = 2
const LLC_SNAP = 8

/** Data frames of 802.11 with LLC and SNAP. As in tcpdump, a fourth address does not move what follows. */
export const WLAN_LINK: LinkLayer = {
  name: 'IEEE802_11',
  typeAt: 6,
  network: LLC_SNAP,
  vlan: true,
  findBases: frame => {
    frame.link = frame.start
    return findPayload(frame) >= 0
  },
  carries: ({ link, typeField }, type) =>
    both(bytesAre(link, 1, 0, CONTROL), bytesAre(link, 1, DATA, DATA), bytesAre(typeField, 2, type)),
}

/** The same behind a radiotap header (radiotap.org), whose fields are little-endian. */
export const RADIOTAP_LINK: LinkLayer = {
  ...WLAN_LINK,
  name: 'IEEE802_11_RADIOTAP',
  linkVaries: true,
  findBases: frame => {
    const { bytes, start } = frame
    if (frame.load(start, 4) < 0) return false
    frame.link = start + (bytes[start + 2]! | (bytes[start + 3]! << 8))
    const control = findPayload(frame)
    if (control < 0 || (control & (DATA | CONTROL)) !== DATA) return control >= 0
    const padded = isPadded(frame)
    if (padded) frame.payload = start + ((frame.payload - start + 3) & ~3)
    return padded !== undefined
  },
}

/** Sets where the payload begins and gives the header's first byte; −1 if that was not captured. */
function findPayload(frame: FrameAt): number {
  frame.payload = frame.link + HEADER
  const control = frame.load(frame.link, 1)
  if ((control & (DATA | CONTROL | QOS)) === (DATA | QOS)) frame.payload += QOS_CONTROL
  return control
}

/** Whether radiotap says that the header was filled up to a multiple of 4; undefined where that is cut off. */
function isPadded(frame: FrameAt): boolean | undefined {
  const { start } = frame
  const present = frame.load(start + 4, 4)
  if (present < 0) return undefined
  const hasFlags = (present & 0x0200_0000) !== 0
  const goesOn = (present & 0x80) !== 0
  if (!hasFlags || goesOn) return false
  const hasTime = (present & 0x0100_0000) !== 0
  const flags = frame.load(start + (hasTime ? 16 : 8), 1)
  return flags < 0 ? undefined : (flags & 0x20) !== 0
}
