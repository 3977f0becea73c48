import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { Batch, FlowLine, RawLine } from '../lib/batch.ts'
import type { IpLabels } from '../lib/labels/ip-labels.ts'
import { Output } from '../lib/output.ts'
import { cellText, putContent, quotedText } from '../lib/text/escape.ts'
import { FlowRows } from '../lib/text/flow-rows.ts'
import { FlowText } from '../lib/text/flow-text.ts'
import { PacketRows } from '../lib/text/packet-rows.ts'
import { PacketText } from '../lib/text/packet-text.ts'
import { CAPTURE } from './support/bins.ts'
import { pcap } from './support/build-capture.ts'
import { ethernet, icmp, ipv4, ipv6, sll, udp, vlan } from './support/build-packets.ts'
import { conversation } from './support/conversation.ts'
import { packetBatch } from './support/packet-batch.ts'
import { rowsOf, textOf, textsOf } from './support/text-run.ts'

const FLOW_HEADER =
  '%dir flowInd flowStat timeFirst timeLast duration numHdrDesc numHdrs hdrDesc srcMac dstMac ethType ethVlanID ' +
  'srcIP srcIPCC srcIPOrg srcPort dstIP dstIPCC dstIPOrg dstPort l4Proto pldStat'
const PACKET_HEADER =
  '%pktNo flowInd flowStat time pktIAT pktTrip flowDuration numHdrs hdrDesc ethVlanID srcMac dstMac ethType ' +
  'srcIP srcIPCC srcIPOrg srcPort dstIP dstIPCC dstIPOrg dstPort l4Proto pldStat l7Content'

/** Knows 10.0.0.1 and 2001:db8::1. */
const labels: IpLabels = {
  label: (family, words, at) =>
    (family === 4 ? words[at] === 0x0a00_0001 : words[at + 3] === 1)
      ? { cc: '07', org: 'Private "net"\\work' }
      : { cc: '-', org: '-' },
}

const datagram = (src: string, dst: string, text = 'hello\r\n'): Buffer =>
  ethernet({ type: 0x0800 }, ipv4({ src, dst, proto: 17 }, udp({ srcPort: 3000, dstPort: 4000 }, text)))

t.test('the columns of both files stand in their order', async t => {
  const [flows, packets] = await textsOf(pcap([]))
  t.equal(flows, `${FLOW_HEADER.replaceAll(' ', '\t')}\n`, 'also for a capture without packets')
  t.equal(packets, `${PACKET_HEADER.replaceAll(' ', '\t')}\n`)
})

t.test('a conversation', async t => {
  const frames = conversation({
    says: [
      ['>', 'EHLO x\r\n'],
      ['<', '250 a\\b'],
    ],
  }).map((bytes, i) => ({
    bytes,
    time: [1_258_563_573, (i * 250_001 + 5) * 1000] as [number, number],
  }))
  const [flows, packets] = await textsOf(pcap(frames), { labels })
  t.equal(
    flows.split('\n')[1],
    [
      'A 1 0x0400000000004000 1258563573.000005 1258563574.250010 1.250005 1 3 eth:ipv4:tcp',
      '02:00:00:00:00:01 02:00:00:00:00:02 0x0800  10.0.0.1 07 "Private~\\"net\\"\\\\work" 40000',
      '10.0.0.2 - "-" 80 6 0x03',
    ]
      .join(' ')
      .replaceAll(' ', '\t')
      .replaceAll('~', ' '),
  )
  t.match(rowsOf(flows), [
    { dir: 'A', srcPort: '40000' },
    { dir: 'B', srcPort: '80', dstIPCC: '07', flowStat: '0x0400000000004001' },
  ])
  const rows = rowsOf(packets)
  t.equal(rows.length, 7)
  t.match(rows[3], {
    pktNo: '4',
    flowInd: '1',
    time: '1258563573.750008',
    pktIAT: '0.250001',
    pktTrip: '0.500002',
    flowDuration: '0.750003',
    numHdrs: '3',
    hdrDesc: 'eth:ipv4:tcp',
    ethVlanID: '',
    srcIPOrg: 'Private "net"\\\\work',
    srcPort: '40000',
    l4Proto: '6',
    pldStat: '0x03',
    l7Content: 'EHLO x\\r\\n',
  })
  t.match(rows[4], { dstIPCC: '07', l7Content: '250 a\\\\b' })
  t.match(rows[0], { pktIAT: '0.000000', pktTrip: '0.000000', pldStat: '0x01', l7Content: '' })
})

