import t from 'tap'
import { ethernet, ethernetPadded, hex, ipv4, snap, u16, u32, udp } from './support/build-packets.ts'
import { mplsLabel } from './support/build-tunnels.ts'
import { capwap, capwapField, l2tp, l2tpv3, overUdp, PORT } from './support/build-udp-tunnels.ts'
import {
  check,
  onEthernet4,
  onEthernet6,
  PORTS,
  packet4,
  packet6,
  tags,
  udp4,
  udp6,
  V4,
  v4,
} from './support/decode-cases.ts'
import { decodeFrames } from './support/decode-frames.ts'
import { join } from './support/packet-bytes.ts'
import { stays } from './support/tunnel-cases.ts'

const frame4 = onEthernet4(packet4)
const PPP4 = Buffer.from([0xff, 3, 0, 0x21])
const ppp4 = join(PPP4, packet4)

t.test('L2TP, version 2', async t => {
  const { l2tp: port } = PORT
  const open = { ...udp4, hdrDesc: 'eth:ipv4:udp:l2tp:ppp:ipv4:udp', pktStat: '0x0400000000006800' }
  const lcp = Buffer.from([0xff, 3, 0xc0, 0x21, 1, 1, 0, 4])
  // biome-ignore format: a case a line or two
  check(t, [
    ['PPP', overUdp(port, l2tp({}, ppp4)), { ...open, tunnelId: 6, payAt: 42 + 6 + 4 + 28 }],
    ['without address and control', overUdp(port, l2tp({}, join(u16(0x21), packet4))), open],
    ['a protocol of one byte', overUdp(port, l2tp({}, join(Buffer.from([0x57]), packet6))), { ...udp6, hdrDesc: 'eth:ipv4:udp:l2tp:ppp:ipv6:udp', pktStat: '0x0c0000000000a800' }],
    ['length, sequence numbers, offset, priority', overUdp(port, l2tp({ flags: 0x4b02, pad: 3 }, ppp4)), { ...open, payAt: 42 + 17 + 4 + 28 }],
    ['ends before the datagram', overUdp(port, join(l2tp({ flags: 0x4002 }, ppp4), Buffer.from('more'))), open],
    stays('longer than the datagram', port, l2tp({ flags: 0x4002, length: 99 }, ppp4)),
    stays('shorter than its header', port, l2tp({ flags: 0x4002, length: 4 }, ppp4)),
    stays('offset beyond the end', port, l2tp({ flags: 0x0202, pad: 9 }, '')),
    stays('no room for the offset', port, l2tp({ flags: 0x0802 }, '').subarray(0, 10)),
    stays('a control message', port, l2tp({ flags: 0xc802 }, ppp4)),
    stays('reserved bits', port, l2tp({ flags: 0x0012 }, ppp4)),
    stays('version 1', port, l2tp({ flags: 1 }, ppp4)),
    stays('session 0', port, l2tp({ session: 0 }, ppp4)),
    stays('no protocol of PPP', port, l2tp({}, join(u16(0x20), packet4))),
    stays('none at all', port, l2tp({}, Buffer.from([0xff, 3, 0]))),
    stays('header cut', port, l2tp({}, '')),
    stays('cut within the protocol', port, l2tp({}, Buffer.from([0xff, 3, 0x00])).subarray(0, 9)),
    stays('no IP inside', port, l2tp({}, lcp), 'eth:ipv4:udp:l2tp:ppp:lcp', '0x0400080000006800'),
  ])
})

