import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import t from 'tap'
import { type Batch, FlowLine } from '../lib/batch.ts'
import { DecodeCore, PacketDecoder, type PacketDecoderOptions } from '../lib/decode/packet-decoder.ts'
import { FlowTagger } from '../lib/flow/flow-tagger.ts'
import { NdjsonReader } from '../lib/ndjson/ndjson-reader.ts'
import { NdjsonWriter } from '../lib/ndjson/ndjson-writer.ts'
import { ethernet, ipv4, ipv6, tcp, u32, udp, vlan } from './support/build-packets.ts'
import {
  ayiya,
  capwap,
  geneve,
  gtp,
  l2tp,
  l2tpv3,
  overUdp,
  PORT,
  vxlan,
} from './support/build-udp-tunnels.ts'
import { check, onEthernet4, packet4, packet6, udp4, V4, V6, v4 } from './support/decode-cases.ts'
import { decoded, decodeFrames, frameBatch } from './support/decode-frames.ts'
import { TEST_CAPTURE } from './support/packet-batch.ts'
import { join } from './support/packet-bytes.ts'
import { closed } from './support/tunnel-cases.ts'

const frame4 = onEthernet4(packet4)
const PPP4 = Buffer.from([0xff, 3, 0, 0x21])
const ppp4 = join(PPP4, packet4)

t.test('only what is to be opened', async t => {
  const frames = (
    [
      ['vxlan', PORT.vxlan, vxlan({}, frame4)],
      ['geneve', PORT.geneve, geneve({}, frame4)],
      ['gtp', PORT.gtp, gtp({}, packet4)],
      ['teredo', PORT.teredo, packet6],
      ['ayiya', PORT.ayiya, ayiya({}, packet6)],
      ['l2tp', PORT.l2tp, l2tp({}, ppp4)],
      ['capwap', PORT.capwap, capwap({}, frame4)],
    ] as const
  ).map(([name, port, payload]) => ({ name, port, payload, bytes: overUdp(port, payload) }))
  for (const [index, row] of decodeFrames(frames, 0, { decap: ['none'] }).entries()) {
    t.match(row, closed(frames[index]!.payload, frames[index]!.port), `none: ${frames[index]!.name}`)
  }
  for (const { name } of frames) {
    const rows = decodeFrames(frames, 0, { decap: [name, 'gre'] })
    const opened = frames.filter((_, row) => rows[row]!.hdrDesc !== 'eth:ipv4:udp')
    t.same(
      opened.map(frame => frame.name),
      [name],
    )
  }
  const [kept] = decodeFrames([{ bytes: onEthernet4(ipv4({ ...V4, proto: 115 }, l2tpv3({}, frame4))) }], 0, {
    decap: ['none'],
  })
  t.match(kept, { l4Proto: 115, l7Len: 4 + frame4.length }, 'L2TPv3 over IP')
  t.throws(() => new PacketDecoder({ decap: ['vxlan', 'vpn'] }), { code: 'ERR_USAGE', message: /no vpn/ })
  t.throws(() => new PacketDecoder({ decap: ['none', 'gtp'] }), { code: 'ERR_USAGE', message: /no other/ })
})

t.test('in each other', async t => {
  const segment = ipv4({ ...V4, proto: 6 }, tcp({ srcPort: 40000, dstPort: 80 }, 'data', V4))
  const second = overUdp(PORT.gtp, gtp({}, segment), 6)
  const third = overUdp(PORT.geneve, geneve({}, second))
  const stack = (levels: number): Buffer => {
    let bytes = frame4
    for (let level = 0; level < levels; level++) bytes = overUdp(PORT.vxlan, vxlan({}, bytes))
    return bytes
  }
  // biome-ignore format: a case a line or two
  check(t, [
    ['three', overUdp(PORT.vxlan, vxlan({}, third)),
      { ...v4, l4Proto: 6, ports: [40000, 80], payload: 'data', pktStat: '0x0c00000020604000' }],
    ['two', third, { hdrDesc: 'eth:ipv4:udp:geneve:eth:ipv6:udp:gtp:ipv4:tcp', payload: 'data', pktStat: '0x0c00000020204000' }],
    ['as deep as is read', stack(32), { ...udp4, pktStat: '0x0401000000404000' }],
    ['deeper', stack(33), { src: 'c0000201', ports: [50000, 4789], l7Len: 8 + frame4.length, pktStat: '0x0401080000404000' }],
    ['a fragment of an outer packet', onEthernet4(ipv4({ ...V4, proto: 17, flags: 1 }, udp({ srcPort: 1, dstPort: PORT.vxlan }, vxlan({}, frame4)))),
      { hdrDesc: 'eth:ipv4:udp' }],
    ['in a VLAN', ethernet({ type: 0x8100 }, vlan({ vid: 5, type: 0x86dd }, ipv6({ ...V6, next: 17 }, udp({ srcPort: 1, dstPort: PORT.gtp }, gtp({}, packet4))))),
      { ...udp4, vlan: 5, tags: [5], hdrDesc: 'eth:vlan:ipv6:udp:gtp:ipv4:udp' }],
  ])
})

/** What each row says, in short, and the number of its frame. */
function rowsOf(frames: Buffer[], options: PacketDecoderOptions): string[] {
  const batch = new DecodeCore(options).decode(frameBatch(frames.map(bytes => ({ bytes }))))
  return decoded(batch).map(
    ({ hdrDesc, ports, payload, mac, vlan, tunnelId }, row) =>
      `${batch.frames.pktNo[row]} ${hdrDesc} ${ports} ${payload.length} ${mac.slice(-2)} ${vlan} ${tunnelId}`,
  )
}

