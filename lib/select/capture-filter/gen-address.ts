import { ETHER, type Layout } from './layout.ts'
import { type Ipv4Net, ipv4Net, ipv6Mask } from './nets.ts'
import { refuse, refuseLink } from './refuse.ts'
import type { Direction, Expression, Identifier, Qualifiers } from './syntax.ts'
import { behind, both, bytesAre, either, type Test } from './tests.ts'

type Named = Extract<Expression, { kind: 'identifier' }>

/** Positions of source and destination address in the headers that have IPv4 ones. */
const IPV4_AT = { src: 12, dst: 16 }
const ARP_AT = { src: 14, dst: 24 }
const IPV6_AT = { src: 8, dst: 24 }

/** `host`, `net`, or only a direction: IPv4, IPv6 or MAC addresses. */
export function addressTest(layout: Layout, { at, qualifiers, identifier }: Named): Test {
  const { protocol, direction, type = 'host' } = qualifiers
  switch (identifier.kind) {
    case 'mac':
      if (type === 'host' && protocol === 'link') return macTest(layout, direction, identifier.bytes)
      return refuse(at, 'a MAC address is asked for with ether host, ether src or ether dst')
    case 'ipv6':
      return ipv6Test(layout, at, qualifiers, identifier)
    case 'name':
      return refuse(at, `${identifier.text} is no address; names of hosts and nets are not looked up`)
    default:
      return ipv4Test(layout, at, qualifiers, ipv4Net(at, type, identifier))
  }
}

function ipv4Test(layout: Layout, at: number, { protocol, direction, type }: Qualifiers, net: Ipv4Net): Test {
  const inside = (ethertype: number, places: { src: number; dst: number }): Test =>
    eachWay(direction, way =>
      both(
        layout.carries(ethertype),
        bytesAre(behind(layout.network, places[way]), 4, net.address, net.mask),
      ),
    )
  switch (protocol) {
    case undefined: {
      const ip = inside(ETHER.ip, IPV4_AT)
      // labels are followed by IP alone
      if (layout.labels > 0) return ip
      return either(ip, inside(ETHER.arp, ARP_AT), inside(ETHER.rarp, ARP_AT))
    }
    case 'ip':
      return inside(ETHER.ip, IPV4_AT)
    case 'arp':
      return inside(ETHER.arp, ARP_AT)
    case 'rarp':
      return inside(ETHER.rarp, ARP_AT)
    default:
      return refuse(at, `${protocol} has no IPv4 ${type ?? 'host'}`)
  }
}

function ipv6Test(
  layout: Layout,
  at: number,
  { protocol, direction, type }: Qualifiers,
  { words, length }: Extract<Identifier, { kind: 'ipv6' }>,
): Test {
  if (protocol !== undefined && protocol !== 'ip6') refuse(at, `${protocol} has no IPv6 ${type ?? 'host'}`)
  if (type !== 'net' && length !== undefined && length !== 128) refuse(at, 'a prefix goes with net')
  const masks = ipv6Mask(at, words, length ?? 128)
  return eachWay(direction, way => {
    const address = behind(layout.network, IPV6_AT[way])
    return both(
      layout.carries(ETHER.ip6),
      ...words.map((word, index) => bytesAre(behind(address, 4 * index), 4, word, masks[index]!)),
    )
  })
}

/** Two comparisons, the last four bytes first. */
export function macTest(layout: Layout, direction: Direction | undefined, bytes: readonly number[]): Test {
  const { macs } = layout.layer
  if (macs === undefined) return refuseLink(layout.name, 'MAC addresses cannot be selected')
  const [a, b, c, d, e, f] = bytes as [number, number, number, number, number, number]
  return eachWay(direction, way => {
    const address = behind(layout.link, macs[way])
    const low = ((c << 24) | (d << 16) | (e << 8) | f) >>> 0
    return both(bytesAre(behind(address, 2), 4, low), bytesAre(address, 2, (a << 8) | b))
  })
}

/** The source's test, the destination's, or both as the direction says. */
export function eachWay(direction: Direction | undefined, test: (way: 'src' | 'dst') => Test): Test {
  if (direction === 'src' || direction === 'dst') return test(direction)
  return direction === 'src and dst' ? both(test('src'), test('dst')) : either(test('src'), test('dst'))
}
