import t from 'tap'
import {
  ACK,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  PSH,
  sctp,
  sctpData,
  tcp,
  u16,
  udp,
  udpLite,
} from './support/build-packets.ts'

import {
  check,
  datagram,
  onEthernet4,
  onEthernet6,
  PORTS,
  udp4,
  V4,
  V6,
  v4,
  v6,
} from './support/decode-cases.ts'

t.test('transport', async t => {
  const send = (proto: number, payload: Uint8Array): Buffer => onEthernet4(ipv4({ ...V4, proto }, payload))
  const segment = { srcPort: 40000, dstPort: 80, seq: 0xfffffff0, ack: 7, flags: 0xf00 | PSH | ACK, win: 512 }
  const options = Buffer.alloc(12, 1)
  const ports: [number, number] = [40000, 80]
  // biome-ignore format: a case a line or two
  check(t, [
    ['TCP', send(6, tcp({ ...segment, options }, 'data', V4)),
      { ...v4, hdrDesc: 'eth:ipv4:tcp', l4Proto: 6, ports, tcp: [0xfffffff0, 7, 0xf18, 512], payload: 'data', payAt: 66, l7Len: 4 }],
    ['TCP over IPv6', onEthernet6(ipv6({ ...V6, next: 6 }, tcp(segment, 'data', V6))),
      { ...v6, hdrDesc: 'eth:ipv6:tcp', ports, payload: 'data' }],
    ['TCP header length below 20', send(6, tcp({ ...segment, dataOffset: 4 }, 'data')),
      { ports, pktStat: '0x0400000800004000', payload: '', l7Len: 0 }],
    ['TCP header beyond the segment', send(6, tcp({ ...segment, dataOffset: 7 }, 'data')),
      { ports, pktStat: '0x0400000800004000', payload: '', l7Len: 0 }],
    ['TCP header in two fragments', onEthernet4(ipv4({ ...V4, proto: 6, flags: 1 }, tcp({ ...segment, options }, '').subarray(0, 24))),
      { ports, pktStat: '0x0400009000004000', payload: '', l7Len: 0 }],
    ['TCP options not captured', { bytes: send(6, tcp({ ...segment, options }, 'data')).subarray(0, 56), wireLen: 70 },
      { ports, pktStat: '0x0400000a00004000', payload: '', l7Len: 4 }],
    ['TCP cut', { bytes: send(6, tcp(segment, 'data')).subarray(0, 50), wireLen: 58 },
      { ports: [0, 0], pktStat: '0x0400000a00004000', tcp: [0, 0, 0, 0], payload: '' }],
    ['UDP ends before IP', send(17, udp({ ...PORTS, length: 11 }, 'abcdefgh')), { ...udp4, payload: 'abc', l7Len: 3 }],
    ['UDP ends behind IP', send(17, udp({ ...PORTS, length: 99 }, 'data')), udp4],
    ['UDP length below 8', send(17, udp({ ...PORTS, length: 7 }, 'data')),
      { ...udp4, pktStat: '0x0400000800004000', payload: '', l7Len: 0 }],
    ['UDP length 0 is none either', send(17, udp({ ...PORTS, length: 0 }, 'data')), { payload: '', l7Len: 0 }],
    ['UDP cut', send(17, datagram.subarray(0, 7)),
      { ...v4, ports: [0, 0], pktStat: '0x0400000800004000', payload: '' }],
    ['SSDP', send(17, udp({ srcPort: 1900, dstPort: 5000 }, 'M')),
      { hdrDesc: 'eth:ipv4:udp:ssdp', pktStat: '0x0400000002004000', payload: 'M' }],
    ['SSDP, the other way', send(17, udp({ srcPort: 5000, dstPort: 1900 }, 'M')), { hdrDesc: 'eth:ipv4:udp:ssdp' }],
    ['port 1900 among system ports', send(17, udp({ srcPort: 53, dstPort: 1900 }, 'M')), { hdrDesc: 'eth:ipv4:udp' }],
    ['UDP-Lite: coverage is no length', send(136, udpLite({ ...PORTS, coverage: 8 }, 'lite', V4)),
      { ...v4, hdrDesc: 'eth:ipv4:udplite', l4Proto: 136, ports: [3000, 4000], payload: 'lite', l7Len: 4 }],
    ['SCTP: the chunks', send(132, sctp(PORTS, sctpData({ tsn: 1 }, 'abcd'))),
      { ...v4, hdrDesc: 'eth:ipv4:sctp', pktStat: '0x0400000001004000', ports: [3000, 4000], payAt: 46, l7Len: 20 }],
    ['SCTP cut', send(132, sctp(PORTS, '').subarray(0, 11)), { ports: [0, 0], pktStat: '0x0400000801004000' }],
    ['ICMP', send(1, icmp({ type: 8, rest: 0x10001 }, 'ping')),
      { ...v4, hdrDesc: 'eth:ipv4:icmp', l4Proto: 1, icmp: 0x0800, ports: [0, 0], payload: 'ping', l7Len: 4 }],
    ['ICMPv6', onEthernet6(ipv6({ ...V6, next: 58 }, icmpv6({ type: 1, code: 4 }, 'quoted', V6))),
      { ...v6, hdrDesc: 'eth:ipv6:icmpv6', l4Proto: 58, icmp: 0x0104, payload: 'quoted' }],
    ['ICMP cut', send(1, icmp({ type: 3, code: 1 }, '').subarray(0, 7)),
      { icmp: 0x0301, pktStat: '0x0400000800004000', payload: '' }],
    ['IGMP: all behind the IP header', send(2, Buffer.from('report')),
      { ...v4, hdrDesc: 'eth:ipv4:igmp', l4Proto: 2, payload: 'report', payAt: 34 }],
    ['GRE of an unknown version', send(47, Buffer.from('inner')),
      { hdrDesc: 'eth:ipv4:gre', pktStat: '0x0400080000005000', payload: 'inner' }],
  ])
})

t.test('DTLS', async t => {
  const record = (version: number, size: number, type = 22): Buffer =>
    Buffer.concat([Buffer.from([type]), u16(version), Buffer.alloc(8), u16(size), Buffer.alloc(size)])
  const send = (...records: Buffer[]): Buffer =>
    onEthernet4(ipv4({ ...V4, proto: 17 }, udp(PORTS, Buffer.concat(records))))
  // biome-ignore format: a case a line or two
  check(t, [
    ['a word a record', send(record(0xfefd, 5), record(0xfefd, 0, 20)),
      { hdrDesc: 'eth:ipv4:udp:dtls1.2:dtls1.2', pktStat: '0x2400000000004000' }],
    ['1.0', send(record(0xfeff, 3)), { hdrDesc: 'eth:ipv4:udp:dtls1.0' }],
    ['cut by the capture', { bytes: send(record(0xfefd, 9)).subarray(0, 60), wireLen: 64 },
      { hdrDesc: 'eth:ipv4:udp:dtls1.2' }],
    ['not with bytes left over', send(record(0xfefd, 5), Buffer.from('x')), { hdrDesc: 'eth:ipv4:udp' }],
    ['not beyond the datagram', send(record(0xfefd, 5).subarray(0, 17)), { hdrDesc: 'eth:ipv4:udp' }],
    ['not of another version', send(record(0x0303, 5)), { hdrDesc: 'eth:ipv4:udp' }],
  ])
})
