import t from 'tap'
import { ethernet, ethernetPadded, hex, llc, snap, vlan } from './support/build-packets.ts'
import { backbone, eTag, mpls, nsh, ppp, pppoe, vnTag } from './support/build-tunnels.ts'
import { type Case, check, IPV4, onEthernet4, packet4, packet6, udp4, udp6 } from './support/decode-cases.ts'
import type { TestFrame } from './support/decode-frames.ts'

const closed = { family: 0, l4Proto: 0 }
const frame4 = onEthernet4(packet4)

t.test('MPLS', async t => {
  const on = (labels: number[], payload: Uint8Array | string, type = 0x8847): Buffer =>
    ethernet({ type }, mpls(labels, payload))
  const control = (word: string, payload: Uint8Array): Buffer => Buffer.concat([hex(word), payload])
  // addresses that begin as IP does, and a sender's address of a group
  const begun = (byte: string): Buffer => ethernet({ dst: `${byte}:00:00:00:00:02`, type: 0x0800 }, packet4)
  // biome-ignore format: a case a line or two
  check(t, [
    ['one label', on([100], packet4), { ...udp4, hdrDesc: 'eth:mpls:ipv4:udp', pktStat: '0x0400000000004200', payAt: 46 }],
    ['three labels', on([100, 200, 300], packet6),
      { ...udp6, hdrDesc: 'eth:mpls{3}:ipv6:udp', pktStat: '0x0800000000008200' }],
    ['multicast', on([100], packet4, 0x8848), { ...udp4, pktStat: '0x0400000000004400' }],
    ['explicit null of IPv4', on([100, 0], packet4), { ...udp4, hdrDesc: 'eth:mpls{2}:ipv4:udp' }],
    ['explicit null of IPv6', on([2], packet6), { ...udp6, hdrDesc: 'eth:mpls:ipv6:udp' }],
    ['explicit null of the other version', on([0], packet6),
      { ...closed, hdrDesc: 'eth:mpls:ipvx', pktStat: '0x0000080000010204', ethType: 0x0800, payAt: 18, l7Len: packet6.length }],
    ['padding below the labels', ethernetPadded(on([100], packet4)), udp4],
    ['Ethernet behind a control word', on([100], control('00 00 00 07', frame4)),
      { ...udp4, hdrDesc: 'eth:mpls:pwethcw:eth:ipv4:udp', pktStat: '0x0400000000004200', mac: '020000000002020000000001' }],
    ['a tagged frame behind a control word', on([100], control('00 00 00 00', ethernet({ type: 0x8100 }, vlan({ vid: 9, type: 0x0800 }, packet4)))),
      { ...udp4, hdrDesc: 'eth:mpls:pwethcw:eth:vlan:ipv4:udp', vlan: 9 }],
    ['802.3 behind a control word', on([100], control('00 00 00 00', ethernet({}, llc({ dsap: 0x42, ssap: 0x42 }, 'bpdu')))),
      { ...closed, hdrDesc: 'eth:mpls:pwethcw:eth:llc:stp', ethType: 0x4242, payload: 'bpdu' }],
    ['Ethernet without control word', on([100], frame4), { ...udp4, hdrDesc: 'eth:mpls:eth:ipv4:udp' }],
    ['a tagged frame without control word', on([100], ethernet({ type: 0x8100 }, vlan({ vid: 9, type: 0x0800 }, packet4))),
      { ...udp4, hdrDesc: 'eth:mpls:eth:vlan:ipv4:udp', vlan: 9, tags: [9] }],
    ['a sender that begins as IPv4 does', on([100], begun('45')), { ...udp4, hdrDesc: 'eth:mpls:eth:ipv4:udp' }],
    ['a sender that begins as IPv6 does', on([100], begun('60')), { ...udp4, hdrDesc: 'eth:mpls:eth:ipv4:udp' }],
    ['SNAP without control word', on([100], ethernet({}, snap({ type: 0x0800 }, packet4))),
      { ...udp4, hdrDesc: 'eth:mpls:eth:llc:ipv4:udp' }],
    ['a sender that is a group', on([100], ethernet({ src: '03:00:00:00:00:01', type: 0x0800 }, packet4)),
      { ...closed, hdrDesc: 'eth:mpls', pktStat: '0x0000000000000204', ethType: 0x8847, payAt: 18, l7Len: frame4.length }],
    ['an ethertype that nobody knows', on([100], ethernet({ type: 0x9999 }, packet4)), { ...closed, hdrDesc: 'eth:mpls' }],
    ['an ethertype and another version', on([100], ethernet({ type: 0x86dd }, packet4)), { ...closed, hdrDesc: 'eth:mpls' }],
    ['what is neither', on([100], Buffer.from('83010000', 'hex')),
      { ...closed, hdrDesc: 'eth:mpls', ethType: 0x8847, payload: '\x83\x01\0\0' }],
    ['associated channel of IPv4', on([100], control('10 00 00 21', packet4)), { ...udp4, hdrDesc: 'eth:mpls:pwach:ipv4:udp' }],
    ['associated channel of IPv6', on([100], control('10 00 00 57', packet6)), { ...udp6, hdrDesc: 'eth:mpls:pwach:ipv6:udp' }],
    ['associated channel of another', on([13], control('10 00 00 07', Buffer.from('bfd'))),
      { ...closed, hdrDesc: 'eth:mpls:pwach', payload: 'bfd', payAt: 22 }],
    ['nothing below the labels', on([100], ''),
      { ...closed, hdrDesc: 'eth:mpls', pktStat: '0x0000080100000204', ethType: 0x8847, payload: '' }],
    ['a label cut', on([100], '').subarray(0, 17), { ...closed, hdrDesc: 'eth', pktStat: '0x0000080100000204' }],
    ['IPv4 cut', on([100], packet4).subarray(0, 30),
      { ...closed, hdrDesc: 'eth:mpls:ipv4', pktStat: '0x0400080400000204', ethType: 0x0800 }],
    ['32 labels are read', on(new Array<number>(32).fill(9), packet4), { ...udp4, hdrDesc: 'eth:mpls{32}:ipv4:udp' }],
    ['more are not', on(new Array<number>(33).fill(9), packet4),
      { ...closed, hdrDesc: 'eth:mpls{32}', pktStat: '0x0001080000000204', ethType: 0x8847 }],
  ])
})

