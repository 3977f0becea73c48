import t from 'tap'
import { DecodeCore } from '../lib/decode/packet-decoder.ts'
import {
  ethernet,
  ethernetPadded,
  hex,
  icmp,
  ipv4,
  ipv6,
  ipv6Ext,
  ipv6Frag,
  llc,
  u16,
  u32,
} from './support/build-packets.ts'
import { enhancedGre, erspan3, etherIp, gre, mpls, nsh, pim, ppp } from './support/build-tunnels.ts'
import {
  type Case,
  check,
  datagram,
  onEthernet4,
  onEthernet6,
  packet4,
  packet6,
  udp4,
  udp6,
} from './support/decode-cases.ts'
import { frameBatch } from './support/decode-frames.ts'

const OUT4 = { src: '192.168.0.1', dst: '192.168.0.2' }
const OUT6 = { src: '2001:db8:f::1', dst: '2001:db8:f::2' }
const over4 = (proto: number, payload: Uint8Array | string): Buffer =>
  onEthernet4(ipv4({ ...OUT4, proto }, payload))
const over6 = (next: number, payload: Uint8Array | string): Buffer =>
  onEthernet6(ipv6({ ...OUT6, next }, payload))
/** The outer packet as it is, with this payload. */
const outer = (l4Proto: number, payload: Uint8Array | string) => ({
  family: 4,
  ethType: 0x0800,
  src: 'c0a80001',
  dst: 'c0a80002',
  l4Proto,
  ports: [0, 0] as [number, number],
  payAt: 34,
  payload: Buffer.from(payload as string).toString('latin1'),
  l7Len: payload.length,
})
const frame4 = onEthernet4(packet4)
const arp = ethernet({ type: 0x0806 }, 'a'.repeat(28))
const join = (...parts: Uint8Array[]): Buffer => Buffer.concat(parts)

t.test('IP in IP', async t => {
  const wrong = ipv4({ ...OUT4, proto: 17, version: 7 }, datagram)
  // biome-ignore format: a case a line or two
  check(t, [
    ['4 in 4', over4(4, packet4), { ...udp4, hdrDesc: 'eth:ipv4:ipv4:udp', pktStat: '0x0400000000024000', payAt: 62 }],
    ['6 in 4', over4(41, packet6), { ...udp6, hdrDesc: 'eth:ipv4:ipv6:udp', pktStat: '0x0c00000000028000' }],
    ['4 in 6', over6(4, packet4), { ...udp4, hdrDesc: 'eth:ipv6:ipv4:udp', pktStat: '0x0c00000000024000' }],
    ['6 in 6', over6(41, packet6), { ...udp6, hdrDesc: 'eth:ipv6:ipv6:udp', pktStat: '0x0800000000028000' }],
    ['behind an extension header', over6(60, ipv6Ext('dstopts', 4, Buffer.alloc(6), packet4)),
      { ...udp4, hdrDesc: 'eth:ipv6:ipv6.dstopts:ipv4:udp' }],
    ['padding is counted once', ethernetPadded(over4(4, packet4.subarray(0, 20))), { hdrDesc: 'eth:ipv4:ipv4:udp' }],
    ['padding inside the outer packet', over4(4, join(packet4, Buffer.alloc(7))), udp4],
    ['another version', over4(4, wrong), { ...outer(4, wrong), hdrDesc: 'eth:ipv4:ipvx', pktStat: '0x0400080000034000' }],
    ['the other version', over4(4, packet6), { ...outer(4, packet6), hdrDesc: 'eth:ipv4:ipvx' }],
    ['inner header cut', over4(4, packet4.subarray(0, 19)),
      { ...outer(4, packet4.subarray(0, 19)), hdrDesc: 'eth:ipv4:ipv4', pktStat: '0x0400080400024000' }],
    ['inner IPv6 header cut', over4(41, packet6.subarray(0, 39)),
      { ...outer(41, packet6.subarray(0, 39)), hdrDesc: 'eth:ipv4:ipv6', pktStat: '0x0c00080400024000' }],
    ['inner header length below 20', over4(4, ipv4({ ...OUT4, proto: 17, ihl: 4 }, datagram)),
      { hdrDesc: 'eth:ipv4:ipv4', l4Proto: 4, pktStat: '0x0400480000024000', l7Len: 20 + datagram.length }],
    ['nothing inside', over4(4, ''), { ...outer(4, ''), hdrDesc: 'eth:ipv4:ipv4', payAt: 34 }],
    ['an inner length beyond the outer', over4(4, ipv4({ src: '10.0.0.1', dst: '10.0.0.2', proto: 253, totalLength: 60 }, 'x')),
      { hdrDesc: 'eth:ipv4:ipv4:UNK(253)', pktStat: '0x0400880200024000', payload: 'x' }],
    ['a first fragment waits for the rest', onEthernet4(ipv4({ ...OUT4, proto: 4, flags: 1 }, packet4)),
      { hdrDesc: 'eth:ipv4:ipv4', src: 'c0a80001', l4Proto: 4, pktStat: '0x0400009000024000', payload: '' }],
    ['a later fragment', onEthernet4(ipv4({ ...OUT4, proto: 4, offset: 9 }, packet4)),
      { hdrDesc: 'eth:ipv4:ipv4', src: 'c0a80001', l4Proto: 4, pktStat: '0x0400089000024000', payload: '' }],
    ['an inner fragment', over6(41, ipv6({ src: '::1', dst: '::2', next: 44 }, ipv6Frag({ next: 17, more: true }, datagram))),
      { hdrDesc: 'eth:ipv6:ipv6:ipv6.fraghdr:udp', ports: [3000, 4000], payload: '' }],
    ['MPLS in IP', over4(137, mpls([5], packet4)), { ...udp4, hdrDesc: 'eth:ipv4:mpls:ipv4:udp', pktStat: '0x0400000000004200' }],
    ['MPLS in IP that cannot be read', over4(137, mpls([5], 'xyz')),
      { ...outer(137, mpls([5], 'xyz')), hdrDesc: 'eth:ipv4:mpls', pktStat: '0x0400080000004200' }],
    ['a quoted header makes no flow', over4(1, icmp({ type: 3 }, packet4)), { hdrDesc: 'eth:ipv4:icmp', src: 'c0a80001', l4Proto: 1 }],
  ])
})

