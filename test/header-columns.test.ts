import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { DecodeCore, type PacketDecoderOptions } from '../lib/decode/packet-decoder.ts'
import { FlowCore } from '../lib/flow/flow-core.ts'
import {
  HEADER_COLUMNS,
  HEADER_NAMES,
  type HeaderMembers,
  headerColumns,
  headerText,
} from '../lib/header-columns.ts'
import { RecordEncoder } from '../lib/ndjson/record-encoder.ts'
import { RecordReader } from '../lib/ndjson/record-reader.ts'
import { packetView } from '../lib/packet-view.ts'
import type { FlowRecord, PacketRecord } from '../lib/records.ts'
import { shell } from './support/bins.ts'
import { pcap } from './support/build-capture.ts'
import { ethernet, hex, ipv4, ipv6, udp, vlan } from './support/build-packets.ts'
import { gre, mpls, ppp, pppoe } from './support/build-tunnels.ts'
import {
  l2tp,
  l2tpv3,
  overUdp,
  PORT,
  teredoAuthentication,
  teredoOrigin,
} from './support/build-udp-tunnels.ts'
import { packet4, packet6, tags, V4 } from './support/decode-cases.ts'
import { frameBatch } from './support/decode-frames.ts'

const EVERYTHING = HEADER_NAMES.filter(name => name !== 'all')
const OUTER = { src: '192.0.2.1', dst: '192.0.2.2' }
const over = (proto: number, payload: Uint8Array): Buffer =>
  ethernet({ type: 0x0800 }, ipv4({ ...OUTER, proto }, payload))

/** Header members of each packet of some frames. */
function headersOf(frames: Uint8Array[], options: PacketDecoderOptions = { headers: EVERYTHING }): object[] {
  const batch = new DecodeCore(options).decode(frameBatch(frames.map(bytes => ({ bytes }))))
  return Array.from({ length: batch.rows }, (_, row) => batch.headers?.get(row) ?? {})
}

const teredo6 = ipv6(
  { src: '2001:0:c000:0201:8000:63bf:3fff:fdd2', dst: '2001:0:102:304::', next: 17 },
  udp({ srcPort: 1, dstPort: 2 }, 'x'),
)
const TEREDO_ENDS = {
  trdo6SrcFlgs: '0x80',
  trdo6SrcSrvIP4: '192.0.2.1',
  trdo6SrcCPIP4: '192.0.2.45',
  trdo6SrcCPPort: 40000,
  trdo6DstFlgs: '0x00',
  trdo6DstSrvIP4: '1.2.3.4',
  trdo6DstCPIP4: '255.255.255.255',
  trdo6DstCPPort: 65535,
}

