import t from 'tap'
import { ethernet, hex, snap, u16, u32 } from './support/build-packets.ts'
import { check, IPV4, packet4, packet6, udp4, udp6 } from './support/decode-cases.ts'
import { decodeFrames } from './support/decode-frames.ts'
import { join, u8 } from './support/packet-bytes.ts'

const NO_ETH4 = '0x0400000000004002'
const le16 = (value: number): Buffer => u16(value).reverse()
const le32 = (value: number): Buffer => u32(value).reverse()
const [A1, A2, A3, A4] = ['02:01', '02:02', '02:03', '02:04'].map(end =>
  hex(`00:00:00:00:${end}`),
) as Buffer[]
const snapIp = (packet: Uint8Array, type = 0x0800): Buffer => snap({ type }, packet)

/** A data frame of 802.11; `qos` gives it that field. */
function wlanData(
  h: { flags: number; qos?: number; htc?: boolean; fragment?: number },
  body: Uint8Array,
): Buffer {
  const control = h.qos === undefined ? 0x08 : 0x88
  return join(
    u8(control),
    u8(h.flags | (h.htc ? 0x80 : 0)),
    u16(0),
    A1!,
    A2!,
    A3!,
    le16(h.fragment ?? 0),
    (h.flags & 3) === 3 ? A4! : Buffer.alloc(0),
    h.qos === undefined ? Buffer.alloc(0) : le16(h.qos),
    h.htc ? u32(0) : Buffer.alloc(0),
    body,
  )
}

const mac = (to: Buffer, from: Buffer): string => `${to.toString('hex')}${from.toString('hex')}`

t.test('802.11', async t => {
  const body = snapIp(packet4)
  const opened = { ...udp4, hdrDesc: '802.11:llc:ipv4:udp', pktStat: NO_ETH4 }
  const closed = { hdrDesc: '802.11', pktStat: '0x0000080000000006', family: 0, ethType: 0 }
  // biome-ignore format: a case a line or two
  check(t, [
    ['between stations', { bytes: wlanData({ flags: 0 }, body), linkType: 105 }, { ...opened, mac: mac(A1!, A2!) }],
    ['to the distribution system', { bytes: wlanData({ flags: 1 }, body), linkType: 105 }, { ...opened, mac: mac(A3!, A2!) }],
    ['from it', { bytes: wlanData({ flags: 2 }, body), linkType: 105 }, { ...opened, mac: mac(A1!, A3!) }],
    ['through it', { bytes: wlanData({ flags: 3 }, body), linkType: 105 }, { ...opened, mac: mac(A3!, A4!) }],
    ['with QoS', { bytes: wlanData({ flags: 1, qos: 0 }, body), linkType: 105 }, opened],
    ['with HT control', { bytes: wlanData({ flags: 1, qos: 0, htc: true }, body), linkType: 105 }, opened],
    ['IPv6', { bytes: wlanData({ flags: 1 }, snapIp(packet6, 0x86dd)), linkType: 105 }, { ...udp6, hdrDesc: '802.11:llc:ipv6:udp' }],
    ['protected', { bytes: wlanData({ flags: 0x41 }, Buffer.from('secret')), linkType: 105 }, { ...closed, payload: 'secret' }],
    ['a first fragment', { bytes: wlanData({ flags: 5 }, body), linkType: 105 }, { ...closed, payAt: 24 }],
    ['a later fragment', { bytes: wlanData({ flags: 1, fragment: 1 }, Buffer.from('rest')), linkType: 105 }, { ...closed, payload: 'rest' }],
    ['a beacon', { bytes: join(hex('80000000'), A1!, A2!, A3!, u16(0), Buffer.from('body')), linkType: 105 },
      { hdrDesc: '802.11', pktStat: '0x0000000000000006', mac: mac(A1!, A2!), payload: 'body' }],
    ['an acknowledgement', { bytes: join(hex('d4000000'), A1!), linkType: 105 }, { hdrDesc: '802.11', payload: '', l7Len: 0 }],
    ['cut in the addresses', { bytes: wlanData({ flags: 1 }, body).subarray(0, 20), linkType: 105 },
      { hdrDesc: '802.11', pktStat: '0x0000080100000006', payload: '' }],
  ])
})

