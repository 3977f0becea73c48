import { ETHER, type Layout, type LinkLayer, MAX_LENGTH, SAP } from './layout.ts'
import { behind, both, bytesAre, bytesAt, compare, either, not, type Test } from './tests.ts'

/** Ethernet: II, 802.3 with 802.2, and SNAP where that is in use. */
export const ETHER_LINK: LinkLayer = {
  name: 'ETHERNET',
  typeAt: 12,
  payloadAt: 14,
  macs: { dst: 0, src: 6 },
  vlan: true,
  mpls: ETHER.mpls,
  carries: etherCarries,
}

function etherCarries(layout: Layout, type: number): Test {
  const { typeField, payload } = layout
  const llc = (test: Test): Test => both(not(compare(bytesAt(typeField, 2), 'gt', MAX_LENGTH)), test)
  switch (type) {
    case SAP.iso:
    case SAP.netbeui:
      return llc(bytesAre(payload, 2, (type << 8) | type))
    case SAP.ipx:
      // on Ethernet II, over 802.2, right behind the length, and over SNAP
      return either(
        bytesAre(typeField, 2, ETHER.ipx),
        llc(either(snap(layout, 0, ETHER.ipx), bytesAre(payload, 1, SAP.ipx), bytesAre(payload, 2, 0xffff))),
      )
    case ETHER.atalk:
      return either(bytesAre(typeField, 2, type), llc(snap(layout, 0x080007, type)))
    case ETHER.aarp:
      return either(bytesAre(typeField, 2, type), llc(snap(layout, 0, type)))
    default:
      return type <= MAX_LENGTH ? llc(bytesAre(payload, 1, type)) : bytesAre(typeField, 2, type)
  }
}

/** SNAP: its eight bytes, the last four first. */
function snap({ payload }: Layout, oui: number, type: number): Test {
  return both(
    bytesAre(behind(payload, 4), 4, (((oui & 0xffff) << 16) | type) >>> 0),
    bytesAre(payload, 4, (0xaaaa_0300 | (oui >>> 16)) >>> 0),
  )
}