t.test('what a frame lacks', async t => {
  const frames = [
    ethernet({ type: 0x0806 }, Buffer.alloc(28)),
    ethernet(
      { type: 0x0800 },
      ipv4({ src: '10.0.0.1', dst: '10.0.0.2', proto: 1 }, icmp({ type: 8 }, 'ping')),
    ),
    ethernet(
      { type: 0x8100 },
      vlan(
        { vid: 100, pcp: 3, type: 0x8100 },
        vlan({ vid: 10, type: 0x0800 }, datagram('10.0.0.1', '10.0.0.2').subarray(14)),
      ),
    ),
  ]
  const [flows, packets] = await textsOf(pcap(frames), { labels })
  const [arp, ping, tagged] = rowsOf(flows)
  t.match(arp, {
    srcIP: '-',
    srcIPCC: '-',
    srcIPOrg: '"-"',
    srcPort: '0',
    dstIP: '-',
    dstPort: '0',
    l4Proto: '0',
  })
  t.match(arp, { ethType: '0x0806', ethVlanID: '', pldStat: '0x00', hdrDesc: 'eth:arp' })
  t.match(ping, { srcPort: '0', dstPort: '0', l4Proto: '1', pldStat: '0x00' })
  t.match(tagged, { ethVlanID: '100;10', hdrDesc: 'eth:vlan{2}:ipv4:udp', numHdrs: '5' })
  const rows = rowsOf(packets)
  t.match(rows[0], { srcIP: '', srcPort: '', dstIP: '', dstPort: '', l4Proto: '', pldStat: '0x00' })
  t.match(rows[1], { srcIP: '10.0.0.1', srcPort: '', dstPort: '', l4Proto: '1', l7Content: 'ping' })
  t.match(rows[2], { ethVlanID: '100;10', srcPort: '3000' })
})

t.test('clocks, link layers, IPv6, several headers', async t => {
  const [nano] = await textsOf(pcap([datagram('10.0.0.1', '10.0.0.2')], { nanoseconds: true }))
  t.match(rowsOf(nano)[0], { timeFirst: '1000000.000000000', duration: '0.000000000' })
  const packet = ipv6({ src: '2001:db8::1', dst: 'ff02::1', next: 17 }, udp({ srcPort: 9, dstPort: 8 }, 'x'))
  const [raw] = await textsOf(pcap([packet], { linkType: 101 }), { labels })
  t.match(rowsOf(raw)[0], { srcMac: '', dstMac: '', srcIP: '2001:db8::1', srcIPCC: '07', dstIP: 'ff02::1' })
  const [cooked] = await textsOf(pcap([sll({ type: 0x86dd }, packet)], { linkType: 113 }))
  t.match(rowsOf(cooked)[0], { dstMac: '00:00:00:01:00:06', hdrDesc: 'sll:ipv6:udp' })
  const tagged = ethernet(
    { type: 0x8100, src: '02:00:00:00:00:03' },
    vlan({ vid: 0, type: 0x0800 }, datagram('10.0.0.1', '10.0.0.2').subarray(14)),
  )
  const capture = pcap([datagram('10.0.0.1', '10.0.0.2'), tagged])
  for (const lines of [false, true]) {
    const [row] = rowsOf(await textOf(new FlowText(), capture, { lines }))
    t.match(row, {
      numHdrDesc: '2',
      numHdrs: '3;4',
      hdrDesc: 'eth:ipv4:udp;eth:vlan:ipv4:udp',
      srcMac: '02:00:00:00:00:01;02:00:00:00:00:03',
      // each address once
      dstMac: '02:00:00:00:00:02',
    })
  }
})

t.test('a flow whose only direction is B says so', async t => {
  const frame = ethernet(
    { type: 0x0800 },
    ipv4({ src: '10.0.0.2', dst: '10.0.0.1', proto: 17 }, udp({ srcPort: 53, dstPort: 40000 }, 'x')),
  )
  const [flows] = await textsOf(pcap([frame]))
  t.match(rowsOf(flows), [{ dir: 'B', flowStat: '0x0400000000004001' }])
})

t.test('records give the rows that columns give', async t => {
  const capture = readFileSync(CAPTURE)
  const [flows, packets] = await textsOf(capture, { labels })
  t.ok(rowsOf(flows).length > 60)
  t.equal(await textOf(new FlowText({ labels }), capture, { lines: true }), flows)
  t.equal(await textOf(new PacketText({ labels }), capture, { lines: true }), packets)
  t.equal(
    await textOf(new PacketText({ labels }), capture, { lines: true, keep: true }),
    packets,
    'payload that was left in the lines',
  )
})

const textFor = (...side: ConstructorParameters<typeof RawLine>[0][] | unknown[]): string[] => {
  const output = new Output()
  const batch = Batch.create({ side: side as never, sideAt: side.map(() => 0) })
  new FlowRows(labels).put(batch, output)
  return Buffer.concat(output.take()).toString().split('\n').slice(0, -1)
}