t.test('what stands in front of 802.11 in captures', async t => {
  const frame = wlanData({ flags: 1 }, snapIp(packet4))
  const radiotap = (present: number, fields: Buffer): Buffer =>
    join(u16(0), le16(8 + fields.length), le32(present), fields)
  const opened = { ...udp4, hdrDesc: 'radiotap:802.11:llc:ipv4:udp', pktStat: NO_ETH4 }
  const padded = join(wlanData({ flags: 1, qos: 0 }, Buffer.alloc(0)), u16(0), snapIp(packet4))
  // biome-ignore format: a case a line or two
  check(t, [
    ['radiotap', { bytes: join(radiotap(0, Buffer.alloc(0)), frame), linkType: 127 }, opened],
    ['radiotap, a checksum behind', { bytes: join(radiotap(2, u8(0x10)), frame, u32(0)), linkType: 127 }, opened],
    ['radiotap, a time before the flags', { bytes: join(radiotap(3, join(Buffer.alloc(8, 0xff), u8(0x10))), frame, u32(0)), linkType: 127 }, opened],
    ['radiotap, two words of bits', { bytes: join(radiotap((1 << 31) | 3, join(le32(0), Buffer.alloc(4), Buffer.alloc(8), u8(0x10))), frame, u32(0)), linkType: 127 }, opened],
    ['radiotap, a padded header', { bytes: join(radiotap(2, u8(0x20)), padded), linkType: 127 }, opened],
    ['radiotap, cut', { bytes: radiotap(0, Buffer.alloc(8)).subarray(0, 12), linkType: 127 },
      { hdrDesc: 'radiotap', pktStat: '0x0000080100000006' }],
    ['Prism', { bytes: join(le32(0x44), Buffer.alloc(140), frame), linkType: 119 }, { ...opened, hdrDesc: 'prism:802.11:llc:ipv4:udp' }],
    ['AVS under Prism', { bytes: join(u32(0x80211001), u32(64), Buffer.alloc(56), frame), linkType: 119 }, { ...opened, hdrDesc: 'prism:802.11:llc:ipv4:udp' }],
    ['AVS', { bytes: join(u32(0x80211001), u32(64), Buffer.alloc(56), frame), linkType: 163 }, { ...opened, hdrDesc: 'prism:802.11:llc:ipv4:udp' }],
    ['PPI', { bytes: join(u16(0), le16(8), le32(105), frame), linkType: 192 }, { ...opened, hdrDesc: 'ppi:802.11:llc:ipv4:udp' }],
  ])
})

t.test('each part of an A-MSDU is a packet of its own', async t => {
  const part = (to: Buffer, from: Buffer, packet: Buffer, fill: boolean): Buffer => {
    const all = join(to, from, u16(packet.length), packet)
    return fill ? join(all, Buffer.alloc(-all.length & 3)) : all
  }
  const frame = wlanData(
    { flags: 1, qos: 0x80 },
    join(part(A1!, A2!, snapIp(packet4), true), part(A3!, A4!, snapIp(packet6, 0x86dd), false)),
  )
  const rows = decodeFrames([
    { bytes: frame, linkType: 105 },
    { bytes: packet4, linkType: 101 },
  ])
  t.equal(rows.length, 3)
  t.match(rows[0], { ...udp4, hdrDesc: '802.11:llc:ipv4:udp', mac: mac(A1!, A2!) })
  t.match(rows[1], { ...udp6, hdrDesc: '802.11:llc:ipv6:udp', mac: mac(A3!, A4!) })
  t.match(rows[2], { ...udp4, hdrDesc: 'raw:ipv4:udp' })
  const cut = decodeFrames([
    { bytes: frame.subarray(0, frame.length - 3), linkType: 105, wireLen: frame.length },
  ])
  t.match(cut[1], { payload: 'd', l7Len: 4 }, 'a part that was cut keeps what there is')
})

