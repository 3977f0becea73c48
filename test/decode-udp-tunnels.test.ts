import t from 'tap'
import { ethernet, ipv4, ipv6, vlan } from './support/build-packets.ts'
import { mplsLabel } from './support/build-tunnels.ts'
import {
  ayiya,
  geneve,
  gtp,
  overUdp,
  PORT,
  teredoAuthentication,
  teredoOrigin,
  vxlan,
  vxlanGpe,
} from './support/build-udp-tunnels.ts'
import {
  check,
  onEthernet4,
  onEthernet6,
  packet4,
  packet6,
  tags,
  udp4,
  udp6,
  V4,
  V6,
} from './support/decode-cases.ts'
import { decodeFrames } from './support/decode-frames.ts'
import { join } from './support/packet-bytes.ts'
import { stays } from './support/tunnel-cases.ts'

const frame4 = onEthernet4(packet4)
const frame6 = onEthernet6(packet6)

t.test('VXLAN', async t => {
  const { vxlan: port, vxlanLinux } = PORT
  const arp = ethernet({ src: '0a:00:00:00:00:01', type: 0x0806 }, 'a'.repeat(28))
  const tagged = ethernet({ type: 0x8100 }, vlan({ vid: 9, type: 0x0806 }, 'a'.repeat(28)))
  const short = ethernet({ src: '0a:00:00:00:00:01', type: 0x0800 }, packet4.subarray(0, 19))
  const open = { ...udp4, hdrDesc: 'eth:ipv4:udp:vxlan:eth:ipv4:udp', pktStat: '0x0400000000404000' }
  // biome-ignore format: a case a line or two
  check(t, [
    ['IPv4', overUdp(port, vxlan({ vni: 0xabcdef }, frame4)), { ...open, payAt: 92, tunnelId: 0xabcdef }],
    ['IPv6', overUdp(port, vxlan({}, frame6)),
      { ...udp6, hdrDesc: 'eth:ipv4:udp:vxlan:eth:ipv6:udp', pktStat: '0x0c00000000408000' }],
    ['over IPv6', overUdp(port, vxlan({}, frame4), 6),
      { ...udp4, hdrDesc: 'eth:ipv6:udp:vxlan:eth:ipv4:udp', pktStat: '0x0c00000000404000' }],
    ['the MAC addresses and the tag are those inside', overUdp(port, vxlan({}, ethernet({ src: '0a:00:00:00:00:01', dst: '0a:00:00:00:00:02', type: 0x8100 }, vlan({ vid: 9, type: 0x0800 }, packet4)))),
      { ...udp4, mac: '0a00000000020a0000000001', vlan: 9, tags: [9] }],
    ['from its port', overUdp(port, vxlan({}, frame4), 4, true), open],
    ['on the port of Linux', overUdp(vxlanLinux, vxlan({}, frame4)), open],
    ['with a group policy', overUdp(port, vxlan({ flags: 0x88, policy: 0x480123 }, frame4)), open],
    ['reserved bits, IP inside', overUdp(port, vxlan({ policy: 1, last: 1 }, frame4)), open],
    stays('reserved bits, none inside', port, vxlan({ last: 1 }, arp)),
    stays('reserved bits on the port of Linux', vxlanLinux, vxlan({ last: 1 }, frame4)),
    stays('reserved bits, more tags than are looked through', port, vxlan({ last: 1 }, ethernet({ type: 0x8100 }, tags([1, 2, 3, 4, 5], 0x0800, packet4)))),
    ['reserved bits, four of them', overUdp(port, vxlan({ last: 1 }, ethernet({ type: 0x8100 }, tags([1, 2, 3, 4], 0x0800, packet4)))), udp4],
    stays('no network number', port, vxlan({ flags: 0 }, frame4)),
    stays('header cut', port, vxlan({}, '').subarray(0, 7)),
    stays('no IP inside', port, vxlan({}, arp), 'eth:ipv4:udp:vxlan:eth:arp', '0x0400080000404000'),
    stays('nor behind a tag', port, vxlan({}, tagged), 'eth:ipv4:udp:vxlan:eth:vlan:arp', '0x0400080000404100'),
    stays('IP inside too short', port, vxlan({}, short), 'eth:ipv4:udp:vxlan:eth:ipv4', '0x0400080400404000'),
    stays('frame inside too short', port, vxlan({}, frame4.subarray(0, 13)), 'eth:ipv4:udp:vxlan:eth', '0x0400080100404000'),
    stays('IP of another version', port, vxlan({}, onEthernet6(packet4)), 'eth:ipv4:udp:vxlan:eth:ipvx', '0x0400080000414000'),
  ])
})