const CASES: [name: string, frame: Buffer, members: object][] = [
  ['no such header', ethernet({ type: 0x0800 }, packet4), {}],
  [
    'VLAN tags, with the identifier of each',
    ethernet(
      { type: 0x88a8 },
      vlan({ vid: 100, pcp: 3, dei: 1, type: 0x8100 }, vlan({ vid: 10, type: 0x0800 }, packet4)),
    ),
    {
      vlanHdr: ['0x70648100', '0x000a0800'],
      vlanTPID_PCP_DEI_VID: [
        { tpid: '0x88a8', pcp: 3, dei: 1, vid: 100 },
        { tpid: '0x8100', pcp: 0, dei: 0, vid: 10 },
      ],
    },
  ],
  [
    'three tags at most',
    ethernet({ type: 0x8100 }, tags([1, 2, 3, 4], 0x0800, packet4)),
    { vlanHdr: ['0x00018100', '0x00028100', '0x00038100'] },
  ],
  [
    'MPLS',
    ethernet({ type: 0x8847 }, Buffer.concat([hex('00010 6 40 fffff b 07'.replaceAll(' ', '')), packet4])),
    {
      mplsLabels: [16, 1048575],
      mplsLabelsHex: ['0x00000010', '0x000fffff'],
      mplsHdrsHex: ['0x00010640', '0xfffffb07'],
      mplsLabel_ToS_S_TTL: [
        { label: 16, tos: 3, s: 0, ttl: 64 },
        { label: 1048575, tos: 5, s: 1, ttl: 7 },
      ],
    },
  ],
  [
    'the innermost stack, three labels',
    over(47, gre({ protocol: 0x8847 }, mpls([1, 2, 3, 4], packet4))),
    { mplsLabels: [1, 2, 3] },
  ],
  [
    'PPP in PPPoE',
    ethernet({ type: 0x8864 }, pppoe({}, ppp({ protocol: 0x0021 }, packet4))),
    { pppHdr: '0x00000021' },
  ],
  [
    'GRE with PPP in framing',
    over(47, gre({ protocol: 0x880b, key: 7 }, ppp({ protocol: 0x21, framed: true }, packet4))),
    { greHdr: '0x2000880b', greSrcIP: OUTER.src, greDstIP: OUTER.dst, pppHdr: '0xff030021' },
  ],
  [
    'a compressed protocol field',
    over(47, gre({ protocol: 0x880b }, ppp({ protocol: 0x21, compressed: true }, packet4))),
    { greHdr: '0x0000880b', pppHdr: '0x00000021' },
  ],
  [
    'GRE over IPv6',
    ethernet(
      { type: 0x86dd },
      ipv6({ src: '2001:db8::1', dst: '2001:db8::2', next: 47 }, gre({ protocol: 0x0800 }, packet4)),
    ),
    { greHdr: '0x00000800', greSrcIP: '2001:db8::1', greDstIP: '2001:db8::2' },
  ],
  [
    'GRE that holds nothing to be read',
    over(47, gre({ protocol: 0x0800 }, Buffer.alloc(30))),
    { greHdr: '0x00000800', greSrcIP: OUTER.src },
  ],
  [
    'L2TP version 2',
    overUdp(PORT.l2tp, l2tp({ flags: 0x4002, session: 6 }, ppp({ protocol: 0x21, framed: true }, packet4))),
    {
      l2tpHdr: '0x4002',
      l2tpTID: 5,
      l2tpSID: 6,
      l2tpSrcIP: OUTER.src,
      l2tpDstIP: OUTER.dst,
      pppHdr: '0xff030021',
      l2tpCCSID: undefined,
    },
  ],
  [
    'L2TP that stays closed',
    overUdp(
      PORT.l2tp,
      l2tp({ flags: 2, session: 6 }, ppp({ protocol: 0x21, framed: true }, Buffer.alloc(9))),
    ),
    {},
  ],
  [
    'L2TP version 3 over UDP',
    overUdp(PORT.l2tp, Buffer.concat([hex('00030000'), l2tpv3({ session: 0x80000001 }, packet4)])),
    { l2tpHdr: '0x0003', l2tpCCSID: 0x80000001, l2tpSrcIP: OUTER.src, l2tpTID: undefined },
  ],
  [
    'L2TP version 3 over IP',
    over(115, l2tpv3({ session: 9 }, packet4)),
    { l2tpCCSID: 9, l2tpDstIP: OUTER.dst, l2tpHdr: undefined },
  ],
  ['Teredo', overUdp(PORT.teredo, teredo6), TEREDO_ENDS],
  [
    'Teredo with authentication and origin',
    overUdp(PORT.teredo, Buffer.concat([teredoAuthentication(2, 3), teredoOrigin, teredo6])),
    { trdoDstPort: 0x1234 ^ 0xffff, trdoDstIP: '63.255.253.254', ...TEREDO_ENDS },
  ],
  ['Teredo without Teredo addresses', overUdp(PORT.teredo, packet6), {}],
]

t.test('headers say what their bytes say', t => {
  for (const [name, frame, members] of CASES) {
    const [found] = headersOf([frame]) as Record<string, unknown>[]
    const keys = Object.keys(members)
    if (keys.length === 0) t.same(found, {}, name)
    t.same(Object.fromEntries(keys.map(key => [key, found![key]])), members, name)
  }
  t.end()
})

t.test('only what was asked for is kept, and of the packet that it belongs to', t => {
  const frames = CASES.map(([, frame]) => frame)
  t.ok(headersOf(frames, {}).every(members => Object.keys(members).length === 0))
  t.same(headersOf(frames, { headers: ['mpls-labels'] }).flatMap(Object.keys), ['mplsLabels', 'mplsLabels'])
  t.same(
    headersOf(frames),
    CASES.flatMap(([, frame]) => headersOf([frame])),
    'nothing is left over from the frame before',
  )
  const tunnel = ethernet(
    { type: 0x8100 },
    vlan(
      { vid: 7, type: 0x0800 },
      ipv4(
        { ...V4, proto: 17 },
        udp({ srcPort: 5, dstPort: PORT.l2tp }, l2tp({}, ppp({ protocol: 0x21, framed: true }, packet4))),
      ),
    ),
  )
  const both = headersOf([tunnel], { headers: ['vlan-hex', 'l2tp'], outer: true })
  t.match(both, [
    { vlanHdr: ['0x00070800'] },
    { vlanHdr: ['0x00070800'], l2tpHdr: '0x0002', l2tpSrcIP: V4.src },
  ])
  t.notOk('l2tpHdr' in both[0]!, 'the outer packet is not in the tunnel')
  t.end()
})