t.test('serial lines, tags and pseudo headers', async t => {
  const tag = (bytes: Buffer): Buffer => join(bytes.subarray(0, 12), u32(0x40000001), bytes.subarray(12))
  const onEth = ethernet({ type: 0x0800 }, packet4)
  const attribute = (type: number, value: Buffer, word: (n: number) => Buffer): Buffer =>
    join(word(value.length + 4), word(type), value, Buffer.alloc(-value.length & 3))
  // biome-ignore format: a case a line or two
  check(t, [
    ['Cisco HDLC', { bytes: join(u16(0x0f00), u16(0x0800), packet4), linkType: 104 }, { ...udp4, hdrDesc: 'chdlc:ipv4:udp', pktStat: NO_ETH4 }],
    ['Cisco HDLC, SLARP', { bytes: join(u16(0x8f00), u16(0x8035), Buffer.from('line')), linkType: 104 },
      { hdrDesc: 'chdlc:UNK(0x8035)', payload: 'line', pktStat: '0x0000080000000006' }],
    ['frame relay, NLPID', { bytes: join(hex('1841 03 cc'), packet4), linkType: 107 }, { ...udp4, hdrDesc: 'fr:ipv4:udp', pktStat: NO_ETH4 }],
    ['frame relay, filled up', { bytes: join(hex('1841 03 00 8e'), packet6), linkType: 107 }, { ...udp6, hdrDesc: 'fr:ipv6:udp' }],
    ['frame relay, SNAP', { bytes: join(hex('1841 03 00 80'), snap({ type: 0x0800 }, packet4).subarray(3)), linkType: 107 }, { ...udp4, hdrDesc: 'fr:ipv4:udp' }],
    ['frame relay of Cisco', { bytes: join(hex('1841 0800'), packet4), linkType: 107 }, { ...udp4, hdrDesc: 'fr:ipv4:udp' }],
    ['frame relay, four bytes of address', { bytes: join(hex('18404041 03 cc'), packet4), linkType: 107 }, { ...udp4, hdrDesc: 'fr:ipv4:udp' }],
    ['netfilter log', { bytes: join(hex('02000000'), attribute(1, u32(0), le16), attribute(9, packet4, le16)), linkType: 239 },
      { ...udp4, hdrDesc: 'nflog:ipv4:udp', pktStat: NO_ETH4 }],
    ['netfilter log, big-endian', { bytes: join(hex('0a000000'), attribute(1, u32(0), u16), attribute(9, packet6, u16)), linkType: 239 },
      { ...udp6, hdrDesc: 'nflog:ipv6:udp' }],
    ['netfilter log without a packet', { bytes: join(hex('02000000'), attribute(1, u32(0), le16)), linkType: 239 }, { hdrDesc: 'nflog', family: 0 }],
    ['packet filter log', { bytes: join(hex('3d 02'), Buffer.alloc(62), packet4), linkType: 117 }, { ...udp4, hdrDesc: 'pflog:ipv4:udp' }],
    ['IP over InfiniBand', { bytes: join(Buffer.alloc(40), u16(0x0800), u16(0), packet4), linkType: 242 }, { ...udp4, hdrDesc: 'ipoib:ipv4:udp' }],
    ['IP over FireWire', { bytes: join(Buffer.alloc(16), u16(0x86dd), packet6), linkType: 138 }, { ...udp6, hdrDesc: 'ieee1394:ipv6:udp' }],
    ['ipnet', { bytes: join(hex('01 02'), Buffer.alloc(22), packet4), linkType: 226 }, { ...udp4, hdrDesc: 'ipnet:ipv4:udp' }],
    ['ipnet, IPv6', { bytes: join(hex('01 1a'), Buffer.alloc(22), packet6), linkType: 226 }, { ...udp6, hdrDesc: 'ipnet:ipv6:udp' }],
    ['SLIP', { bytes: join(Buffer.alloc(16), packet4), linkType: 8 }, { ...udp4, hdrDesc: 'slip:ipv4:udp' }],
    ['FDDI', { bytes: join(hex('50'), A1!, A2!, snapIp(packet4)), linkType: 10 }, { ...udp4, hdrDesc: 'fddi:llc:ipv4:udp', pktStat: IPV4, mac: mac(A1!, A2!) }],
    ['token ring', { bytes: join(hex('1040'), A1!, A2!, snapIp(packet4)), linkType: 6 }, { ...udp4, hdrDesc: 'tr:llc:ipv4:udp' }],
    ['token ring, routed', { bytes: join(hex('1040'), A1!, hex('800000000202'), hex('0630 0011 0020'), snapIp(packet4)), linkType: 6 },
      { ...udp4, hdrDesc: 'tr:llc:ipv4:udp' }],
    ['ATM, RFC 2684', { bytes: snapIp(packet4), linkType: 100 }, { ...udp4, hdrDesc: 'atm:llc:ipv4:udp', pktStat: NO_ETH4 }],
    ['SunATM', { bytes: join(hex('82 00 0020'), snapIp(packet4)), linkType: 123 }, { ...udp4, hdrDesc: 'atm:llc:ipv4:udp' }],
    ['DSA', { bytes: tag(onEth), linkType: 284 }, { ...udp4, hdrDesc: 'eth:dsa:ipv4:udp', pktStat: IPV4 }],
    ['EDSA', { bytes: join(onEth.subarray(0, 12), hex('dada0000 40000001'), onEth.subarray(12)), linkType: 285 }, { ...udp4, hdrDesc: 'eth:dsa:ipv4:udp' }],
    ['Broadcom', { bytes: tag(onEth), linkType: 281 }, { ...udp4, hdrDesc: 'eth:brcm:ipv4:udp' }],
    ['Broadcom in front', { bytes: join(u32(0), onEth), linkType: 282 }, { ...udp4, hdrDesc: 'brcm:eth:ipv4:udp' }],
    ['PPI of Ethernet', { bytes: join(u16(0), le16(12), le32(1), u32(0), onEth), linkType: 192 }, { ...udp4, hdrDesc: 'ppi:eth:ipv4:udp' }],
    ['ARCNET, RFC 1051', { bytes: join(hex('be 00 0000 f0'), packet4), linkType: 129 }, { ...udp4, hdrDesc: 'arcnet:ipv4:udp', pktStat: NO_ETH4 }],
    ['ARCNET, RFC 1201', { bytes: join(hex('be 00 0000 d4 00 0001'), packet4), linkType: 129 }, { ...udp4, hdrDesc: 'arcnet:ipv4:udp' }],
    ['ARCNET, IPv6', { bytes: join(hex('be 00 0000 c4 00 0001'), packet6), linkType: 129 }, { ...udp6, hdrDesc: 'arcnet:ipv6:udp' }],
    ['ARCNET, a part of a packet', { bytes: join(hex('be 00 0000 d4 01 0001'), packet4), linkType: 129 }, { hdrDesc: 'arcnet', family: 0, payAt: 5 }],
    ['ARCNET, ARP', { bytes: join(hex('be 00 0000 f1'), Buffer.from('who')), linkType: 129 }, { hdrDesc: 'arcnet:UNK(0x00f1)', payload: 'who' }],
    ['Juniper, Ethernet behind extensions', { bytes: join(hex('4d4743 80 0002 0000'), onEth), linkType: 178 }, { ...udp4, hdrDesc: 'juniper:eth:ipv4:udp', pktStat: IPV4 }],
    ['Juniper, frame relay', { bytes: join(hex('4d4743 00 1841 03 cc'), packet4), linkType: 180 }, { ...udp4, hdrDesc: 'juniper:fr:ipv4:udp', pktStat: NO_ETH4 }],
    ['Juniper, PPP', { bytes: join(hex('4d4743 00 ff03 0021'), packet4), linkType: 179 }, { ...udp4, hdrDesc: 'juniper:ppp:ipv4:udp' }],
    ['Juniper, Cisco HDLC', { bytes: join(hex('4d4743 00 0f00 0800'), packet4), linkType: 181 }, { ...udp4, hdrDesc: 'juniper:chdlc:ipv4:udp' }],
    ['Juniper, no link header', { bytes: join(hex('4d4743 02'), packet4), linkType: 178 }, { hdrDesc: 'juniper', family: 0, payAt: 4 }],
    ['Juniper, without its letters', { bytes: join(hex('000000 00'), packet4), linkType: 178 }, { hdrDesc: 'juniper', family: 0, payAt: 0 }],
    ['PKTAP', { bytes: join(le32(16), le32(1), le32(1), u32(0), onEth), linkType: 258 }, { ...udp4, hdrDesc: 'pktap:eth:ipv4:udp' }],
  ])
})

