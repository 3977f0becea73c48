import t from 'tap'
import { ethernetPadded, hex, ipv4, ipv6, ipv6Ext, ipv6Frag, u32, udp } from './support/build-packets.ts'

import {
  type Case,
  check,
  datagram,
  IPV4,
  IPV6,
  onEthernet4,
  onEthernet6,
  PORTS,
  packet4,
  packet6,
  udp4,
  udp6,
  V4,
  V6,
  v4,
  v6,
} from './support/decode-cases.ts'

t.test('IPv4', async t => {
  const send = (header: object, payload: Uint8Array = datagram): Buffer =>
    onEthernet4(ipv4({ ...V4, proto: 17, ...header }, payload))
  // biome-ignore format: a case a line or two
  check(t, [
    ['options are skipped', send({ options: Buffer.alloc(12, 1) }), { ...udp4, payAt: 54 }],
    ['padding is no payload', ethernetPadded(onEthernet4(packet4)), udp4],
    ['no length, as offload leaves it', send({ totalLength: 0 }), { ...udp4, pktStat: '0x0400800000004000' }],
    ['no length, captured in part', { bytes: send({ totalLength: 0 }).subarray(0, 44), wireLen: 46 },
      { ...udp4, pktStat: '0x0400800200004000', payload: 'da', l7Len: 4 }],
    ['a length below the header', send({ totalLength: 19 }),
      { ...v4, pktStat: '0x0400800800004000', ports: [0, 0], payload: '', l7Len: 0 }],
    ['a length beyond the frame', onEthernet4(ipv4({ ...V4, proto: 253, totalLength: 40 }, 'data')),
      { ...v4, hdrDesc: 'eth:ipv4:UNK(253)', pktStat: '0x0400880200004000', payload: 'data', l7Len: 20 }],
    ['captured in part', { bytes: send({}).subarray(0, 44), wireLen: 46 },
      { ...udp4, pktStat: '0x0400000200004000', payload: 'da' }],
    ['a first fragment has ports and no payload', send({ flags: 1 }),
      { ...udp4, pktStat: '0x0400009000004000', payload: '', l7Len: 0 }],
    ['a later fragment has neither', send({ offset: 5, id: 2 }),
      { ...v4, hdrDesc: 'eth:ipv4:udp', l4Proto: 17, ports: [0, 0], pktStat: '0x040008d000004000', payload: '', l7Len: 0 }],
    ['but ports where the first was there', send({ offset: 5, flags: 1 }),
      { ...udp4, hdrDesc: 'eth:ipv4:udp', pktStat: '0x0400089000004000', payload: '', l7Len: 0 }],
    ["don't fragment is no fragment", send({ flags: 2 }), { ...udp4, pktStat: IPV4 }],
    ['header length below 20', send({ ihl: 4 }),
      { hdrDesc: 'eth:ipv4', pktStat: '0x0400480000000004', family: 0, ethType: 0x0800, payAt: 14, l7Len: 32 }],
    ['another version', send({ version: 5 }),
      { hdrDesc: 'eth:ipvx', pktStat: '0x0000080000010004', family: 0, ethType: 0x0800, payAt: 14, l7Len: 32 }],
    ['header cut', onEthernet4(packet4).subarray(0, 33),
      { hdrDesc: 'eth:ipv4', pktStat: '0x0400080400000004', family: 0, ethType: 0x0800, payload: '' }],
    ['options cut', send({ options: Buffer.alloc(12, 1) }).subarray(0, 40),
      { ...v4, hdrDesc: 'eth:ipv4', l4Proto: 17, pktStat: '0x0400880600004000', ports: [0, 0], payload: '' }],
    ['authentication header', send({ proto: 51 }, ipv6Ext('ah', 17, Buffer.alloc(0), datagram)),
      { ...udp4, hdrDesc: 'eth:ipv4:ah:udp', pktStat: '0x0400000040004000' }],
  ])
})

const EXTENSIONS = [
  ['hopopts', 0, 'ipv6.hopopts'],
  ['routing', 43, 'ipv6.routing'],
  ['dstopts', 60, 'ipv6.dstopts'],
  ['mobility', 135, 'mipv6'],
  ['hip', 139, 'hip'],
  ['shim6', 140, 'shim6'],
  ['ah', 51, 'ah'],
] as const