t.test('PPPoE and PPP', async t => {
  const session = (header: object, payload: Uint8Array | string): Buffer =>
    ethernet({ type: 0x8864 }, pppoe(header, payload))
  const of = (protocol: number, payload: Uint8Array | string): Buffer =>
    session({}, ppp({ protocol }, payload))
  const multilink = (first: string, payload: Uint8Array): Buffer =>
    of(0x003d, Buffer.concat([hex(first), payload]))
  // biome-ignore format: a case a line or two
  check(t, [
    ['IPv4', of(0x0021, packet4), { ...udp4, hdrDesc: 'eth:pppoes:ppp:ipv4:udp', pktStat: '0x0400000000004010', payAt: 50 }],
    ['IPv6', of(0x0057, packet6), { ...udp6, hdrDesc: 'eth:pppoes:ppp:ipv6:udp', pktStat: '0x0800000000008010' }],
    ['a protocol of one byte', session({}, ppp({ protocol: 0x21, compressed: true }, packet4)), { ...udp4, payAt: 49 }],
    ['MPLS', of(0x0281, mpls([7], packet4)), { ...udp4, hdrDesc: 'eth:pppoes:ppp:mpls:ipv4:udp', pktStat: '0x0400000000004210' }],
    ['MPLS multicast', of(0x0283, mpls([7], packet4)), { ...udp4, pktStat: '0x0400000000004410' }],
    ['padding is no payload', ethernetPadded(of(0xc021, 'lcp!')),
      { ...closed, hdrDesc: 'eth:pppoes:ppp:lcp', pktStat: '0x0000000000000014', ethType: 0xc021, payload: 'lcp!', l7Len: 4, payAt: 22 }],
    ['a protocol without name', of(0x4021, 'x'),
      { ...closed, hdrDesc: 'eth:pppoes:ppp:UNK(0x4021)', pktStat: '0x0000080000000014', ethType: 0x4021, payload: 'x' }],
    ['compressed', of(0x00fd, 'zip'),
      { ...closed, hdrDesc: 'eth:pppoes:ppp:UNK(0x00fd)', pktStat: '0x0000280000000014', payload: 'zip' }],
    ['a whole packet of multilink', multilink('c0 00 00 01', ppp({ protocol: 0x21, compressed: true }, packet4)),
      { ...udp4, hdrDesc: 'eth:pppoes:ppp:mlppp:ipv4:udp' }],
    ['a fragment of multilink', multilink('80 00 00 01', Buffer.from('part')),
      { ...closed, hdrDesc: 'eth:pppoes:ppp:mlppp', pktStat: '0x0000080000000014', ethType: 0x003d, payload: '\x80\0\0\x01part' }],
    ['multilink cut', of(0x003d, 'abc'), { ...closed, hdrDesc: 'eth:pppoes:ppp:mlppp', pktStat: '0x0000080100000014', payload: '' }],
    ['no session data', session({ code: 0xa7 }, packet4),
      { ...closed, hdrDesc: 'eth:pppoes', pktStat: '0x0000000000000014', ethType: 0x8864, payAt: 14, l7Len: 6 + packet4.length }],
    ['another version', session({ version: 0x21 }, packet4), { ...closed, hdrDesc: 'eth:pppoes' }],
    ['a length beyond the frame', session({ length: 900 }, ppp({ protocol: 0x21 }, packet4)), udp4],
    ['a length below the packet', session({ length: 30 }, ppp({ protocol: 0x21 }, packet4)),
      { ...udp4, pktStat: '0x0400800200004010', payload: '', l7Len: 4 }],
    ['without protocol', session({}, ''), { ...closed, hdrDesc: 'eth:pppoes:ppp', pktStat: '0x0000080100000014', payload: '' }],
    ['protocol cut', session({}, Buffer.of(0)), { ...closed, hdrDesc: 'eth:pppoes:ppp', pktStat: '0x0000080100000014' }],
    ['header cut', session({}, 'x').subarray(0, 19), { ...closed, hdrDesc: 'eth:pppoes', pktStat: '0x0000080100000014' }],
  ])
})

