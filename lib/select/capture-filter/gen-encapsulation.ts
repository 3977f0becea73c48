import { macTest } from './gen-address.ts'
import { ETHER, type Layout } from './layout.ts'
import { PPP_LINK } from './point-to-point.ts'
import { refuse, refuseLink } from './refuse.ts'
import type { Expression } from './syntax.ts'
import { behind, both, bytesAre, bytesAt, compare, either, not, type Test } from './tests.ts'

type Encapsulation = Extract<Expression, { kind: 'encapsulation' }>

const BOTTOM_OF_STACK = 0x01
const PPPOE_HEADER = 6

/** `vlan`, `mpls`, `pppoes`: asks for the header, and moves all that follows in the expression behind it. */
export function encapsulationTest(layout: Layout, expression: Encapsulation): Test {
  switch (expression.name) {
    case 'vlan':
      return vlanTest(layout, expression)
    case 'mpls':
      return mplsTest(layout, expression)
    case 'pppoes':
      return pppoesTest(layout, expression)
    default:
      return layout.carries(ETHER.pppoed)
  }
}

function vlanTest(layout: Layout, { at, value }: Encapsulation): Test {
  if (layout.labels > 0) refuse(at, 'no VLAN tag can be looked for behind MPLS')
  if (layout.layer.vlan !== true) refuseLink(layout.name, 'VLAN tags cannot be selected')
  const tagged = either(layout.carries(ETHER.vlan), layout.carries(ETHER.qinq), layout.carries(ETHER.oldQinq))
  const id = value === undefined ? [] : [bytesAre(layout.network, 2, inRange(at, value, 0x0fff), 0x0fff)]
  layout.shift(4)
  return both(tagged, ...id)
}

function mplsTest(layout: Layout, { at, value }: Encapsulation): Test {
  const { mpls } = layout.layer
  const labelled =
    layout.labels > 0
      ? bytesAre(behind(layout.network, -2), 1, 0, BOTTOM_OF_STACK)
      : mpls === undefined
        ? refuseLink(layout.name, 'MPLS cannot be selected')
        : layout.carries(mpls)
  const label =
    value === undefined
      ? []
      : [bytesAre(layout.network, 4, inRange(at, value, 0xfffff) * 0x1000, 0xffff_f000)]
  layout.labels++
  layout.move('network', 4)
  return both(labelled, ...label)
}

function pppoesTest(layout: Layout, { at, value }: Encapsulation): Test {
  const session = value === undefined ? [] : [bytesAre(layout.network, 4, inRange(at, value, 0xffff), 0xffff)]
  const test = both(layout.carries(ETHER.pppoes), ...session)
  const inner = behind(layout.network, PPPOE_HEADER)
  layout.layer = { ...PPP_LINK, name: `PPP behind ${layout.name}` }
  layout.link = inner
  layout.typeField = inner
  layout.payload = layout.network = behind(inner, 2)
  return test
}

function inRange(at: number, value: number, last: number): number {
  return value <= last ? value : refuse(at, `${value} is beyond ${last}, the greatest there is`)
}

/** `broadcast` and `multicast` of the link layer, `ip` and `ip6`. */
export function castTest(
  layout: Layout,
  { at, protocol, cast }: Extract<Expression, { kind: 'cast' }>,
): Test {
  const { network, link, layer } = layout
  if (protocol === undefined || protocol === 'link') {
    if (cast === 'broadcast') return macTest(layout, 'dst', [255, 255, 255, 255, 255, 255])
    return layer.macs === undefined
      ? refuseLink(layout.name, 'multicast of the link layer cannot be selected')
      : not(bytesAre(link, 1, 0, 0x01))
  }
  if (cast === 'broadcast' && protocol === 'ip') {
    // captures do not tell netmasks, so the broadcast address of a network is not known
    const to = behind(network, 16)
    return both(layout.carries(ETHER.ip), either(bytesAre(to, 4, 0), bytesAre(to, 4, 0xffff_ffff)))
  }
  if (cast === 'multicast' && protocol === 'ip')
    return both(layout.carries(ETHER.ip), compare(bytesAt(behind(network, 16), 1), 'ge', 224))
  if (cast === 'multicast' && protocol === 'ip6')
    return both(layout.carries(ETHER.ip6), bytesAre(behind(network, 24), 1, 255))
  return refuse(at, `${protocol} ${cast} has no meaning`)
}

/** `inbound` and `outbound`, where frames tell. */
export function wayTest(layout: Layout, { way }: Extract<Expression, { kind: 'way' }>): Test {
  const { outgoing } = layout.layer
  if (outgoing === undefined) return refuseLink(layout.name, `${way} is not known`)
  return way === 'outbound' ? outgoing() : not(outgoing())
}