t.test('L2TP, version 3', async t => {
  const { l2tp: port } = PORT
  const overV3 = (message: Buffer, head = 3): Buffer => join(u32(head << 16), message)
  const send = (message: Buffer, head?: number): Buffer => overUdp(port, overV3(message, head))
  const overIp = (message: Buffer): Buffer => onEthernet4(ipv4({ ...V4, proto: 115 }, message))
  const ip = { ...udp4, hdrDesc: 'eth:ipv4:udp:l2tp:ipv4:udp', pktStat: '0x0400000000004800', tunnelId: 6 }
  const eth = { ...ip, hdrDesc: 'eth:ipv4:udp:l2tp:eth:ipv4:udp' }
  const raw = { ...v4, l4Proto: 115, hdrDesc: 'eth:ipv4:l2tp', pktStat: '0x0400000000004800' }
  // biome-ignore format: a case a line or two
  check(t, [
    ...[0, 4, 8, 12].map(between => [`${between} bytes between`, send(l2tpv3({ between }, frame4)), eth] as [string, Buffer, object]),
    ['a frame filled up', send(l2tpv3({ between: 4 }, ethernetPadded(frame4))), eth],
    ['tags', send(l2tpv3({}, ethernet({ type: 0x8100 }, tags([1, 2], 0x0800, packet4)))), { ...udp4, tags: [1, 2], vlan: 2 }],
    ['IPv6 in a frame', send(l2tpv3({}, onEthernet6(packet6))), { ...udp6, hdrDesc: 'eth:ipv4:udp:l2tp:eth:ipv6:udp' }],
    ['IP', send(l2tpv3({ between: 8 }, packet4)), ip],
    ['PPP', send(l2tpv3({ between: 4 }, ppp4)), { ...udp4, hdrDesc: 'eth:ipv4:udp:l2tp:ppp:ipv4:udp', pktStat: '0x0400000000006800' }],
    ['PPP with IPv6', send(l2tpv3({}, join(Buffer.from([0xff, 3, 0, 0x57]), packet6))), { ...udp6, hdrDesc: 'eth:ipv4:udp:l2tp:ppp:ipv6:udp' }],
    ['a cookie that looks like PPP of another protocol', send(l2tpv3({}, join(Buffer.from([0xff, 3, 0, 0x57]), packet4))), ip],
    ['over IP', overIp(l2tpv3({ session: 0xffffffff, between: 4 }, frame4)), { ...udp4, tunnelId: 0xffffffff, hdrDesc: 'eth:ipv4:l2tp:eth:ipv4:udp', pktStat: '0x0400000000004800', payAt: 34 + 8 + 14 + 28 }],
    ['PPP over IP', overIp(l2tpv3({}, ppp4)), { ...udp4, hdrDesc: 'eth:ipv4:l2tp:ppp:ipv4:udp', pktStat: '0x0400000000006800' }],
    ['over IP, control', overIp(l2tpv3({ session: 0 }, frame4)), { ...raw, payAt: 34, l7Len: 4 + frame4.length }],
    ['over IP, unknown', overIp(l2tpv3({}, 'anything at all')), { ...raw, payload: '\0\0\0\x06anything at all' }],
    ['over IP, a fragment', onEthernet4(ipv4({ ...V4, proto: 115, flags: 1 }, l2tpv3({}, frame4))), { ...raw, pktStat: '0x0400009000004800', l7Len: 0 }],
    ['over IP, cut', overIp(Buffer.from([1, 2, 3])), { ...raw, payload: '\x01\x02\x03' }],
    stays('bytes left over', port, overV3(l2tpv3({}, join(onEthernet4(ipv4({ ...V4, proto: 17 }, udp(PORTS, 'x'.repeat(40)))), Buffer.from('y'))))),
    stays('IPv4 where IPv6 should be', port, overV3(l2tpv3({}, onEthernet6(packet4)))),
    stays('IPv6 where IPv4 should be', port, overV3(l2tpv3({}, onEthernet4(packet6)))),
    stays('reserved bits', port, overV3(l2tpv3({}, frame4), 0x13)),
    stays('session 0', port, overV3(l2tpv3({ session: 0 }, frame4))),
    stays('nothing inside', port, overV3(l2tpv3({}, ''))),
  ])
})

t.test('CAPWAP and MPLS', async t => {
  const { capwap: port, mpls } = PORT
  const open = { ...udp4, hdrDesc: 'eth:ipv4:udp:capwap:eth:ipv4:udp', pktStat: '0x0400000000804000' }
  const radio = capwapField(Buffer.alloc(6, 2))
  const info = capwapField(Buffer.alloc(3, 1))
  const wlan4 = join(hex('08010000'), Buffer.alloc(18, 2), hex('0000'), snap({ type: 0x0800 }, packet4))
  const labels = join(mplsLabel(16, false), mplsLabel(17, true))
  // biome-ignore format: a case a line or two
  check(t, [
    ['802.3', overUdp(port, capwap({}, frame4)), { ...open, payAt: 42 + 8 + 42 }],
    ['radio and wireless information', overUdp(port, capwap({ flags: 0x30, fields: join(radio, info) }, frame4)), open],
    ['802.11', overUdp(port, capwap({ flags: 0x100 }, wlan4)), { ...open, hdrDesc: 'eth:ipv4:udp:capwap:802.11:llc:ipv4:udp', pktStat: '0x0400000000804002' }],
    ['LWAPP', overUdp(12_222, join(hex('0000'), u16(wlan4.length), u16(0), wlan4)),
      { ...open, hdrDesc: 'eth:ipv4:udp:lwapp:802.11:llc:ipv4:udp', pktStat: '0x0400000000804002' }],
    stays('LWAPP, control', 12_222, join(hex('0400'), u16(wlan4.length), u16(0), wlan4)),
    stays('LWAPP, a fragment', 12_222, join(hex('0200'), u16(wlan4.length), u16(0), wlan4)),
    stays('LWAPP, another length', 12_222, join(hex('0000'), u16(wlan4.length - 1), u16(0), wlan4)),
    stays('LWAPP, cut', 12_222, hex('0000000000')),
    stays('a fragment', port, capwap({ flags: 0x80 }, frame4)),
    stays('a keep-alive', port, capwap({ flags: 0x08 }, frame4)),
    stays('reserved bits', port, capwap({ flags: 1 }, frame4)),
    stays('in DTLS', port, capwap({ preamble: 1 }, frame4)),
    stays('a field that is not counted', port, capwap({ flags: 0x10 }, frame4)),
    stays('a field that is not there', port, capwap({ flags: 0x20 }, '')),
    stays('a header without fields', port, capwap({ words: 3 }, frame4)),
    stays('beyond the end', port, capwap({ words: 31 }, 'x')),
    stays('header cut', port, capwap({}, '').subarray(0, 7)),
    stays('MPLS: no bottom', mpls, join(mplsLabel(16, false), mplsLabel(17, false))),
    stays('too many labels', mpls, join(...Array.from({ length: 16 }, () => mplsLabel(16, false)), labels, packet4)),
    stays('no IP behind them', mpls, join(labels, Buffer.from('pseudowire'))),
  ])
  const [row] = decodeFrames([{ bytes: overUdp(mpls, join(labels, packet4)) }])
  t.match(row!.hdrDesc, /^eth:ipv4:udp:mpls/, 'labels are told')
})
