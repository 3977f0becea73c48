import { ENCAPSULATIONS } from '../decode/encapsulations.ts'
import { OVERLAP_POLICIES } from '../payload/overlap-policy.ts'
import type { Option } from './options.ts'

/** The options of the stages, each named once; a bin takes those of the stages that it runs. */

export const CAPTURE_OPTIONS: readonly Option[] = [
  {
    name: 'read',
    short: 'r',
    kind: 'texts',
    value: 'FILE',
    help: 'read this capture; what else stands on the line is then a filter, port 21; given again for several',
    setting: false,
  },
  {
    name: 'list',
    short: 'R',
    kind: 'text',
    value: 'FILE',
    help: 'read the captures that this file names, one a line; those that cannot be read are left out',
    setting: false,
  },
  {
    name: 'series',
    kind: 'text',
    value: 'FILE[:X][,N]',
    help:
      'read numbered captures as they come, dump.pcap0, dump.pcap1 and so on; the number stands behind the last p or ' +
      'behind X; N is the last',
    setting: false,
  },
  {
    name: 'filter',
    kind: 'text',
    value: 'EXPR',
    help: "only frames that fit this expression, which is tcpdump's, 'tcp port 25 and not net 10'",
  },
  { name: 'follow', kind: 'flag', help: 'go on reading the last capture as it grows, until stopped' },
  {
    name: 'filter-file',
    short: 'F',
    kind: 'text',
    value: 'FILE',
    help: 'take the filter from this file',
    setting: false,
  },
  { name: 'count', kind: 'number', help: 'stop after N packets, of those that fit the filter' },
]

export const DECODE_OPTIONS: readonly Option[] = [
  {
    name: 'decap',
    kind: 'names',
    value: 'NAMES',
    choices: ['none', ...ENCAPSULATIONS],
    help: 'the encapsulations that are opened, gre,gtp',
    default: 'all',
  },
  {
    name: 'outer',
    kind: 'flag',
    help: 'the outer packets of UDP tunnels as well, each before the packet in it',
  },
  {
    name: 'frag-overlap',
    kind: 'choice',
    choices: ['last', 'first'],
    help: 'which copy of a byte stands where IPv4 fragments overlap',
    default: 'last',
  },
  {
    name: 'frag-timeout',
    kind: 'number',
    value: 'S',
    help: 'how long the fragments of a datagram are waited for (seconds); 0: for ever',
    default: '60',
  },
  {
    name: 'frag-memory',
    kind: 'number',
    help: 'bytes for datagrams that are incomplete; the oldest makes room',
    default: '16777216',
  },
]

export const FLOW_OPTIONS: readonly Option[] = [
  {
    name: 'flow-timeout',
    kind: 'number',
    value: 'S',
    help: 'a flow ends when both directions were idle so many seconds; 0: never',
    default: '182',
  },
  {
    name: 'max-flows',
    kind: 'number',
    help: 'most conversations under way; above it the one that was idle for longest ends; 0: no limit',
    default: '0',
  },
]

