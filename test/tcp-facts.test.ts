import { readFileSync } from 'node:fs'
import Ajv from 'ajv/dist/2020.js'
import t from 'tap'
import type { Batch } from '../lib/batch.ts'
import { DecodeCore, type PacketDecoderOptions } from '../lib/decode/packet-decoder.ts'
import { RecordEncoder } from '../lib/ndjson/record-encoder.ts'
import { RecordReader } from '../lib/ndjson/record-reader.ts'
import { packetView } from '../lib/packet-view.ts'
import type { PacketRecord } from '../lib/records.ts'
import {
  ACK,
  type Endpoints,
  ethernet,
  ethernetPadded,
  ipv4,
  ipv6,
  ipv6Ext,
  ipv6Frag,
  PROTO,
  tcp,
  URG,
  u16,
  u32,
} from './support/build-packets.ts'
import { frameBatch, type TestFrame } from './support/decode-frames.ts'
import { timestamps } from './support/tcp-scenario.ts'

const V4: Endpoints = { src: '10.0.0.1', dst: '192.168.255.254' }
const V6: Endpoints = { src: '2001:db8::1', dst: 'ff02::ffff:1' }
const PORTS = { srcPort: 3000, dstPort: 4000 }
const onIpv4 = (segment: Uint8Array, more = {}): Buffer =>
  ethernet({ type: 0x0800 }, ipv4({ ...V4, proto: PROTO.tcp, ...more }, segment))
const onIpv6 = (segment: Uint8Array, next: number = PROTO.tcp): Buffer =>
  ethernet({ type: 0x86dd }, ipv6({ ...V6, next }, segment))

function decode(frames: (TestFrame | Buffer)[], options: PacketDecoderOptions): Batch {
  const batch = frameBatch(frames.map(frame => (Buffer.isBuffer(frame) ? { bytes: frame } : frame)))
  const captures = [
    {
      type: 'capture',
      captureId: 'c',
      file: '-',
      format: 'pcap',
      linkTypes: [1],
      snaplen: 0,
      interfaces: [],
    },
  ]
  const frozen = batch.derive({ captures: captures as never })
  frozen.frames.digits.fill(6)
  return [...new DecodeCore(options).take(frozen)][0]!
}
const viewsOf = (batch: Batch): PacketRecord[] =>
  Array.from({ length: batch.rows }, (_, row) => packetView(batch, row).toJSON())

t.test('checksums over IPv4 and IPv6, right, wrong, and not to be told', async t => {
  const all = Buffer.from(Array.from({ length: 1459 }, (_, i) => (i * 131) & 255))
  const bad = (segment: Buffer): Buffer => {
    segment[segment.length - 1]! ^= 1
    return segment
  }
  const routing = (left: number): Buffer =>
    Buffer.concat([u16(0), u32(0), Buffer.alloc(16, 7)]).fill(left, 1, 2)
  const cases: [string, TestFrame | Buffer, string | undefined][] = [
    ['IPv4', onIpv4(tcp(PORTS, '', V4)), 'ok'],
    ['odd length', onIpv4(tcp(PORTS, 'x', V4)), 'ok'],
    ['all ones', onIpv4(tcp(PORTS, Buffer.alloc(1000, 0xff), V4)), 'ok'],
    ['many bytes', onIpv4(tcp(PORTS, all, V4)), 'ok'],
    ['one bit wrong', onIpv4(bad(tcp(PORTS, all, V4))), 'bad'],
    ['other addresses', onIpv4(tcp(PORTS, all, { ...V4, dst: '10.0.0.9' })), 'bad'],
    ['padding does not count', ethernetPadded(onIpv4(tcp(PORTS, 'x', V4))), 'ok'],
    ['IPv6', onIpv6(tcp(PORTS, all, V6)), 'ok'],
    ['IPv6, wrong', onIpv6(bad(tcp(PORTS, all, V6))), 'bad'],
    ['behind options', onIpv6(ipv6Ext('dstopts', PROTO.tcp, Buffer.alloc(6), tcp(PORTS, all, V6)), 60), 'ok'],
    [
      'to another last destination',
      onIpv6(ipv6Ext('routing', PROTO.tcp, routing(1), tcp(PORTS, 'x', { ...V6, dst: '::7' })), 43),
      'part',
    ],
    ['snapped', { bytes: onIpv4(tcp(PORTS, all, V4)).subarray(0, 200), wireLen: 1513 }, 'part'],
    ['a first fragment', onIpv4(tcp(PORTS, all, V4), { flags: 1 }), 'part'],
    [
      'a first fragment of IPv6',
      onIpv6(ipv6Frag({ next: PROTO.tcp, more: true }, tcp(PORTS, all, V6)), 44),
      'part',
    ],
    ['no length', onIpv4(tcp(PORTS, 'x', V4), { totalLength: 0 }), 'part'],
    ['no header to speak of', onIpv4(Buffer.alloc(10)), undefined],
  ]
  const frames = cases.map(([, frame]) => frame)
  const records = viewsOf(decode(frames, { checksums: true }))
  cases.forEach(([name, , expected], row) => {
    t.equal(records[row]!.l4Chk, expected, name)
    t.equal(Object.hasOwn(records[row]!, 'l4Chk'), expected !== undefined)
  })
  t.ok(
    viewsOf(decode(frames, {})).every(record => record.l4Chk === undefined),
    'only if asked for',
  )
})

