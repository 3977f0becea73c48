import { word } from '../header-chains.ts'
import { PROTO_ICMP, PROTO_ICMPV6, PROTO_SCTP, PROTO_TCP, PROTO_UDP, PROTO_UDPLITE } from '../packet-facts.ts'
import {
  LO_AH,
  LO_ESP,
  LO_ETHERIP,
  LO_GRE,
  LO_IPIP,
  LO_L2TP,
  LO_MPLS_UNICAST,
  LO_SCTP,
} from '../status-bits.ts'
import { authentication } from './authentication.ts'
import type { Dissection } from './dissection.ts'
import { etherIp } from './ether-ip.ts'
import { gre } from './gre.ts'
import { icmp } from './icmp.ts'
import { ipInIp } from './ip-in-ip.ts'
import { l2tpv3Ip } from './l2tpv3.ts'
import { mplsInIp } from './mpls.ts'
import { pim } from './pim.ts'
import { sctp } from './sctp.ts'
import { tcp } from './tcp.ts'
import { udp, udpLite } from './udp.ts'

export const PROTO_IPV4 = 4
const PROTO_IPV6 = 41
const PROTO_GRE = 47
const PROTO_AH = 51
const PROTO_ETHERIP = 97
const PROTO_PIM = 103
const PROTO_MPLS = 137
const PROTO_L2TP = 115

/** What follows the IP headers; `at` is the first byte behind them. */
export function ipProtocol(d: Dissection, proto: number): void {
  d.packets.l4Proto[d.row] = proto
  const { chain } = d
  protocolWord(d, proto)
  switch (proto) {
    case PROTO_TCP:
      tcp(d)
      break
    case PROTO_UDP:
      udp(d)
      break
    case PROTO_ICMP:
    case PROTO_ICMPV6:
      icmp(d)
      break
    case PROTO_SCTP:
      sctp(d)
      break
    case PROTO_UDPLITE:
      udpLite(d)
      break
    case PROTO_AH:
      authentication(d)
      break
    case PROTO_L2TP:
      l2tpv3Ip(d)
      break
    default:
      d.payload(d.at)
      tunnel(d, proto, chain)
  }
}

/** What can hold a packet of its own; `chain` lacks the protocol's word. Where it cannot be opened, the payload stands. */
function tunnel(d: Dissection, proto: number, chain: number): void {
  switch (proto) {
    case PROTO_IPV4:
    case PROTO_IPV6:
      ipInIp(d, proto, chain)
      break
    case PROTO_GRE:
      gre(d)
      break
    case PROTO_ETHERIP:
      etherIp(d)
      break
    case PROTO_PIM:
      pim(d)
      break
    case PROTO_MPLS:
      mplsInIp(d, chain)
      break
    default:
  }
}

const UNKNOWN = -1
const SILENT = -2

/** For each protocol number the word of the header chain, and the status bits. */
const words = new Int16Array(256).fill(UNKNOWN)
const bits = new Int32Array(256)
for (const [proto, name, flags] of [
  [0, 'ipv6.hopopts', 0],
  [PROTO_ICMP, 'icmp', 0],
  [2, 'igmp', 0],
  [PROTO_IPV4, 'ipv4', LO_IPIP],
  [PROTO_TCP, 'tcp', 0],
  [8, 'egp', 0],
  [PROTO_UDP, 'udp', 0],
  [33, 'dccp', 0],
  [PROTO_IPV6, 'ipv6', LO_IPIP],
  [46, 'rsvp', 0],
  [PROTO_GRE, 'gre', LO_GRE],
  [50, 'esp', LO_ESP],
  [PROTO_AH, 'ah', LO_AH],
  [PROTO_ICMPV6, 'icmpv6', 0],
  [88, 'eigrp', 0],
  [89, 'ospf', 0],
  [PROTO_ETHERIP, 'etherip', LO_ETHERIP],
  [PROTO_PIM, 'pim', 0],
  [108, 'ipcomp', 0],
  [112, 'vrrp', 0],
  [113, 'pgm', 0],
  [PROTO_L2TP, 'l2tp', LO_L2TP],
  [PROTO_SCTP, 'sctp', LO_SCTP],
  [PROTO_UDPLITE, 'udplite', 0],
  [PROTO_MPLS, 'mpls', LO_MPLS_UNICAST],
] as const) {
  words[proto] = word(name)
  bits[proto] = flags
}
// no next header (RFC 8200 4.7): there is nothing to name
words[59] = SILENT

/** Adds the protocol's word to the chain, and its status bits. */
export function protocolWord(d: Dissection, proto: number): void {
  const name = words[proto]!
  if (name >= 0) {
    d.step(name)
    d.statLo |= bits[proto]!
  } else if (name === UNKNOWN) d.stepUnknown(proto, false)
}