t.test('flow records made elsewhere', async t => {
  const line = (members: object): FlowLine =>
    new FlowLine(7, 0, Buffer.from(JSON.stringify({ type: 'flow', flowInd: 7, dir: 'A', ...members })))
  const columns = FLOW_HEADER.slice(1).split(' ')
  const cell = (item: unknown, name: string): string | undefined =>
    textFor(item)[0]!.split('\t')[columns.indexOf(name)]
  t.equal(textFor(line({}))[0], `A\t7${'\t'.repeat(12)}-\t-\t"-"\t0\t-\t-\t"-"\t0\t0\t`)
  t.equal(cell(line({ srcIP: '10.0.0.1' }), 'srcIPCC'), '07', 'labels are looked up')
  t.equal(cell(line({ srcIP: '2001:db8::1' }), 'srcIPOrg'), '"Private \\"net\\"\\\\work"')
  t.equal(cell(line({ srcIP: '10.0.0.1', srcIPCC: 'xx' }), 'srcIPCC'), 'xx', 'or taken from the record')
  t.equal(cell(line({ dstIP: 'nowhere' }), 'dstIPCC'), '-')
  t.equal(cell(line({ hdrDesc: ['a\tb', 'c'] }), 'hdrDesc'), 'a\\tb;c', 'nothing breaks a row')
  t.equal(cell(line({ pldStat: null }), 'pldStat'), '')
  const told = line({ pldStat: '0x01' })
  told.payload = { pldStat: '0x03', pldLen: 0, pldBytes: 0, pldGaps: [], pldOverlaps: 0 }
  t.equal(cell(told, 'pldStat'), '0x03', 'what a stage of this process says holds')
  t.equal(cell({ type: 'flow', flowInd: 3, dir: 'B', l4Proto: 17 }, 'l4Proto'), '17')
  t.same(textFor(new RawLine(Buffer.from('{}')), { type: 'note' }), [])
})

t.test('packets that cannot be shown', async t => {
  const output = new Output()
  const put = (batch: Batch): void => new PacketRows().put(batch, output)
  t.throws(() => put(packetBatch([{}])), { code: 'ERR_NOT_TAGGED', pktNo: 1 })
  put(packetBatch([{ flowInd: 0 }, { flowInd: 1 }]).derive({ keep: Uint8Array.of(1, 0) }))
  put(packetBatch([{ flowInd: 1 }]).derive({ chunkRows: true }))
  put(Batch.create({}))
  t.same(output.take(), [], 'without flow, taken out, none at all')
  put(packetBatch([{ flowInd: 1, payload: 'x' }]))
  t.match(Buffer.concat(output.take()).toString(), /\t\tx\n$/, 'no pldStat before the payload stage')
  const line = Buffer.from(
    '{"type":"packet","captureId":"x","pktNo":4,"time":"1.0","flowInd":1,"dir":"A","atOffset":1,"atLength":2}',
  )
  const { NdjsonReader } = await import('../lib/ndjson/ndjson-reader.ts')
  const reader = new NdjsonReader()
  reader.end(line)
  for await (const batch of reader) t.throws(() => put(batch as Batch), { code: 'ERR_REFERENCE', pktNo: 4 })
})

t.test('escapes', async t => {
  const show = (bytes: Uint8Array): string => {
    const out = Buffer.alloc(2 * bytes.length)
    return out.toString('latin1', 0, putContent(out, 0, bytes, 0, bytes.length))
  }
  const all = show(Uint8Array.from({ length: 256 }, (_, i) => i))
  t.equal(all.slice(0, 18), '........\\b\\t\\n\\v\\f')
  t.equal(all.slice(18), `\\r..................${printable()}.${'.'.repeat(128)}`)
  t.equal(quotedText('a"b\\\n\u0007ü'), '"a\\"b\\\\\\n.ü"')
  fc.assert(
    fc.property(fc.uint8Array(), fc.string({ unit: 'binary' }), (bytes, text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      return !/[\u0000-\u001f\u007f]/.test(show(bytes) + cellText(text) + quotedText(text))
    }),
  )
})

function printable(): string {
  let text = ''
  for (let code = 0x20; code < 0x7f; code++) text += code === 0x5c ? '\\\\' : String.fromCharCode(code)
  return text
}

t.test("a protocol's own header is no content", async t => {
  const contents = async (...packets: [type: number, packet: Buffer][]): Promise<string[]> => {
    const [, text] = await textsOf(
      pcap(packets.map(([type, packet]) => ({ bytes: ethernet({ type }, packet) }))),
    )
    return rowsOf(text).map(({ l7Content }) => l7Content!)
  }
  const v4 = (proto: number, text: string): [number, Buffer] => [
    0x0800,
    ipv4({ src: '10.0.0.1', dst: '10.0.0.2', proto }, Buffer.from(text)),
  ]
  const v6 = (next: number, text: string): [number, Buffer] => [
    0x86dd,
    ipv6({ src: '2001:db8::1', dst: '2001:db8::2', next }, Buffer.from(text)),
  ]
  const OSPF = 89
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  t.same(await contents(v4(50, letters), v4(253, '12345678'), v4(2, '1234')), [letters.slice(8), '', ''])
  t.same(await contents(v4(OSPF, letters), v6(OSPF, letters)), ['yz', letters.slice(16)])
  t.same(await contents(v6(253, letters)), [letters], 'in IPv6 only that of OSPF')
})