export const PAYLOAD_OPTIONS: readonly Option[] = [
  { name: 'l2', kind: 'flag', help: 'payload of frames without IP' },
  { name: 'tcp', kind: 'flag', help: 'TCP payload; --no-tcp for none', default: 'on' },
  { name: 'udp', kind: 'flag', help: 'UDP payload; --no-udp for none', default: 'on' },
  { name: 'sctp', kind: 'flag', help: 'SCTP payload, a file for each stream' },
  { name: 'icmp', kind: 'flag', help: 'ICMP and ICMPv6 payload' },
  {
    name: 'protos',
    kind: 'numbers',
    value: 'LIST',
    max: 0xff,
    words: { igmp: 2, gre: 47, esp: 50, ospf: 89, pim: 103, l2tp: 115, udplite: 136 },
    help: 'payload of these other IP protocols, 47,50 or gre,esp,udplite',
  },
  {
    name: 'ethertypes',
    kind: 'numbers',
    value: 'LIST',
    max: 0xffff,
    help: 'only these ethertypes, 0x2000,0x2003 (with --l2)',
  },
  {
    name: 'tcp-ports',
    kind: 'numbers',
    value: 'LIST',
    max: 0xffff,
    help: 'only TCP from or to these ports, 25,21',
  },
  { name: 'udp-ports', kind: 'numbers', value: 'LIST', max: 0xffff, help: 'only UDP from or to these ports' },
  {
    name: 'sctp-ports',
    kind: 'numbers',
    value: 'LIST',
    max: 0xffff,
    help: 'only SCTP from or to these ports (with --sctp)',
  },
  {
    name: 'ports',
    kind: 'numbers',
    value: 'LIST',
    max: 0xffff,
    help: 'only from or to these ports, whatever the protocol',
  },
  {
    name: 'src-ports',
    kind: 'numbers',
    value: 'LIST',
    max: 0xffff,
    help: 'only directions from these ports',
  },
  { name: 'dst-ports', kind: 'numbers', value: 'LIST', max: 0xffff, help: 'only directions to these ports' },
  {
    name: 'hosts',
    kind: 'networks',
    value: 'LIST',
    help: 'only from or to these addresses and networks, 10.0.0.0/8,2001:db8::1',
  },
  { name: 'src-hosts', kind: 'networks', value: 'LIST', help: 'only directions from these' },
  { name: 'dst-hosts', kind: 'networks', value: 'LIST', help: 'only directions to these' },
  {
    name: 'max-bytes',
    kind: 'number',
    help: 'nothing beyond the first N bytes of a flow direction; 0: all',
    default: '0',
  },
  {
    name: 'start-offset',
    kind: 'number',
    help: 'leave out the first N bytes of each TCP and SCTP stream, datagram and frame',
    default: '0',
    setting: 'START_OFF',
  },
  {
    name: 'max-gap',
    kind: 'number',
    help: 'a TCP jump over more bytes that the peer never acknowledged is outside the stream; 0: no limit',
    default: '16777216',
  },
  {
    name: 'max-gaps',
    kind: 'number',
    help: 'most gaps of a flow direction that are told one by one, of the others the sum; 0: all',
    default: '65536',
  },
  {
    name: 'overlap',
    kind: 'choice',
    value: 'POLICY',
    choices: OVERLAP_POLICIES,
    help:
      `which copy of a TCP byte counts that came again, ${OVERLAP_POLICIES.join(', ')}: the first, the last, or as ` +
      'these systems do while it waits behind a hole; overwrite: always the last',
    default: 'first',
  },
  {
    name: 'urgent',
    kind: 'choice',
    choices: ['inline', 'drop'],
    help: 'the urgent byte of TCP stays in the stream, or is left out as a gap',
    default: 'inline',
  },
  {
    name: 'checksums',
    kind: 'flag',
    help: 'reject TCP segments whose checksum is wrong; those that a sender captured itself mostly are',
  },
  { name: 'paws', kind: 'flag', help: 'reject TCP segments whose timestamp is too old (RFC 7323)' },
]

/** What has to be looked at in the headers for `checksums` and `paws`. */
export const TCP_FACT_OPTIONS: readonly Option[] = [
  { name: 'checksums', kind: 'flag', help: 'work out TCP checksums: l4Chk' },
  { name: 'timestamps', kind: 'flag', help: 'read the timestamps option of TCP: tcpTsVal' },
]

export const SINK_OPTIONS: readonly Option[] = [
  {
    name: 'names',
    kind: 'text',
    value: 'NAMES',
    help:
      '0: 1_A; 1: addresses and ports; 2: the same behind the time of the first packet; tcpflow: as there; or a template ' +
      'such as %T/%A.%a-%B.%b',
    default: '0',
  },
  { name: 'prefix', kind: 'text', value: 'TEXT', help: "in front of each file's name" },
  { name: 'suffix', kind: 'text', value: 'TEXT', help: "behind each file's name" },
  {
    name: 'clean',
    kind: 'flag',
    opposite: 'keep',
    help: 'replace the files of an earlier run',
    default: 'on',
    setting: 'RMDIR',
  },
  {
    name: 'gap',
    kind: 'choice',
    choices: ['zero', 'skip', 'marker'],
    help: 'what was not captured is zeros (a hole), is left out, or is a line [gap of N bytes: absent]',
    default: 'zero',
  },
  {
    name: 'max-open-files',
    kind: 'number',
    help: 'most files open at a time; the one that was not written to for longest is closed',
    default: '8192',
  },
  { name: 'index', kind: 'flag', help: 'beside each file an index: which byte came from which packet' },
]