t.test('GRE', async t => {
  const on = (header: Parameters<typeof gre>[0], payload: Uint8Array | string): Buffer =>
    over4(47, gre(header, payload))
  const kept = (name: string, bytes: Buffer, hdrDesc: string, pktStat: string): Case => [
    name,
    over4(47, bytes),
    { ...outer(47, bytes), hdrDesc: `eth:ipv4:gre${hdrDesc}`, pktStat },
  ]
  const route = join(u16(0x0800), hex('00 04'), u32(1))
  const none = { protocol: 0x0800 }
  // biome-ignore format: a case a line or two
  check(t, [
    ['IPv4', on(none, packet4), { ...udp4, hdrDesc: 'eth:ipv4:gre:ipv4:udp', pktStat: '0x0400000000005000', payAt: 66 }],
    ['IPv6', on({ protocol: 0x86dd }, packet6), { ...udp6, hdrDesc: 'eth:ipv4:gre:ipv6:udp', pktStat: '0x0c00000000009000' }],
    ['over IPv6', over6(47, gre(none, packet4)), { ...udp4, hdrDesc: 'eth:ipv6:gre:ipv4:udp' }],
    ['checksum', on({ ...none, checksum: true }, packet4), { ...udp4, payAt: 70 }],
    ['key', on({ ...none, key: 5 }, packet4), { ...udp4, payAt: 70 }],
    ['sequence', on({ ...none, sequence: 5 }, packet4), { ...udp4, payAt: 70 }],
    ['all of them', on({ ...none, checksum: true, key: 1, sequence: 2 }, packet4), { ...udp4, payAt: 78 }],
    ['source routes', on({ ...none, routes: join(route, route) }, packet4), { ...udp4, payAt: 90 }],
    ['MPLS', on({ protocol: 0x8847 }, mpls([100, 200], packet4)), { ...udp4, hdrDesc: 'eth:ipv4:gre:mpls{2}:ipv4:udp' }],
    ['NSH', on({ protocol: 0x894f }, nsh({ next: 1 }, packet4)), { ...udp4, hdrDesc: 'eth:ipv4:gre:nsh:ipv4:udp' }],
    ['bridged Ethernet', on({ protocol: 0x6558, key: 0x1200 }, frame4), { ...udp4, hdrDesc: 'eth:ipv4:gre:eth:ipv4:udp' }],
    ['PPP', on({ protocol: 0x880b }, ppp({ protocol: 0x21, framed: true }, packet4)),
      { ...udp4, hdrDesc: 'eth:ipv4:gre:ppp:ipv4:udp', pktStat: '0x0400000000007000' }],
    ['version 1', over4(47, enhancedGre({ sequence: 1, ack: 2 }, ppp({ protocol: 0x21 }, packet4))),
      { ...udp4, hdrDesc: 'eth:ipv4:gre:ppp:ipv4:udp', payAt: 80 }],
    ['version 1 says its length', over4(47, join(enhancedGre({ sequence: 1 }, ppp({ protocol: 0x21, compressed: true }, packet4)), Buffer.alloc(9))),
      { ...udp4, pktStat: '0x0400000000007000' }],
    kept('acknowledgment of version 1', enhancedGre({ ack: 2 }, ''), '', '0x0400000000005000'),
    kept('version 1 without PPP', enhancedGre({ protocol: 0x0800 }, packet4), '', '0x0400080000005000'),
    kept('answer to a keep-alive', gre({ protocol: 0 }, ''), '', '0x0400000000005000'),
    kept('protocol 0', gre({ protocol: 0 }, 'data'), ':UNK(0x0000)', '0x0400080000005000'),
    kept('a protocol without name', gre({ protocol: 0x8909 }, 'x'), ':UNK(0x8909)', '0x0400080000005000'),
    kept('one with a name', gre({ protocol: 0x872d }, ''), ':wlccp', '0x0400080000005000'),
    kept('bridged ARP', gre({ protocol: 0x6558 }, arp), ':eth:arp', '0x0400080000005000'),
    kept('a bridged frame cut', gre({ protocol: 0x6558 }, 'eleven bytes'.slice(1)), ':eth', '0x0400080100005000'),
    kept('PPP control', gre({ protocol: 0x880b }, ppp({ protocol: 0xc021 }, 'lcp')), ':ppp:lcp', '0x0400080000007000'),
    kept('compressed PPP', gre({ protocol: 0x880b }, ppp({ protocol: 0xfd, compressed: true }, 'z')), ':ppp:UNK(0x00fd)', '0x0400280000007000'),
    kept('IPv4 of another version', gre(none, packet6), ':ipvx', '0x0400080000015000'),
    kept('no IPv4', gre(none, ''), ':ipv4', '0x0400080400005000'),
    kept('header cut', hex('00 00 08'), '', '0x0400080800005000'),
    kept('options cut', gre({ ...none, key: 1 }, '').subarray(0, 7), '', '0x0400080800005000'),
    kept('a route cut', join(hex('40 00 08 00 00 00 00 00'), route.subarray(0, 6)), '', '0x0400080800005000'),
    kept('a route longer than the packet', hex('40 00 08 00 00 00 00 00 08 00 00 ff'), '', '0x0400080800005000'),
    kept('no last route', join(hex('40 00 08 00 00 00 00 00'), route), '', '0x0400080800005000'),
  ])
})