t.test('VXLAN-GPE', async t => {
  const { vxlanGpe: port } = PORT
  const hdrDesc = 'eth:ipv4:udp:vxlan_gpe:ipv4:udp'
  // biome-ignore format: a case a line or two
  check(t, [
    ['IPv4', overUdp(port, vxlanGpe({ next: 1 }, packet4)), { ...udp4, tunnelId: 7, hdrDesc, pktStat: '0x0400000000404000' }],
    ['IPv6', overUdp(port, vxlanGpe({ next: 2 }, packet6)), { ...udp6, hdrDesc: 'eth:ipv4:udp:vxlan_gpe:ipv6:udp' }],
    ['Ethernet', overUdp(port, vxlanGpe({ next: 3 }, frame4)), { ...udp4, hdrDesc: 'eth:ipv4:udp:vxlan_gpe:eth:ipv4:udp' }],
    ['without number', overUdp(port, vxlanGpe({ flags: 4, next: 1 }, packet4)), { ...udp4, tunnelId: 0 }],
    ['without next protocol', overUdp(port, vxlanGpe({ flags: 8, next: 0 }, frame4)), udp4],
    stays('nothing inside', port, vxlanGpe({ next: 3 }, ''), 'eth:ipv4:udp:vxlan_gpe:eth', '0x0400080100404000'),
    stays('a next protocol without its flag', port, vxlanGpe({ flags: 8, next: 3 }, frame4)),
    stays('neither flag', port, vxlanGpe({ flags: 0, next: 0 }, frame4)),
    stays('an unknown one', port, vxlanGpe({ next: 99 }, packet4)),
    stays('none', port, vxlanGpe({ next: 0 }, packet4)),
    stays('version 1', port, vxlanGpe({ flags: 0x1c, next: 1 }, packet4)),
    stays('reserved bits', port, vxlanGpe({ flags: 0x4c, next: 1 }, packet4)),
    stays('header cut', port, vxlanGpe({ next: 1 }, '').subarray(0, 7)),
  ])
})

t.test('VXLAN-GPE names what other layers read', async t => {
  const nsh = Buffer.from([0, 0x42, 2, 1, 0, 0, 1, 255])
  const [service, labels] = decodeFrames(
    [
      vxlanGpe({ next: 4 }, join(nsh, packet4)),
      vxlanGpe({ next: 5 }, join(mplsLabel(16, true), packet4)),
    ].map(payload => ({ bytes: overUdp(PORT.vxlanGpe, payload) })),
  )
  t.match(service!.hdrDesc, /^eth:ipv4:udp:vxlan_gpe:(?:nsh|UNK\(0x894f\))/)
  t.match(labels!.hdrDesc, /^eth:ipv4:udp:vxlan_gpe:mpls/)
})