t.test('headers cut at any byte, or filled with any, stay within their frame', async t => {
  const links = [
    6, 8, 10, 11, 100, 104, 105, 107, 117, 119, 123, 127, 129, 138, 163, 178, 179, 180, 181, 192, 226, 239,
    242, 258, 281, 282, 284, 285,
  ]
  for (const linkType of links) {
    for (const filling of [0x00, 0x01, 0x08, 0x88, 0xff]) {
      const frames = Array.from({ length: 200 }, (_, size) => ({
        bytes: Buffer.alloc(size, filling),
        linkType,
      }))
      const rows = decodeFrames(frames, 0x45)
      let ofFrame = -1
      for (const { payAt, payload } of rows) {
        ofFrame = Math.min(ofFrame + 1, frames.length - 1)
        if (payload.length > 0 && (payAt < 0 || payload.includes('\x45'))) t.fail(`${linkType}: ${ofFrame}`)
      }
      t.ok(rows.length >= frames.length, `link type ${linkType} of 0x${filling.toString(16)}`)
    }
  }
})

t.test('link types that name another do not do so for ever', async t => {
  const bytes = join(...Array.from({ length: 100 }, () => join(u16(0), le16(8), le32(192))))
  const [row] = decodeFrames([{ bytes, linkType: 192 }])
  t.match(row, { family: 0 })
})
