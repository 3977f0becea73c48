import type { FunctionSpec, FunctionTable } from '../functions.ts'
import { testNumber } from '../number-list.ts'
import { numbers } from './arguments.ts'

/** Names of the IANA numbers that are asked for. */
export const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  gre: 47,
  esp: 50,
  ah: 51,
  icmp6: 58,
  icmpv6: 58,
  ospf: 89,
  pim: 103,
  sctp: 132,
  udplite: 136,
}

/** Whether one of the fields is in the list. */
const listed = (
  fields: readonly string[],
  help: string,
  words?: Readonly<Record<string, number>>,
): FunctionSpec => ({
  params: 'list',
  min: 1,
  max: Number.POSITIVE_INFINITY,
  help,
  build(given, scope) {
    const test = numbers(given, scope, words)
    const reads = fields.map(name => scope.field(name))
    if (reads.length === 1) {
      const [read] = reads
      return row => testNumber(read!(row), test)
    }
    return row => reads.some(read => testNumber(read(row), test))
  },
})

const protocol = (name: string, help: string): FunctionSpec => ({
  params: '',
  min: 0,
  max: 0,
  help,
  build(_, scope) {
    const read = scope.field('l4Proto')
    return row => testNumber(read(row), value => value === PROTOCOLS[name])
  },
})

export const PORT_FUNCTIONS: FunctionTable = {
  port: listed(['srcPort', 'dstPort'], 'srcPort or dstPort is in "80;443;1-1023"'),
  sport: listed(['srcPort'], 'srcPort is'),
  dport: listed(['dstPort'], 'dstPort is'),
  proto: listed(['l4Proto'], 'l4Proto is in "tcp;17;130-"', PROTOCOLS),
  tcp: protocol('tcp', 'TCP'),
  udp: protocol('udp', 'UDP'),
  sctp: protocol('sctp', 'SCTP'),
  icmp: protocol('icmp', 'ICMP of IPv4'),
  icmp6: protocol('icmp6', 'ICMPv6'),
  igmp: protocol('igmp', 'IGMP'),
  vlan: listed(['ethVlanID'], 'one of the VLAN numbers is in the list'),
  flow: listed(['flowInd'], 'flowInd is in "1-3;5"'),
  packet: listed(['pktNo'], 'pktNo is in "1-3;5"'),
}