/** Both ways of some frames through decode and flow stage: in one process, and with lines between. */
function records(frames: Buffer[], lines: boolean): (PacketRecord | FlowRecord)[] {
  const flow = new FlowCore({ seed: 1 })
  const encoder = new RecordEncoder()
  const decoded = new DecodeCore({ headers: EVERYTHING }).decode(frameBatch(frames.map(bytes => ({ bytes }))))
  let batches = [decoded]
  if (lines) {
    const reader = new RecordReader()
    const text = Buffer.concat(new RecordEncoder().encode(decoded))
    batches = [...reader.feed(text), ...reader.end()]
  }
  const out = [...batches.flatMap(batch => [...flow.take(batch)]), ...flow.end()]
  return out
    .flatMap(batch => encoder.encode(batch).map(bytes => bytes.toString('utf8')))
    .join('')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}

t.test('a flow has the headers of its first packet in that direction, in a pipe and in one process', t => {
  const schema = JSON.parse(readFileSync(new URL('../docs/records.schema.json', import.meta.url), 'utf8'))
  const valid = new Ajv2020({ allErrors: true }).compile(schema)
  const flowOf = (vid: number, key: number, back = false): Buffer => {
    const [src, dst] = back ? [V4.dst, V4.src] : [V4.src, V4.dst]
    const ports = back ? { srcPort: 4000, dstPort: 3000 } : { srcPort: 3000, dstPort: 4000 }
    const inner = gre({ protocol: 0x0800, key }, ipv4({ src, dst, proto: 17 }, udp(ports, 'data')))
    return ethernet({ type: 0x8100 }, tags([vid], 0x0800, ipv4({ ...OUTER, proto: 47 }, inner)))
  }
  const frames = [flowOf(7, 1), flowOf(7, 2), flowOf(7, 3, true)]
  // each in a run of its own, as all hold packets of one flow
  const runs = [frames, ...CASES.map(([, frame]) => [frame])]
  const whole = runs.flatMap(run => records(run, false))
  t.same(
    runs.flatMap(run => records(run, true)),
    whole,
  )
  for (const record of whole) t.ok(valid(record), `${record.type}: ${JSON.stringify(valid.errors)}`)
  const flows = whole.filter(record => record.type === 'flow')
  t.match(flows[0], { vlanHdr: ['0x00070800'], greSrcIP: OUTER.src, flowInd: 1, dir: 'A' })
  t.match(flows[1], { vlanHdr: ['0x00070800'], greSrcIP: OUTER.src, flowInd: 1, dir: 'B' })
  const names = HEADER_COLUMNS.map(({ name }) => name as string)
  t.same(
    [...new Set(flows.flatMap(flow => Object.keys(flow)))].filter(name => names.includes(name)).sort(),
    names.toSorted(),
    'all that there are',
  )
  t.end()
})

t.test('views of packets have the fields, and lines keep them as they came', t => {
  const [, tagged] = CASES[1]!
  const batch = new DecodeCore({ headers: ['vlan', 'vlan-hex'] }).decode(frameBatch([{ bytes: tagged }]))
  const record = packetView(batch, 0).toJSON()
  t.match(record, { vlanHdr: ['0x70648100', '0x000a0800'] })
  t.ok(Object.keys(packetView(batch, 0)).includes('vlanTPID_PCP_DEI_VID'))
  const line = Buffer.concat(new RecordEncoder().encode(batch)).toString('utf8')
  t.same(JSON.parse(line), { ...record, captureId: '' })
  t.same(
    Object.keys(JSON.parse(line)).filter(name => name !== 'captureId'),
    Object.keys(record),
    'in one order',
  )
  const read = (text: string): { text: string; headers: unknown } => {
    const [again] = [...new RecordReader().feed(Buffer.from(text))]
    return {
      text: Buffer.concat(new RecordEncoder().encode(again!)).toString('utf8'),
      headers: again!.headers?.get(0),
    }
  }
  t.equal(read(line).text, line)
  t.match(read(line).headers, { vlanHdr: ['0x70648100', '0x000a0800'] })
  t.match(read(line.replace('"0x70648100"', '{"x":[]}')).text, /vlanHdr is no list of headers/)
  t.match(read(line.replace('["0x70648100","0x000a0800"]', '7')).text, /vlanHdr is no list of headers/)
  for (const [name, bad] of Object.entries({ greHdr: '"0x123456789"', greSrcIP: '"x"', l2tpTID: '-1' }))
    t.match(read(line.replace('"payload"', `"${name}":${bad},"payload"`)).text, new RegExp(`${name} is no`))
  t.end()
})