t.test('timestamps among other options, and options that are none', async t => {
  const options = (...bytes: number[]): Buffer =>
    onIpv4(tcp({ ...PORTS, options: Buffer.from(bytes) }, 'x', V4))
  const stamp = [8, 10, 0xff, 0xfe, 0xfd, 0xfc, 0, 0, 0, 1]
  const cases: [string, TestFrame | Buffer, number | undefined][] = [
    ['as most systems write it', onIpv4(tcp({ ...PORTS, options: timestamps(7) }, 'x', V4)), 7],
    ['behind others', options(2, 4, 5, 180, 4, 2, ...stamp), 0xfffefdfc],
    ['0 is a timestamp', options(1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0), 0],
    ['none', options(1, 1, 1, 1), undefined],
    ['no options', onIpv4(tcp(PORTS, 'x', V4)), undefined],
    ['behind the end of the list', options(0, 1, ...stamp), undefined],
    ['an option of no length', options(5, 0, ...stamp), undefined],
    ['an option of length 1', options(5, 1, ...stamp), undefined],
    ['an option beyond the header', options(5, 40, ...stamp), undefined],
    ['a kind without a length', options(1, 1, 1, 8), undefined],
    ['of another length', options(8, 8, 1, 2, 3, 4, 5, 6), undefined],
    ['cut off', { bytes: options(1, 1, ...stamp).subarray(0, 14 + 20 + 20 + 8), wireLen: 67 }, undefined],
  ]
  const frames = cases.map(([, frame]) => frame)
  const records = viewsOf(decode(frames, { timestamps: true }))
  cases.forEach(([name, , expected], row) => {
    t.equal(records[row]!.tcpTsVal, expected, name)
  })
  t.ok(viewsOf(decode(frames, {})).every(record => record.tcpTsVal === undefined))
})

t.test('the urgent pointer counts with its flag alone', async t => {
  const frames = [
    onIpv4(tcp({ ...PORTS, flags: ACK | URG, urg: 300 }, 'x', V4)),
    onIpv4(tcp({ ...PORTS, flags: ACK, urg: 300 }, 'x', V4)),
    onIpv4(tcp({ ...PORTS, flags: ACK | URG, urg: 0 }, 'x', V4)),
  ]
  t.strictSame(
    viewsOf(decode(frames, {})).map(record => record.tcpUrg),
    [300, undefined, undefined],
  )
})

const schema = JSON.parse(readFileSync(new URL('../docs/records.schema.json', import.meta.url), 'utf8'))
const valid = new Ajv.default({ allErrors: true }).compile(schema)

t.test('all of it goes through lines, in any spelling', async t => {
  const all = { flags: ACK | URG, urg: 9, options: timestamps(0xffffffff) }
  const batch = decode(
    [
      onIpv4(tcp({ ...PORTS, ...all }, 'x', V4)),
      onIpv4(tcp({ ...PORTS, options: timestamps(0) }, 'x', { ...V4, dst: '1.1.1.1' })),
      onIpv4(tcp({ ...PORTS, flags: URG, urg: 65_535 }, 'x', V4), { flags: 1 }),
      onIpv4(tcp(PORTS, 'x', V4)),
    ],
    { checksums: true, timestamps: true },
  )
  const told = [
    { tcpUrg: 9, tcpTsVal: 0xffffffff, l4Chk: 'ok' },
    { tcpTsVal: 0, l4Chk: 'bad' },
    { tcpUrg: 65_535, l4Chk: 'part' },
    { l4Chk: 'ok' },
  ]
  const facts = ({ tcpUrg, tcpTsVal, l4Chk }: PacketRecord): object =>
    JSON.parse(JSON.stringify({ tcpUrg, tcpTsVal, l4Chk }))
  const text = Buffer.concat(new RecordEncoder().encode(batch)).toString()
  const lines = text.trimEnd().split('\n')
  lines.forEach((line, row) => {
    t.strictSame(facts(JSON.parse(line)), told[row])
    t.ok(valid(JSON.parse(line)), JSON.stringify(valid.errors))
  })
  const turned = lines.map(line => {
    const { type, ...rest } = JSON.parse(line)
    return `${JSON.stringify(Object.fromEntries(Object.entries(rest).reverse()))}`.replace(
      '{',
      `{"type":"${type}",`,
    )
  })
  for (const spelling of [lines, turned]) {
    const reader = new RecordReader({ payload: 'decode', lines: false })
    const read = [...reader.feed(Buffer.from(`${spelling.join('\n')}\n`)), ...reader.end()]
    t.strictSame(read.flatMap(viewsOf).map(facts), told)
    const again = Buffer.concat(read.flatMap(batch => new RecordEncoder().encode(batch)))
    t.equal(again.toString(), text)
  }
})

t.test('values that are none make a bad line', async t => {
  const [line] = Buffer.concat(
    new RecordEncoder().encode(
      decode([onIpv4(tcp({ ...PORTS, flags: URG, urg: 1, options: timestamps(1) }, 'x', V4))], {
        timestamps: true,
        checksums: true,
      }),
    ),
  )
    .toString()
    .split('\n') as [string]
  for (const [from, to] of [
    ['"tcpUrg":1', '"tcpUrg":65536'],
    ['"tcpTsVal":1', '"tcpTsVal":-1'],
    ['"l4Chk":"ok"', '"l4Chk":"fine"'],
    ['"l4Chk":"ok"', '"l4Chk":"__proto__"'],
    ['"l4Chk":"ok"', '"l4Chk":1'],
  ] as const) {
    const reader = new RecordReader()
    const batches = [...reader.feed(Buffer.from(`${line.replace(from, to)}\n`)), ...reader.end()]
    t.match(batches.flatMap(batch => batch.side)[0], { type: 'note', code: 'bad-line' }, to)
  }
})