t.test('ERSPAN and WCCP', async t => {
  const on = (protocol: number, payload: Uint8Array, sequence?: number): Buffer =>
    over4(47, gre(sequence === undefined ? { protocol } : { protocol, sequence }, payload))
  const kept = (name: string, bytes: Buffer, hdrDesc: string, pktStat: string): Case => [
    name,
    over4(47, bytes),
    { ...outer(47, bytes), hdrDesc: `eth:ipv4:gre${hdrDesc}`, pktStat },
  ]
  const ii = (payload: Uint8Array): Buffer => join(hex('10 01 00 02 00 00 00 03'), payload)
  const redirect = (payload: Uint8Array): Buffer => join(hex('80 48 00 10'), payload)
  // biome-ignore format: a case a line or two
  check(t, [
    ['type I', on(0x88be, frame4), { ...udp4, hdrDesc: 'eth:ipv4:gre:erspan:eth:ipv4:udp', pktStat: '0x0400000004005000' }],
    ['type II', on(0x88be, ii(frame4), 7), { ...udp4, hdrDesc: 'eth:ipv4:gre:erspan:eth:ipv4:udp' }],
    ['type III', on(0x22eb, erspan3({}, frame4), 7), { ...udp4, pktStat: '0x0400000004005000' }],
    ['type III with a subheader', on(0x22eb, erspan3({ subheader: true }, frame4), 7), udp4],
    ['type III of IPv4', on(0x22eb, erspan3({ frameType: 2 }, packet4), 7), { ...udp4, hdrDesc: 'eth:ipv4:gre:erspan:ipv4:udp' }],
    ['type III of IPv6', on(0x22eb, erspan3({ frameType: 2 }, packet6), 7), { ...udp6, hdrDesc: 'eth:ipv4:gre:erspan:ipv6:udp' }],
    kept('a mirrored frame without IP', gre({ protocol: 0x88be, sequence: 1 }, ii(ethernet({}, llc({ dsap: 0x42, ssap: 0x42 }, 'b')))),
      ':erspan:eth:llc:stp', '0x0400080004005000'),
    kept('type II cut', gre({ protocol: 0x88be, sequence: 1 }, hex('10 01 00')), ':erspan', '0x0400080804005000'),
    kept('type III cut', gre({ protocol: 0x22eb }, erspan3({}, '').subarray(0, 11)), ':erspan', '0x0400080804005000'),
    kept('subheader cut', gre({ protocol: 0x22eb }, erspan3({ subheader: true }, '').subarray(0, 19)), ':erspan', '0x0400080804005000'),
    kept('type III of nothing', gre({ protocol: 0x22eb }, erspan3({ frameType: 2 }, '')), ':erspan:ipv4', '0x0400080404005000'),
    ['WCCP version 1', on(0x883e, packet4), { ...udp4, hdrDesc: 'eth:ipv4:gre:wccp:ipv4:udp', pktStat: '0x0400000008005000' }],
    ['WCCP version 2', on(0x883e, redirect(packet4)), { ...udp4, hdrDesc: 'eth:ipv4:gre:wccp:ipv4:udp' }],
    ['WCCP version 2 of IPv6', on(0x883e, redirect(packet6)), { ...udp6, hdrDesc: 'eth:ipv4:gre:wccp:ipv6:udp' }],
    kept('WCCP of neither', gre({ protocol: 0x883e }, redirect(Buffer.from('x'))), ':wccp', '0x0400080008005000'),
    kept('WCCP cut', gre({ protocol: 0x883e }, hex('80 48 00')), ':wccp', '0x0400080808005000'),
  ])
})

