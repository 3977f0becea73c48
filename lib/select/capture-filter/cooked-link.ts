import { type Layout, type LinkLayer, MAX_LENGTH, SAP } from './layout.ts'
import { both, bytesAre, type Test } from './tests.ts'

/** Value of the protocol field for 802.2, and of the packet type for what this host sent. */
const COOKED_802_2 = 4
const OUTGOING = 4

/** Linux cooked captures. */
export const SLL_LINK: LinkLayer = {
  name: 'LINUX_SLL',
  typeAt: 14,
  payloadAt: 16,
  carries: cookedCarries,
  outgoing: () => bytesAre({ base: 'frame', offset: 0 }, 2, OUTGOING),
}

export const SLL2_LINK: LinkLayer = {
  name: 'LINUX_SLL2',
  typeAt: 0,
  payloadAt: 20,
  carries: cookedCarries,
  outgoing: () => bytesAre({ base: 'frame', offset: 10 }, 1, OUTGOING),
}

function cookedCarries({ typeField, payload }: Layout, type: number): Test {
  if (type > MAX_LENGTH) return bytesAre(typeField, 2, type)
  const llc = bytesAre(typeField, 2, COOKED_802_2)
  if (type === SAP.iso || type === SAP.netbeui) return both(llc, bytesAre(payload, 2, (type << 8) | type))
  return both(llc, bytesAre(payload, 1, type))
}