t.test('IPv6', async t => {
  const send = (next: number, payload: Uint8Array, header: object = {}): Buffer =>
    onEthernet6(ipv6({ ...V6, next, ...header }, payload))
  const none = Buffer.alloc(0)
  const jumbo = (length: number): Buffer => Buffer.concat([hex('01 00 c2 04'), u32(length)]).subarray(2)
  // biome-ignore format: a case a line or two
  check(t, [
    ['plain', onEthernet6(packet6), { ...udp6, hdrDesc: 'eth:ipv6:udp', pktStat: IPV6, payAt: 62 }],
    ...EXTENSIONS.map(([kind, number, name]): Case => [
      `${kind} header`,
      send(number, ipv6Ext(kind, 17, kind === 'ah' ? none : Buffer.alloc(14), datagram)),
      { ...udp6, hdrDesc: `eth:ipv6:${name}:udp` },
    ]),
    ['two headers', send(0, ipv6Ext('hopopts', 60, none, ipv6Ext('dstopts', 17, none, datagram))),
      { ...udp6, hdrDesc: 'eth:ipv6:ipv6.hopopts:ipv6.dstopts:udp', pktStat: IPV6 }],
    ['headers behind an authentication header', send(51, ipv6Ext('ah', 60, none, ipv6Ext('dstopts', 17, none, datagram))),
      { ...udp6, hdrDesc: 'eth:ipv6:ah:ipv6.dstopts:udp' }],
    ['first fragment', send(44, ipv6Frag({ next: 17, more: true }, udp(PORTS, 'in eight'))),
      { ...udp6, hdrDesc: 'eth:ipv6:ipv6.fraghdr:udp', pktStat: '0x0800009000008000', payload: '', l7Len: 0 }],
    ['later fragment', send(44, ipv6Frag({ next: 17, offset: 3, id: 2 }, datagram)),
      { ...v6, hdrDesc: 'eth:ipv6:ipv6.fraghdr', l4Proto: 17, ports: [0, 0], pktStat: '0x080008d000008000', payload: '' }],
    ['a fragment of the whole', send(44, ipv6Frag({ next: 17 }, datagram)), { ...udp6, pktStat: IPV6 }],
    ['ESP ends the walk', send(50, Buffer.from('sealed')),
      { ...v6, hdrDesc: 'eth:ipv6:esp', l4Proto: 50, pktStat: '0x0800000080008000', payload: 'sealed' }],
    ['no next header', send(59, none), { ...v6, hdrDesc: 'eth:ipv6', l4Proto: 59, pktStat: IPV6, payload: '' }],
    ['no next header, no length', send(59, none, { payloadLength: 0 }), { l4Proto: 59, pktStat: IPV6, l7Len: 0 }],
    ['no length, as offload leaves it', send(17, datagram, { payloadLength: 0 }),
      { ...udp6, pktStat: '0x0800800000008000' }],
    ['a jumbogram',
      { bytes: send(0, ipv6Ext('hopopts', 17, jumbo(70_016), udp({ ...PORTS, length: 0 }, 'data')), { payloadLength: 0 }),
        wireLen: 70_070 },
      { ...udp6, pktStat: '0x0800000200008000', l7Len: 70_000 }],
    ['a jumbo length behind padding',
      { bytes: send(0, ipv6Ext('hopopts', 17, Buffer.concat([hex('00 01 01 00 00'), jumbo(0x12340), hex('00 00 00')]), datagram), { payloadLength: 0 }) },
      { ...v6, ports: [3000, 4000], l7Len: 4 }],
    ['a jumbo length that needs no jumbogram', send(0, ipv6Ext('hopopts', 17, jumbo(24), datagram), { payloadLength: 0 }),
      { ...udp6, pktStat: '0x0800800000008000' }],
    ['no length, an option cut', send(0, ipv6Ext('hopopts', 17, hex('05'), none), { payloadLength: 0 }),
      { ...v6, l4Proto: 17, ports: [0, 0], payload: '' }],
    ['no length, the first header cut', send(0, hex('11 00 c2 04'), { payloadLength: 0 }),
      { ...v6, l4Proto: 0, pktStat: '0x0800880400008000', payload: '' }],
    ['header cut', onEthernet6(packet6).subarray(0, 53),
      { hdrDesc: 'eth:ipv6', pktStat: '0x0800080400000004', family: 0, ethType: 0x86dd }],
    ['another version', send(17, datagram, { version: 4 }), { hdrDesc: 'eth:ipvx', family: 0, ethType: 0x86dd }],
    ['extension header cut', send(60, ipv6Ext('dstopts', 17, Buffer.alloc(14), datagram)).subarray(0, 60),
      { ...v6, hdrDesc: 'eth:ipv6', l4Proto: 60, pktStat: '0x0800880600008000', payload: '' }],
    ['extension header longer than the packet', send(60, hex('11 ff 00 00 00 00 00 00 00 00')),
      { ...v6, hdrDesc: 'eth:ipv6:ipv6.dstopts', l4Proto: 60, pktStat: '0x0800080400008000', payload: '' }],
  ])
})