t.test('EtherIP and PIM', async t => {
  const kept = (proto: number, name: string, bytes: Buffer, hdrDesc: string, pktStat: string): Case => [
    name,
    over4(proto, bytes),
    { ...outer(proto, bytes), hdrDesc: `eth:ipv4:${hdrDesc}`, pktStat },
  ]
  const nullRegister = ipv4({ src: '10.0.0.1', dst: '225.0.0.1', proto: 103 }, '')
  // biome-ignore format: a case a line or two
  check(t, [
    ['EtherIP', over4(97, etherIp(frame4)), { ...udp4, hdrDesc: 'eth:ipv4:etherip:eth:ipv4:udp', pktStat: '0x0400000000044000' }],
    kept(97, 'EtherIP of another version', etherIp(frame4, 4), 'etherip', '0x0400080000044000'),
    kept(97, 'EtherIP cut', Buffer.of(0x30), 'etherip', '0x0400080800044000'),
    kept(97, 'EtherIP of ARP', etherIp(arp), 'etherip:eth:arp', '0x0400080000044000'),
    ['register', over4(103, pim(1, packet4)), { ...udp4, hdrDesc: 'eth:ipv4:pim:ipv4:udp', pktStat: '0x0400000000004000' }],
    ['register of IPv6', over6(103, pim(1, packet6)), { ...udp6, hdrDesc: 'eth:ipv6:pim:ipv6:udp' }],
    ['null register', over4(103, pim(1, nullRegister)),
      { hdrDesc: 'eth:ipv4:pim:ipv4:pim', dst: 'e1000001', pktStat: '0x0400000800004000', payload: '' }],
    kept(103, 'hello', pim(0, 'options'), 'pim', '0x0400000000004000'),
    kept(103, 'register of neither', pim(1, 'x'), 'pim', '0x0400080000004000'),
    kept(103, 'empty register', pim(1, ''), 'pim', '0x0400080800004000'),
    kept(103, 'PIM cut', Buffer.from('abc'), 'pim', '0x0400000800004000'),
  ])
})

t.test('packets are counted as GRE whatever they hold', async t => {
  const core = new DecodeCore()
  const frames = [over4(47, gre({ protocol: 0x0800 }, packet4)), over4(47, gre({ protocol: 0 }, '')), frame4]
  core.decode(frameBatch(frames.map(bytes => ({ bytes }))))
  const [last] = core.end()
  t.match(last!.side[0], { grePackets: 2, udpPackets: 2, ipv4Packets: 3 })
})
