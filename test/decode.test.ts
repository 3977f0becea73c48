import t from 'tap'
import {
  ethernet,
  ethernetPadded,
  llc,
  nullLoopback,
  sll,
  sll2,
  snap,
  vlan,
} from './support/build-packets.ts'

import {
  type Case,
  check,
  IPV4,
  IPV6,
  onEthernet4,
  packet4,
  packet6,
  tags,
  udp4,
  udp6,
} from './support/decode-cases.ts'

t.test('link layers', async t => {
  // biome-ignore format: a case a line or two
  check(t, [
    ['Ethernet II', onEthernet4(packet4),
      { ...udp4, hdrDesc: 'eth:ipv4:udp', pktStat: IPV4, mac: '020000000002020000000001', payAt: 42 }],
    ['Linux cooked', { bytes: sll({ type: 0x0800 }, packet4), linkType: 113 },
      { ...udp4, hdrDesc: 'sll:ipv4:udp', pktStat: IPV4, mac: '000000010006020000000001' }],
    ['Linux cooked with LLC', { bytes: sll({ type: 4 }, llc({ dsap: 0x42, ssap: 0x42 }, 'x')), linkType: 113 },
      { hdrDesc: 'sll:llc:stp', ethType: 0x4242, payload: 'x' }],
    ['Linux cooked, no ethertype', { bytes: sll({ type: 3 }, 'x'), linkType: 113 },
      { hdrDesc: 'sll:UNK(0x0003)', ethType: 3, payload: 'x' }],
    ['Linux cooked v2', { bytes: sll2({ type: 0x86dd }, packet6), linkType: 276 },
      { ...udp6, hdrDesc: 'sll:ipv6:udp', pktStat: IPV6, mac: '000000000000020000000001' }],
    ['Linux cooked v2 without address', { bytes: sll2({ addr: '', type: 0x0800 }, packet4), linkType: 276 },
      { ...udp4, pktStat: '0x0400000000004002', mac: '000000000000000000000000' }],
    ...[101, 12, 14, 228].map((linkType): Case => [`raw IPv4, ${linkType}`, { bytes: packet4, linkType },
      { ...udp4, hdrDesc: 'raw:ipv4:udp', pktStat: '0x0400000000004002', mac: '0'.repeat(24) }]),
    ['raw IPv6', { bytes: packet6, linkType: 229 }, { ...udp6, hdrDesc: 'raw:ipv6:udp' }],
    ['loopback', { bytes: nullLoopback({ family: 2 }, packet4), linkType: 0 }, { ...udp4, hdrDesc: 'null:ipv4:udp' }],
    ['loopback, little-endian', { bytes: nullLoopback({ family: 2, littleEndian: true }, packet4), linkType: 0 },
      { ...udp4, hdrDesc: 'null:ipv4:udp', pktStat: '0x0400000000004002' }],
    ['loopback of OpenBSD', { bytes: nullLoopback({ family: 2 }, packet4), linkType: 108 },
      { ...udp4, hdrDesc: 'loop:ipv4:udp', pktStat: '0x0400000000004002' }],
    ...[10, 24, 28, 30].map((family): Case => [`loopback, IPv6 as family ${family}`,
      { bytes: nullLoopback({ family, littleEndian: true }, packet6), linkType: 0 },
      { ...udp6, hdrDesc: 'null:ipv6:udp' }]),
    ['loopback of another family', { bytes: nullLoopback({ family: 7 }, 'data'), linkType: 0 },
      { hdrDesc: 'null:UNK(7)', family: 0, pktStat: '0x0000080000000006', payload: 'data', payAt: 4 }],
    ['a link type that is not known', { bytes: Buffer.from('radio'), linkType: 147 },
      { hdrDesc: 'UNK(147)', ethType: 0, pktStat: '0x0000080000000006', payload: 'radio', l7Len: 5 }],
  ])
})