t.test('Geneve', async t => {
  const { geneve: port } = PORT
  const hdrDesc = 'eth:ipv4:udp:geneve:eth:ipv4:udp'
  const options = Buffer.alloc(12, 1)
  // biome-ignore format: a case a line or two
  check(t, [
    ['Ethernet', overUdp(port, geneve({}, frame4)), { ...udp4, tunnelId: 7, hdrDesc, pktStat: '0x0400000020004000', payAt: 92 }],
    ['with options', overUdp(port, geneve({ options }, frame6)), { ...udp6, payAt: 42 + 20 + 14 + 48 }],
    ['IP', overUdp(port, geneve({ type: 0x0800 }, packet4)), { ...udp4, hdrDesc: 'eth:ipv4:udp:geneve:ipv4:udp' }],
    ['IPv6', overUdp(port, geneve({ type: 0x86dd }, packet6)), { ...udp6, hdrDesc: 'eth:ipv4:udp:geneve:ipv6:udp' }],
    ['marked as critical', overUdp(port, geneve({ flags: 0xc0 }, frame4)), udp4],
    ['reserved bits, IP inside', overUdp(port, geneve({ flags: 1, last: 1 }, frame4)), udp4],
    ['reserved bits, IP at once', overUdp(port, geneve({ flags: 1, type: 0x0800 }, packet4)), udp4],
    stays('reserved bits, none inside', port, geneve({ flags: 1 }, 'x'.repeat(60))),
    stays('version 1', port, geneve({ version: 1 }, frame4)),
    stays('no ethertype', port, geneve({ type: 5 }, frame4)),
    stays('options beyond the end', port, geneve({ options }, '').subarray(0, 19)),
    stays('header cut', port, geneve({}, '').subarray(0, 7)),
    stays('an unknown ethertype', port, geneve({ type: 0x9999 }, 'x'), 'eth:ipv4:udp:geneve:UNK(0x9999)', '0x0400080020004000'),
  ])
})

t.test('GTP-U', async t => {
  const { gtp: port } = PORT
  const hdrDesc = 'eth:ipv4:udp:gtp:ipv4:udp'
  const optional = (next: number): Buffer => Buffer.from([0, 1, 0, next])
  const container = Buffer.from([1, 0x0f, 0xe0, 0])
  const long = Buffer.from([2, 0, 0, 0, 0, 0, 0, 0x85])
  // biome-ignore format: a case a line or two
  check(t, [
    ['IPv4', overUdp(port, gtp({ teid: 0xfedcba98 }, packet4)), { ...udp4, tunnelId: 0xfedcba98, hdrDesc, pktStat: '0x0400000000204000', payAt: 78 }],
    ['IPv6', overUdp(port, gtp({}, packet6)), { ...udp6, hdrDesc: 'eth:ipv4:udp:gtp:ipv6:udp', pktStat: '0x0c00000000208000' }],
    ['sequence number', overUdp(port, gtp({ flags: 0x32, optional: optional(0x85) }, packet4)), { ...udp4, payAt: 82 }],
    ['N-PDU number', overUdp(port, gtp({ flags: 0x31, optional: optional(0) }, packet4)), udp4],
    ['no extension header', overUdp(port, gtp({ flags: 0x34, optional: optional(0) }, packet4)), udp4],
    ['two of them', overUdp(port, gtp({ flags: 0x34, optional: join(optional(0xc0), long, container) }, packet4)), { ...udp4, payAt: 94 }],
    ['ends before the datagram', overUdp(port, join(gtp({}, packet4), Buffer.from('more'))), udp4],
    ['the spare bit, IP inside', overUdp(port, gtp({ flags: 0x38 }, packet4)), udp4],
    stays('the spare bit, a doubt about it', port, gtp({ flags: 0x38 }, packet4.subarray(0, 31))),
    stays('extension header of length 0', port, gtp({ flags: 0x34, optional: join(optional(0xc0), Buffer.alloc(4)) }, packet4)),
    stays('extension header beyond the end', port, gtp({ flags: 0x34, optional: join(optional(0xc0), Buffer.from([40, 0, 0, 0])) }, packet4)),
    stays('no room for what the flags say', port, gtp({ flags: 0x32 }, 'E')),
    stays('an extension header, but nothing there', port, gtp({ flags: 0x34, optional: optional(0xc0) }, '')),
    stays('longer than the datagram', port, gtp({ length: packet4.length + 1 }, packet4)),
    stays('an echo', port, gtp({ type: 1 }, packet4)),
    stays("GTP'", port, gtp({ flags: 0x20 }, packet4)),
    stays('version 2', port, gtp({ flags: 0x50 }, packet4)),
    stays('no IP inside', port, gtp({}, 'plain')),
    stays('nothing inside', port, gtp({}, '')),
    stays('header cut', port, gtp({}, '').subarray(0, 7)),
    stays('IP too short', port, gtp({}, packet4.subarray(0, 19)), 'eth:ipv4:udp:gtp:ipv4', '0x0400080400204000'),
    stays('of no header length', port, gtp({}, ipv4({ ...V4, proto: 17, ihl: 4 }, 'x')), 'eth:ipv4:udp:gtp:ipv4', '0x0400480000204000'),
    stays('IPv6 too short', port, gtp({}, packet6.subarray(0, 39)), 'eth:ipv4:udp:gtp:ipv6', '0x0c00080400204000'),
  ])
})