t.test('links of PPP', async t => {
  const on = (linkType: number, ...parts: Uint8Array[]): TestFrame => ({
    bytes: Buffer.concat(parts),
    linkType,
  })
  const bare = ppp({ protocol: 0x21 }, packet4)
  const framed = ppp({ protocol: 0x21, framed: true }, packet4)
  const expected = { ...udp4, hdrDesc: 'ppp:ipv4:udp', pktStat: '0x0400000000006002' }
  // biome-ignore format: a case a line or two
  check(t, [
    ['PPP', on(9, framed), expected],
    ['PPP without framing', on(9, bare), expected],
    ['PPP in HDLC', on(50, framed), expected],
    ['with direction', on(204, hex('01'), framed), expected],
    ['with direction, without framing', on(204, hex('00'), bare), expected],
    ['with direction, empty', on(204), { hdrDesc: 'ppp', pktStat: '0x0000080100002006', payload: '' }],
    ['of the daemon', on(166, hex('00 03'), bare), expected],
    ['of the daemon, framed', on(166, framed), expected],
    ['PPPoE', on(51, pppoe({}, bare)), { ...udp4, hdrDesc: 'pppoes:ppp:ipv4:udp', pktStat: '0x0400000000004012' }],
  ])
})

t.test('tags of bridges', async t => {
  const cut = (type: number, size: number): Case => [
    `0x${type.toString(16)} cut`,
    ethernet({ type }, Buffer.alloc(size)),
    { ...closed, pktStat: '0x0000080100000004', ethType: type, payload: '' },
  ]
  // biome-ignore format: a case a line or two
  check(t, [
    ['VN-Tag', ethernet({ type: 0x8926 }, vnTag(0x0800, packet4)), { ...udp4, hdrDesc: 'eth:vntag:ipv4:udp', pktStat: IPV4 }],
    ['VN-Tag before a VLAN tag', ethernet({ type: 0x8926 }, vnTag(0x8100, vlan({ vid: 5, type: 0x86dd }, packet6))),
      { ...udp6, hdrDesc: 'eth:vntag:vlan:ipv6:udp', vlan: 5 }],
    ['E-Tag', ethernet({ type: 0x893f }, eTag(0x0800, packet4)), { ...udp4, hdrDesc: 'eth:etag:ipv4:udp', pktStat: IPV4 }],
    ['backbone', ethernet({ dst: '02:00:00:00:00:0b', type: 0x88e7 }, backbone(frame4)),
      { ...udp4, hdrDesc: 'eth:pbb:eth:ipv4:udp', pktStat: IPV4, mac: '020000000002020000000001' }],
    ['tags outside and inside', ethernet({ type: 0x88a8 }, vlan({ vid: 1, type: 0x88e7 }, backbone(ethernet({ type: 0x8100 }, vlan({ vid: 2, type: 0x0800 }, packet4))))),
      { ...udp4, hdrDesc: 'eth:vlan:pbb:eth:vlan:ipv4:udp', vlan: 2, tags: [1, 2] }],
    ['MACsec stays closed', ethernet({ type: 0x88e5 }, 'sealed'),
      { ...closed, hdrDesc: 'eth:macsec', pktStat: '0x0000000000000004', ethType: 0x88e5, payload: 'sealed' }],
    cut(0x8926, 5), cut(0x893f, 7), cut(0x88e7, 17), cut(0x894f, 7),
  ])
})