t.test('frames without IP', async t => {
  const l2 = (type: number, payload = 'data'): Buffer => ethernet({ type }, payload)
  // biome-ignore format: a case a line or two
  check(t, [
    ['ARP with its padding', ethernetPadded(l2(0x0806, 'a'.repeat(28))),
      { hdrDesc: 'eth:arp', pktStat: '0x0000000000000044', family: 0, ethType: 0x0806,
        payload: `${'a'.repeat(28)}${'\0'.repeat(18)}`, l7Len: 46 }],
    ['RARP', l2(0x8035), { hdrDesc: 'eth:rarp', pktStat: '0x0000000000000084' }],
    ['LLDP', l2(0x88cc), { hdrDesc: 'eth:lldp', pktStat: '0x0000000000000024', payload: 'data' }],
    ['PPPoE discovery', l2(0x8863), { hdrDesc: 'eth:pppoed', pktStat: '0x000000000000000c' }],
    ['PPPoE session, cut', l2(0x8864), { hdrDesc: 'eth:pppoes', pktStat: '0x0000080100000014', payload: '' }],
    ['MPLS without bottom', l2(0x8847), { hdrDesc: 'eth:mpls', pktStat: '0x0000080100000204', ethType: 0x8847, payload: '' }],
    ['a type without a name', l2(0x9999),
      { hdrDesc: 'eth:UNK(0x9999)', pktStat: '0x0000080000000004', ethType: 0x9999, payload: 'data', payAt: 14 }],
    ['between length and type', l2(1535), { hdrDesc: 'eth:UNK(0x05ff)', ethType: 1535 }],
    ['802.3 without its padding', ethernetPadded(ethernet({}, llc({ dsap: 0x42, ssap: 0x42 }, 'bpdu'))),
      { hdrDesc: 'eth:llc:stp', pktStat: '0x0000000000000004', ethType: 0x4242, payload: 'bpdu', l7Len: 4 }],
    ['802.3 with the long control field', ethernet({}, llc({ dsap: 0xf0, ssap: 0xf0, control: 0x0100 }, 'nb')),
      { hdrDesc: 'eth:llc:netbios', payload: 'nb' }],
    ['802.2 null', ethernet({}, llc({ dsap: 0, ssap: 1 }, 'xid')), { hdrDesc: 'eth:llc', ethType: 1 }],
    ['802.2 unknown', ethernet({}, llc({ dsap: 0x12, ssap: 0x34 }, 'x')), { hdrDesc: 'eth:llc:UNK(0x1234)' }],
    ['802.2 IP', ethernet({}, llc({ dsap: 6, ssap: 6 }, packet4)), { ...udp4, hdrDesc: 'eth:llc:ipv4:udp' }],
    ['SNAP IPv4', ethernet({}, snap({ type: 0x0800 }, packet4)), { ...udp4, hdrDesc: 'eth:llc:ipv4:udp' }],
    ['SNAP IPv6, bridged', ethernet({}, snap({ oui: 0xf8, type: 0x86dd }, packet6)),
      { ...udp6, hdrDesc: 'eth:llc:ipv6:udp' }],
    ['SNAP of Cisco', ethernet({}, snap({ oui: 0xc, type: 0x2000 }, 'cdp')),
      { hdrDesc: 'eth:llc:cdp', ethType: 0x2000, payload: 'cdp' }],
    ['SNAP of another owner is no IPv4', ethernet({}, snap({ oui: 0xc, type: 0x0800 }, 'x')),
      { hdrDesc: 'eth:llc:UNK(0x0800)', family: 0 }],
  ])
})

t.test('VLAN tags', async t => {
  const tagged = (vids: number[]): Buffer => ethernet({ type: 0x8100 }, tags(vids, 0x0800, packet4))
  // biome-ignore format: a case a line or two
  check(t, [
    ['one', tagged([10]),
      { ...udp4, hdrDesc: 'eth:vlan:ipv4:udp', pktStat: '0x0400000000004100', vlan: 10, tags: [10] }],
    ['stacked: the innermost counts', tagged([100, 10]),
      { ...udp4, hdrDesc: 'eth:vlan{2}:ipv4:udp', vlan: 10, tags: [100, 10] }],
    ['three are kept', tagged([1, 2, 3, 4]), { hdrDesc: 'eth:vlan{4}:ipv4:udp', vlan: 4, tags: [1, 2, 3] }],
    ...[0x88a8, 0x9100, 0x9200].map((type): Case => [`TPID 0x${type.toString(16)}`, ethernet({ type }, tags([7], 0x0800, packet4)),
      { ...udp4, vlan: 7 }]),
    ['priority', ethernet({ type: 0x8100 }, vlan({ vid: 0, pcp: 3, type: 0x0800 }, packet4)),
      { ...udp4, pktStat: '0x0600000000004100', vlan: 0, tags: [0x6000] }],
    ['802.3 behind a tag', ethernet({ type: 0x8100 }, vlan({ vid: 5, type: 5 }, llc({ dsap: 0x42, ssap: 0x42 }, 'ab'))),
      { hdrDesc: 'eth:vlan:llc:stp', payload: 'ab', vlan: 5 }],
    ['32 are read', tagged(new Array<number>(32).fill(9)), { ...udp4, hdrDesc: 'eth:vlan{32}:ipv4:udp' }],
    ['more are not', tagged(new Array<number>(33).fill(9)),
      { hdrDesc: 'eth:vlan{32}', family: 0, pktStat: '0x0001080000000104', ethType: 0x8100 }],
  ])
})