t.test('Teredo and AYIYA', async t => {
  const { teredo: port, ayiya: other } = PORT
  const hdrDesc = 'eth:ipv4:udp:teredo:ipv6:udp'
  const bubble = ipv6({ ...V6, next: 59 }, '')
  const six = { ...udp6, hdrDesc: 'eth:ipv4:udp:ayiya:ipv6:udp', pktStat: '0x0c00000000108000' }
  // biome-ignore format: a case a line or two
  check(t, [
    ['IPv6', overUdp(port, packet6), { ...udp6, hdrDesc, pktStat: '0x0c00000000088000', payAt: 90 }],
    ['from the server', overUdp(port, packet6, 4, true), { ...udp6, hdrDesc }],
    ['origin', overUdp(port, join(teredoOrigin, packet6)), { ...udp6, payAt: 98 }],
    ['authentication', overUdp(port, join(teredoAuthentication(0, 0), packet6)), { ...udp6, payAt: 103 }],
    ['both', overUdp(port, join(teredoAuthentication(4, 20), teredoOrigin, packet6)), { ...udp6, payAt: 135 }],
    ['a bubble', overUdp(port, bubble), { family: 6, l4Proto: 59, hdrDesc: 'eth:ipv4:udp:teredo:ipv6', payload: '', l7Len: 0 }],
    ['a trailer', overUdp(port, join(bubble, Buffer.from([4, 4, 1, 2, 3, 4]))), { family: 6, l7Len: 0 }],
    stays('longer than the datagram', port, packet6.subarray(0, -1)),
    stays('no whole header', port, packet6.subarray(0, 39)),
    stays('IPv4', port, packet4),
    stays('an indication alone', port, teredoOrigin),
    stays('an authentication that is cut', port, teredoAuthentication(0, 0).subarray(0, 3)),
    stays('one beyond the end', port, teredoAuthentication(255, 255).subarray(0, 40)),
    stays('nothing', port, Buffer.alloc(0)),
    ['AYIYA', overUdp(other, ayiya({}, packet6)), { ...six, payAt: 42 + 44 + 48 }],
    ['IPv4 in it, unsigned', overUdp(other, ayiya({ idLength: 0, signature: 0, next: 4 }, packet4)), { ...udp4, payAt: 42 + 9 + 28 }],
    stays('AYIYA: another operation', other, ayiya({ opcode: 0 }, packet6)),
    stays('no next header', other, ayiya({ next: 59 }, '')),
    stays('IPv6 that claims to be IPv4', other, ayiya({ next: 4 }, packet6)),
    stays('IPv4 that claims to be IPv6', other, ayiya({ next: 41 }, packet4)),
    stays('identity beyond the end', other, ayiya({}, packet6).subarray(0, 20)),
    stays('header cut', other, ayiya({}, packet6).subarray(0, 7)),
    stays('IPv6 cut', other, ayiya({}, packet6.subarray(0, -1))),
  ])
})