t.test('columns of text', t => {
  t.same(
    headerColumns(['gre', 'vlan']).map(({ name }) => name),
    ['vlanTPID_PCP_DEI_VID', 'greHdr', 'greSrcIP', 'greDstIP'],
  )
  t.equal(headerColumns(['all']).length, 1 + 1 + 1 + 6 + 3 + 10)
  const [tagged, stack] = headersOf([CASES[1]![1], CASES[3]![1]])
  const text = (members: object | undefined): string =>
    headerColumns(['vlan', 'vlan-hex', 'mpls', 'mpls-labels', 'ppp', 'gre', 'teredo'])
      .map(column => headerText(column, members))
      .join('\t')
  const none = '0.0.0.0\t0\t0x00\t0.0.0.0\t0.0.0.0\t0\t0x00\t0.0.0.0\t0.0.0.0\t0'
  t.equal(
    text(tagged),
    `0x70648100;0x000a0800\t0x88a8_3_1_100;0x8100_0_0_10\t\t\t0x00000000\t0x00000000\t0.0.0.0\t0.0.0.0\t${none}`,
  )
  t.equal(
    text(stack),
    `\t\t16;1048575\t16_3_0_64;1048575_5_1_7\t0x00000000\t0x00000000\t0.0.0.0\t0.0.0.0\t${none}`,
  )
  t.equal(text(undefined), `\t\t\t\t0x00000000\t0x00000000\t0.0.0.0\t0.0.0.0\t${none}`)
  t.end()
})

t.test('text files have the columns behind the VLAN numbers', t => {
  const folder = t.testdir()
  const inner = ethernet(
    { type: 0x8100 },
    tags([7], 0x0800, ipv4({ ...OUTER, proto: 47 }, gre({ protocol: 0x0800 }, packet4))),
  )
  writeFileSync(
    join(folder, 'c.pcap'),
    pcap([inner, ethernet({ type: 0x0800 }, ipv4({ ...OUTER, proto: 1 }, 'x'))]),
  )
  const some = '--headers vlan,gre'
  shell(`pldump ${some} -s -w whole c.pcap`, folder)
  shell(`pcap2json ${some} c.pcap | flowtag | pldsink -o p --packets | flow2txt ${some} -s -w piped/`, folder)
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  const [header, ...rows] = read('whole/c_flows.txt').trimEnd().split('\n')
  t.match(header, '\tethVlanID\tvlanTPID_PCP_DEI_VID\tgreHdr\tgreSrcIP\tgreDstIP\tsrcIP\tsrcIPCC\tsrcIPOrg\t')
  t.match(rows[0], '\t7\t0x8100_0_0_7\t0x00000800\t192.0.2.1\t192.0.2.2\t10.0.0.1\t07\t"Private network"\t')
  t.match(rows[1], '\t\t\t0x00000000\t0.0.0.0\t0.0.0.0\t192.0.2.1\t21\t"TEST-NET-1"\t')
  t.match(read('whole/c_packets.txt'), '\tethVlanID\tvlanTPID_PCP_DEI_VID\tsrcMac\t')
  t.match(read('whole/c_packets.txt'), '\t7\t0x8100_0_0_7\t02:00:')
  t.match(read('whole/c_headers.txt'), '14\tH16_U8_U8_U16:R\tvlanTPID_PCP_DEI_VID\tVLAN tags')
  t.equal(read('piped/c_flows.txt'), read('whole/c_flows.txt'))
  t.equal(read('piped/c_packets.txt'), read('whole/c_packets.txt'))
  t.end()
})

t.test('programs', t => {
  const folder = t.testdir()
  CASES.forEach(([, frame], i) => {
    writeFileSync(join(folder, `${i}.pcap`), pcap([frame]))
  })
  const flows = (command: string): HeaderMembers[] =>
    shell(command, folder)
      .stdout.split('\n')
      .filter(line => line.includes('"type":"flow"'))
      .map(line => JSON.parse(line))
  const some = 'gre,mpls-labels,l2tp'
  for (const [name, i] of [
    ['greHdr', CASES.findIndex(([name]) => name.startsWith('GRE'))],
    ['mplsLabels', CASES.findIndex(([name]) => name.startsWith('MPLS'))],
    ['l2tpSID', CASES.findIndex(([name]) => name.startsWith('L2TP'))],
  ] as const) {
    const [piped] = flows(`pcap2json --headers ${some} ${i}.pcap | flowtag --no-packets`)
    const [whole] = flows(`pldump --headers ${some} --json --no-files -w out ${i}.pcap`)
    t.ok(piped![name], name)
    t.same(piped![name], whole![name], name)
    t.notOk('pppHdr' in piped!, 'which was not asked for')
    t.notMatch(shell(`pcap2json ${i}.pcap | flowtag`, folder).stdout, /Hdr"|mpls[A-Z]|l2tp[A-Z]|greSrc/)
  }
  const refused = shell('pcap2json --headers gre,arp 0.pcap', folder)
  t.match(refused, { code: 2, stdout: '', stderr: /--headers takes all, .*; not "arp"/ })
  t.end()
})