t.test('outer packets are rows of their own, each before the packet in it', async t => {
  const inner = ethernet({ src: '0a:00:00:00:00:09', type: 0x8100 }, vlan({ vid: 9, type: 0x0800 }, packet4))
  const nested = overUdp(PORT.geneve, geneve({ vni: 8 }, overUdp(PORT.vxlan, vxlan({}, inner))))
  const arp = overUdp(
    PORT.vxlan,
    vxlan({}, ethernet({ src: '0a:00:00:00:00:09', type: 0x0806 }, 'a'.repeat(28))),
  )
  const frames = [
    frame4,
    nested,
    arp,
    overUdp(PORT.gtp, 'no header'),
    overUdp(PORT.gtp, gtp({}, packet4)),
    frame4,
  ]
  const deep = frame4.length + 4 + 8 + 42
  t.same(rowsOf(frames, { outer: true }), [
    '1 eth:ipv4:udp 3000,4000 4 01 0 0',
    `2 eth:ipv4:udp 50000,6081 ${deep + 8} 01 0 0`,
    `2 eth:ipv4:udp:geneve:eth:ipv4:udp 50000,4789 ${deep - 42} 01 0 8`,
    '2 eth:ipv4:udp:geneve:eth:ipv4:udp:vxlan:eth:vlan:ipv4:udp 3000,4000 4 09 9 7',
    '3 eth:ipv4:udp:vxlan:eth:arp 50000,4789 50 01 0 0',
    '4 eth:ipv4:udp 50000,2152 9 01 0 0',
    '5 eth:ipv4:udp 50000,2152 40 01 0 0',
    '5 eth:ipv4:udp:gtp:ipv4:udp 3000,4000 4 01 0 4660',
    '6 eth:ipv4:udp 3000,4000 4 01 0 0',
  ])
  t.same(rowsOf(frames, {}), [
    '1 eth:ipv4:udp 3000,4000 4 01 0 0',
    '2 eth:ipv4:udp:geneve:eth:ipv4:udp:vxlan:eth:vlan:ipv4:udp 3000,4000 4 09 9 7',
    '3 eth:ipv4:udp:vxlan:eth:arp 50000,4789 50 01 0 0',
    '4 eth:ipv4:udp 50000,2152 9 01 0 0',
    '5 eth:ipv4:udp:gtp:ipv4:udp 3000,4000 4 01 0 4660',
    '6 eth:ipv4:udp 3000,4000 4 01 0 0',
  ])
})

t.test('a row whose tunnel came to nothing leaves nothing behind', async t => {
  const tagged = ethernet({ type: 0x8100 }, vlan({ vid: 9, type: 0x0806 }, 'a'.repeat(28)))
  const none = overUdp(PORT.vxlan, vxlan({}, tagged))
  const loopback = { bytes: Buffer.concat([u32(2), packet4]), linkType: 108 }
  const batch = new DecodeCore({ outer: true }).decode(frameBatch([{ bytes: none }, loopback]))
  const [first, second] = decoded(batch)
  t.equal(batch.rows, 2)
  t.match(first, closed(vxlan({}, tagged), PORT.vxlan, 'eth:ipv4:udp:vxlan:eth:vlan:arp', first!.pktStat))
  t.match(second, { mac: '0'.repeat(24), vlan: 0, tags: [] })
})

t.test("an outer packet's status is its own", async t => {
  const six = overUdp(PORT.gtp, gtp({}, packet6))
  const stats = decodeFrames([{ bytes: overUdp(PORT.vxlan, vxlan({}, six), 6) }], 0, { outer: true })
  t.same(
    stats.map(row => row.pktStat),
    ['0x0800000000008000', '0x0c00000000404000', '0x0c00000000608000'],
  )
})

t.test('both have their flows, in one process and through lines', async t => {
  const capture = frameBatch([
    { bytes: overUdp(PORT.vxlan, vxlan({}, frame4)) },
    { bytes: overUdp(PORT.vxlan, vxlan({}, frame4)) },
  ]).derive({ captures: [TEST_CAPTURE] })
  const flows = async (street: AsyncIterable<Batch>): Promise<string[]> => {
    const found: string[] = []
    for await (const batch of street) {
      const { rows, tags, packets, flows, side } = batch
      for (let row = 0; row < rows; row++)
        found.push(`${batch.frames.pktNo[row]} ${tags!.flowInd[row]} ${packets!.l7Len[row]}`)
      for (const item of side)
        if (typeof item === 'number') found.push(`flow ${flows!.flowInd[item]} ${flows!.packets[item]}`)
        else if (item instanceof FlowLine) found.push('line')
    }
    return found
  }
  const expected = ['1 1 54', '1 2 4', '2 1 54', '2 2 4', 'flow 1 2', 'flow 2 2']
  const decoder = (): PacketDecoder => Readable.from([capture]).pipe(new PacketDecoder({ outer: true }))
  t.same(await flows(decoder().pipe(new FlowTagger())), expected)
  const lines = await buffer(decoder().pipe(new NdjsonWriter()))
  t.same(await flows(Readable.from([lines]).pipe(new NdjsonReader()).pipe(new FlowTagger())), expected)
})