t.test('NSH', async t => {
  const on = (
    header: { next: number; words?: number; version?: number; length?: number },
    payload: Uint8Array,
  ): Buffer => ethernet({ type: 0x894f }, nsh(header, payload))
  // biome-ignore format: a case a line or two
  check(t, [
    ['IPv4', on({ next: 1 }, packet4), { ...udp4, hdrDesc: 'eth:nsh:ipv4:udp', pktStat: IPV4 }],
    ['IPv6 behind metadata', on({ next: 2, words: 4 }, packet6), { ...udp6, hdrDesc: 'eth:nsh:ipv6:udp' }],
    ['Ethernet', on({ next: 3 }, frame4), { ...udp4, hdrDesc: 'eth:nsh:eth:ipv4:udp' }],
    ['NSH', on({ next: 4 }, nsh({ next: 1 }, packet4)), { ...udp4, hdrDesc: 'eth:nsh:nsh:ipv4:udp' }],
    ['MPLS', on({ next: 5 }, mpls([3], packet4)), { ...udp4, hdrDesc: 'eth:nsh:mpls:ipv4:udp' }],
    ['another', on({ next: 200 }, packet4),
      { ...closed, hdrDesc: 'eth:nsh:UNK(200)', pktStat: '0x0000080000000004', ethType: 0x894f, payAt: 22 }],
    ['another version', on({ next: 1, version: 1 }, packet4), { ...closed, hdrDesc: 'eth:nsh', payAt: 14 }],
    ['a length below its least', on({ next: 1, length: 1 }, packet4), { ...closed, hdrDesc: 'eth:nsh', payAt: 14 }],
    ['a length beyond the frame', on({ next: 1, length: 63 }, packet4),
      { ...closed, hdrDesc: 'eth:nsh', pktStat: '0x0000080100000004', payload: '' }],
  ])
})
