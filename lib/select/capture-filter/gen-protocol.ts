import { ETHER, type Layout, SAP } from './layout.ts'
import { refuse } from './refuse.ts'
import type { Expression } from './syntax.ts'
import { behind, both, bytesAre, either, type Test } from './tests.ts'

/** Protocols that the link layer names: ethertypes, and SAPs of 802.2. */
const LINK_PROTOCOLS: Readonly<Record<string, number>> = {
  ip: ETHER.ip,
  ip6: ETHER.ip6,
  arp: ETHER.arp,
  rarp: ETHER.rarp,
  atalk: ETHER.atalk,
  aarp: ETHER.aarp,
  decnet: 0x6003,
  sca: 0x6007,
  lat: 0x6004,
  mopdl: 0x6001,
  moprc: 0x6002,
  iso: SAP.iso,
  stp: SAP.stp,
  ipx: SAP.ipx,
  netbeui: SAP.netbeui,
}

/** Protocols in IP that are words, and the versions of IP in which they are looked for. */
const IP_PROTOCOLS: Readonly<Record<string, { number: number; over: 'ip' | 'ip6' | undefined }>> = {
  tcp: { number: 6, over: undefined },
  udp: { number: 17, over: undefined },
  sctp: { number: 132, over: undefined },
  pim: { number: 103, over: undefined },
  ah: { number: 51, over: undefined },
  esp: { number: 50, over: undefined },
  icmp: { number: 1, over: 'ip' },
  igmp: { number: 2, over: 'ip' },
  igrp: { number: 9, over: 'ip' },
  vrrp: { number: 112, over: 'ip' },
  carp: { number: 112, over: 'ip' },
  icmp6: { number: 58, over: 'ip6' },
}

/** Other protocols by name, behind `proto`: IANA's protocol numbers. */
const NUMBERS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  ipencap: 4,
  tcp: 6,
  egp: 8,
  igp: 9,
  udp: 17,
  rdp: 27,
  dccp: 33,
  ipv6: 41,
  'ipv6-route': 43,
  'ipv6-frag': 44,
  rsvp: 46,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  eigrp: 88,
  ospf: 89,
  ipip: 94,
  etherip: 97,
  pim: 103,
  ipcomp: 108,
  vrrp: 112,
  l2tp: 115,
  sctp: 132,
  'mobility-header': 135,
  udplite: 136,
  hip: 139,
}

const FRAGMENT_HEADER = 44

/** A protocol that stands alone. */
export function protocolTest(layout: Layout, name: string, at: number): Test {
  if (Object.hasOwn(LINK_PROTOCOLS, name)) return layout.carries(LINK_PROTOCOLS[name]!)
  const known = Object.hasOwn(IP_PROTOCOLS, name) ? IP_PROTOCOLS[name] : undefined
  if (known === undefined) return refuse(at, `${name} is followed by host, proto, src, dst or […]`)
  return ipProtocolTest(layout, known.over, known.number)
}

/** `proto`, `ip proto`, `ip6 proto`, `ether proto`. */
export function protoTest(
  layout: Layout,
  { at, qualifiers, identifier }: Extract<Expression, { kind: 'identifier' }>,
): Test {
  const { protocol } = qualifiers
  const names = protocol === 'link' ? { ...LINK_PROTOCOLS, loopback: 0x9000 } : NUMBERS
  if (!['number', 'name'].includes(identifier.kind)) refuse(at, 'proto takes a number or a name')
  const number =
    identifier.kind === 'number'
      ? identifier.value
      : identifier.kind === 'name' && Object.hasOwn(names, identifier.text)
        ? names[identifier.text as keyof typeof names]!
        : refuse(at, 'no protocol is known here by this name; give its number')
  if (protocol === 'link') return layout.carries(number)
  if (protocol === undefined || protocol === 'ip' || protocol === 'ip6')
    return ipProtocolTest(layout, protocol, number)
  return refuse(at, `${protocol} proto has no meaning; use ip proto, ip6 proto or ether proto`)
}

/** A protocol right behind the IPv4 header; behind that of IPv6, or a fragment header there. */
function ipProtocolTest(layout: Layout, over: 'ip' | 'ip6' | undefined, number: number): Test {
  const { network } = layout
  const ip = (): Test => both(layout.carries(ETHER.ip), bytesAre(behind(network, 9), 1, number))
  const ip6 = (): Test =>
    both(
      layout.carries(ETHER.ip6),
      either(
        bytesAre(behind(network, 6), 1, number),
        both(bytesAre(behind(network, 6), 1, FRAGMENT_HEADER), bytesAre(behind(network, 40), 1, number)),
      ),
    )
  if (over === undefined) return either(ip(), ip6())
  return over === 'ip' ? ip() : ip6()
}
