import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import Ajv from 'ajv/dist/2020.js'
import split2 from 'split2'
import { parser } from 'stream-json'
import { streamValues } from 'stream-json/streamers/stream-values.js'
import t from 'tap'
import { Batch, FlowLine, RawLine } from '../lib/batch.ts'
import { ChunkColumns } from '../lib/chunk-columns.ts'
import { copyColumns, FlowTagColumns, LineColumns } from '../lib/columns.ts'
import { FlowColumns } from '../lib/flow-columns.ts'
import { BuiltInLabels } from '../lib/labels/built-in-labels.ts'
import type { Resolve } from '../lib/ndjson/fetch-payloads.ts'
import { NdjsonReader } from '../lib/ndjson/ndjson-reader.ts'
import { NdjsonWriter } from '../lib/ndjson/ndjson-writer.ts'
import { RecordEncoder, type RecordEncoderOptions } from '../lib/ndjson/record-encoder.ts'
import { RecordReader, type RecordReaderOptions } from '../lib/ndjson/record-reader.ts'
import { PACKET_FIELDS } from '../lib/packet-view.ts'
import type { CaptureRecord, FrameRecord, NoteRecord } from '../lib/records.ts'
import { packetBatch, TEST_CAPTURE } from './support/packet-batch.ts'

const text = (batch: Batch, options?: RecordEncoderOptions): string =>
  Buffer.concat(new RecordEncoder(options).encode(batch)).toString()
const read = (bytes: Buffer | string, options?: RecordReaderOptions): Batch[] => {
  const reader = new RecordReader(options)
  return [...reader.feed(Buffer.from(bytes as string)), ...reader.end()]
}
/** What comes out again of a text. */
const through = (bytes: Buffer | string, options?: RecordReaderOptions): string =>
  read(bytes, options)
    .map(batch => text(batch))
    .join('')
const notesOf = (batches: Batch[]): NoteRecord[] =>
  batches
    .flatMap(({ side }) => side)
    .filter((item): item is NoteRecord => (item as NoteRecord).type === 'note')
const rowsOf = (batches: Batch[]): number => batches.reduce((sum, { rows }) => sum + rows, 0)
const lineOf = (packet = {}): string => text(packetBatch([{ payload: 'hello', ...packet }])).trim()

t.test('a packet line in full', t => {
  const packet = {
    ...{ pktNo: 7, time: [1258544215, 37210000] as [number, number], payload: 'EHLO x\r\n', l7Len: 20 },
    ...{ mac: [0x0008_7457, 0x4a1e_0019, 0xe3e5_5f23] as [number, number, number], vlan: 100 },
    ...{ hdrDesc: 'eth:vlan:ipv4:tcp', tcpSeq: 4294967295, tcpAck: 1, tcpFlags: 0x18, statLo: 0x4100 },
  }
  t.equal(
    text(packetBatch([packet])),
    '{"type":"packet","captureId":"0123456789ab","pktNo":7,"time":"1258544215.037210","capLen":8,"wireLen":20,' +
      '"hdrDesc":"eth:vlan:ipv4:tcp","numHdrs":4,"ethVlanID":[100],"srcMac":"00:19:e3:e5:5f:23",' +
      '"dstMac":"00:08:74:57:4a:1e","ethType":"0x0800","srcIP":"10.0.0.1","srcPort":40000,"dstIP":"10.0.0.2",' +
      '"dstPort":80,"l4Proto":6,"tcpSeq":4294967295,"tcpAck":1,"tcpFlags":"0x0018","tcpWin":0,"l7Len":20,' +
      '"snapL7Len":8,"pktStat":"0x0400000000004100","payload":"RUhMTyB4DQo="}\n',
  )
  t.end()
})

t.test('lines that are no rows pass byte by byte, in their place', t => {
  const others = [
    '{"type":"note", "level" : "warning","code":"x","message":"\\u00e4"}',
    '{"no":"type"}',
    '{"type":"mine","__proto__":{"a":1},"constructor":1e400,"x":"\\ud800"}',
    '{}',
    '{"type":"flow","flowInd":"one","dir":"A"}',
    '{"dir":"B","flowInd":3,"type":"flow"}',
    '{"type":"flow","captureId":"x","flowInd":3,"dir":"A","deep":[{"a":[]},"}"]}',
    '{"type":"capture","captureId":"x","linkTypes":"?"}',
    '{"type":"gap"}',
    `{"type":"deep","x":${'['.repeat(250)}${']'.repeat(250)}}`,
    `{"type":"long","x":"${'y'.repeat(400_000)}"}`,
  ]
  const lines = others.flatMap(other => [other, lineOf(), lineOf()])
  const whole = `${lines.join('\n')}\n`
  t.equal(through(whole), whole)
  t.equal(through(whole, { recycle: true, payload: 'decode' }), whole)
  t.equal(through(whole.slice(0, -1)), whole, 'a last line without its end')
  t.equal(
    through(`\ufeff${whole.replaceAll('\n', '\r\n\r\n \t\n')}`),
    whole,
    'byte order mark, CRLF, blank lines',
  )
  const crowded = `${lineOf()}\n\ufeff${lineOf()}\n`
  t.equal(through(crowded), `${lineOf()}\n`.repeat(2))
  t.end()
})

t.test('flow lines say which flow they are', t => {
  const line = (flowInd: unknown, dir: unknown): string =>
    JSON.stringify({ type: 'flow', captureId: 'x', flowInd, dir, pldGaps: [], more: '}' })
  const cases: [line: string, flowInd: number | undefined, dir?: number][] = [
    [line(1, 'A'), 1, 0],
    [line(2 ** 53 - 1, 'B'), 2 ** 53 - 1, 1],
    [line(0, 'A').replace('{', '{ '), 0, 0],
    [line(1, 'A').replace('"more"', '"dir":"B","more"'), 1, 1],
    [line(1, 'A').replace('"more"', '"d\\u0069r":"B","more"'), 1, 1],
    [line(1, 'A').replace('"x"', '"\\u0078"'), 1, 0],
    [line(-1, 'A'), undefined],
    [line(1, 'C'), undefined],
    [line(1.5, 'A'), undefined],
  ]
  for (const [bytes, flowInd, dir] of cases) {
    const [item] = read(bytes)[0]!.side
    if (flowInd === undefined) t.ok(item instanceof RawLine, bytes)
    else t.match(item, { flowInd, dir } as FlowLine, bytes)
    t.equal(through(bytes), `${bytes}\n`)
  }
  t.end()
})

t.test("a flow line's payload is added, or replaced", t => {
  const payload = { pldStat: '0x03', pldFile: 'flow_1_A', pldLen: 5, pldBytes: 4, pldOverlaps: 0 }
  const gap = { offset: 1, length: 1, reason: 'absent' as const }
  const members =
    ',"pldStat":"0x03","pldFile":"flow_1_A","pldLen":5,"pldBytes":4,"pldGaps":[{"offset":1,"length":1,"reason":"absent"}],"pldOverlaps":0'
  const start = '{"type":"flow","flowInd":1,"dir":"A"'
  for (const [line, expected] of [
    [`${start}}`, `${start}${members}}`],
    [`${start},"mine":{"x":"}"} }`, `${start},"mine":{"x":"}"} ${members}}`],
    [`${start},"mine":"pld" }`, `${start},"mine":"pld" ${members}}`],
    [`${start},"payload":"aGk="}`, `${start}${members},"payload":"aGk="}`],
    [`${start},"mine":["\\u0041"]}`, `${start},"mine":["\\u0041"]${members}}`],
    [
      `${start}, "pldStat" : "0x00","mine":[1, 2],"pld\\u0046ile":"old"}`,
      `${start},"mine":[1, 2]${members}}`,
    ],
  ] as const) {
    const item = new FlowLine(1, 0, Buffer.from(line))
    item.payload = { ...payload, pldGaps: [gap] }
    t.equal(text(Batch.create({ side: [item], sideAt: [0] })), `${expected}\n`)
  }
  t.end()
})

t.test('what is no record is noted in its place, and skipped', t => {
  const good = lineOf()
  const change = (name: string, value: string): string =>
    good.replace(new RegExp(`"${name}":("[^"]*"|\\d+)`), `"${name}":${value}`)
  const cases: [line: string, message: RegExp][] = [
    ['nonsense', /no JSON object/],
    ['[1]', /no JSON object/],
    ['null', /no JSON object/],
    ['{"type":"packet"', /no JSON object/],
    [`${good},`, /no JSON object/],
    [good.slice(0, -1), /no JSON object/],
    ['{"type":"flow","captureId":"x","flowInd":1,"dir":"A","x":[1}', /no JSON object/],
    ['{"type":"flow","captureId":"x","flowInd":1,"dir":"A","x":"', /no JSON object/],
    ['{"type":"packet"}', /pktNo is missing/],
    ['{"type":"packet","pktNo":1}', /time is missing/],
    [change('pktNo', '1.5'), /pktNo is no whole number/],
    [change('pktNo', '-1'), /pktNo/],
    [change('pktNo', '007'), /no JSON object/],
    [change('pktNo', '9007199254740993'), /pktNo/],
    [change('pktNo', '"1"'), /pktNo/],
    [change('time', '12.5'), /time is no time/],
    [change('time', '"12.5.5"'), /time is no time/],
    [change('capLen', '4294967296'), /capLen/],
    [change('srcPort', '65536'), /srcPort/],
    [change('srcIP', '"10.0.0.256"'), /srcIP is no IP address/],
    [change('srcIP', '"::1"'), /not of one kind/],
    [change('srcIP', '5'), /srcIP is no text/],
    [change('srcMac', '"02:00:00:00:00"'), /srcMac is no MAC/],
    [change('ethType', '"0x12345"'), /ethType is no mask/],
    [change('tcpFlags', '"18"'), /tcpFlags is no mask/],
    [change('l4Proto', '6,"ethVlanID":[4096]'), /ethVlanID is no list/],
    [change('pktStat', '"0x0","flowInd":1,"dir":"C"'), /dir is neither/],
    [
      '{"type":"chunk","pktNo":1,"time":"1.000000","flowInd":1,"dir":"A","offset":0,"length":1}',
      /payload is missing/,
    ],
    [
      '{"type":"chunk","pktNo":1,"time":"1.000000","flowInd":1,"dir":"A","offset":0.5,"length":1}',
      /offset is no whole/,
    ],
    ...(
      [
        ['sctpStream', '65536', /sctpStream is no whole/],
        ['sctpUnordered', '1', /sctpUnordered is neither true nor false/],
        ['sctpFragment', '"none"', /sctpFragment is none of/],
      ] as const
    ).map(([name, value, message]): [string, RegExp] => [
      `{"type":"chunk","pktNo":1,"time":"1.000000","flowInd":1,"dir":"A","${name}":${value},"offset":0,"length":0}`,
      message,
    ]),
  ]
  for (const [line, message] of cases) {
    const batches = read(`${good}\n${line}\n${good}\n`, { file: 'x.ndjson' })
    const [note, ...others] = notesOf(batches)
    t.match(
      note,
      { type: 'note', level: 'error', code: 'bad-line', file: 'x.ndjson', line: 2, message },
      line,
    )
    t.same([rowsOf(batches), others, batches[0]?.sideAt], [2, [], [1]])
    t.equal(batches.map(batch => text(batch)).join(''), `${good}\n${JSON.stringify(note)}\n${good}\n`)
    t.throws(() => read(`${good}\n${line}`, { strict: true }), { code: 'ERR_NDJSON', line: 2 })
  }
  t.end()
})

t.test('a payload that is no base64, or not of its length, is noted where it is decoded', t => {
  const good = lineOf()
  for (const payload of ['aGVsbG8', 'aGVs\\u0062G8=']) {
    const [batch] = read(good.replace('aGVsbG8=', payload), { payload: 'decode', lines: false })
    const { payOff, payLen } = batch!.packets!
    t.equal(batch!.slab.toString('latin1', payOff[0]!, payOff[0]! + payLen[0]!), 'hello', payload)
  }
  const long = text(packetBatch([{ payload: Buffer.alloc(300, 'x') }]))
  for (const line of [
    ...[
      'aGVsbG8==',
      'aGVsbG8=x',
      'aGVsbG-=',
      'aGVs bG8=',
      'aGVsbG8gdG8=',
      'aGVs',
      'aGVsb',
      '',
      'aGVsbG8=\\n',
    ].map(payload => good.replace('aGVsbG8=', payload)),
    ...['-', '_', '!', '\\n'].map(char => long.replace('eHh4eHh4', `eHh${char}eHh4`)),
    long.replace('eHh4', ''),
  ]) {
    for (const lines of [true, false]) {
      t.match(
        notesOf(read(line, { payload: 'decode', lines })),
        [{ code: 'bad-line', message: /^payload/ }],
        line,
      )
    }
  }
  t.end()
})

t.test('a payload that is left in its line has to be JSON, but need not be base64', t => {
  const good = lineOf({ payload: 'x'.repeat(300) })
  for (const char of ['\u0000', '\t', '\u001f', '\\', '"']) {
    for (const place of ['eHh4eHh4', 'eHh4"}']) {
      const line = good.replace(place, place.replace('H', char))
      t.match(notesOf(read(line)), [{ code: 'bad-line' }], JSON.stringify(char))
    }
  }
  for (const char of [' ', '~', '!', '\u007f', '-']) {
    const line = `${good.replace('eHh4', `e${char}h4`)}\n`
    t.equal(through(line), line)
  }
  t.end()
})

t.test('lines that are too long are noted and not kept', t => {
  const good = lineOf()
  const long = `{"x":"${'y'.repeat(5000)}"}`
  const options = { maxLineBytes: 2000 }
  for (const size of [64, 1 << 20]) {
    const reader = new RecordReader(options)
    const bytes = Buffer.from(`${good}\n${long}\n${good}\n${long}`)
    const batches: Batch[] = []
    for (let at = 0; at < bytes.length; at += size)
      batches.push(...reader.feed(bytes.subarray(at, at + size)))
    batches.push(...reader.end())
    t.same(
      notesOf(batches).map(({ line }) => line),
      [2, 4],
    )
    t.equal(rowsOf(batches), 2)
  }
  t.end()
})

t.test('members may be left out or null, and numbers are as JSON writes them', t => {
  const [batch] = read('{"time":"5","pktNo":1e1,"type":"packet","srcPort":null,"ethVlanID":[1,2,3,4]}')
  t.equal(
    JSON.stringify([...new RecordEncoder().encode(batch!)].map(String)),
    JSON.stringify(['{"time":"5","pktNo":1e1,"type":"packet","srcPort":null,"ethVlanID":[1,2,3,4]}\n']),
  )
  t.match(batch, { rows: 1, captures: [{ type: 'capture', captureId: '', file: '-', interfaces: [] }] })
  t.equal(batch!.frames.sec[0], 5)
  t.equal(batch!.frames.pktNo[0], 10)
  t.same([...batch!.packets!.vlanTci, batch!.packets!.vlan[0]], [1, 2, 3, 4])
  const [old] = read('{"type":"packet","pktNo":1,"time":"-5.25"}')
  t.same([old!.frames.sec[0], old!.frames.nsec[0]], [-5, 250_000_000])
  t.end()
})

t.test('a batch holds packets of one capture, all with the same members', t => {
  const capture = (captureId: string, more = {}): string =>
    JSON.stringify({ type: 'capture', captureId, file: `${captureId}.pcap`, ...more })
  const of = (captureId: string, more = {}): string => lineOf(more).replace('0123456789ab', captureId)
  const lines = [
    capture('a'),
    ...[of('a'), of('a'), of('b'), of('b', { flowInd: 1 }), of('b', { flowInd: 2 }), of('a')],
    capture('b', { interfaces: [{ linkType: 1, snaplen: 0, digits: 6 }] }),
    ...[of('b'), of('b').replace('"pktNo":1', '"pktNo":9,"filePktNo":2')],
    of('b').replace(',"payload', ',"pldStat":"0x03","payload'),
  ]
  for (const lines_ of [true, false]) {
    const batches = read(lines.join('\n'), { payload: 'decode', lines: lines_ })
    t.same(
      batches.map(({ rows, capture, tags, pktNoBase, pldStat }) => [
        ...[rows, capture!.file, tags !== undefined, pktNoBase, pldStat !== undefined],
      ]),
      [
        [2, 'a.pcap', false, 0, false],
        [1, '-', false, 0, false],
        [2, '-', true, 0, false],
        [1, 'a.pcap', false, 0, false],
        [1, 'b.pcap', false, 0, false],
        [1, 'b.pcap', false, 7, false],
        [1, 'b.pcap', false, 0, true],
      ],
    )
    t.equal(batches.map(batch => text(batch)).join(''), `${lines.join('\n')}\n`)
    for (const { slab, packets } of batches) {
      t.equal(
        slab.toString('latin1', packets!.payOff[0]!, packets!.payOff[0]! + packets!.payLen[0]!),
        'hello',
      )
    }
  }
  const many = read(`${lineOf()}\n`.repeat(40_000))
  t.equal(rowsOf(many), 40_000)
  t.ok(many.every(({ rows }) => rows <= 16_384))
  t.end()
})

t.test('packets and chunks in one stream are refused', t => {
  const chunk =
    '{"type":"chunk","pktNo":1,"time":"1.000000","flowInd":1,"dir":"A","offset":0,"length":1,"payload":"AA=="}'
  t.throws(() => read(`${lineOf()}\n${chunk}\n`, { file: 'x' }), {
    code: 'ERR_MIXED_INPUT',
    exitCode: 2,
    file: 'x',
    line: 2,
  })
  t.throws(() => read(`${chunk}\n${lineOf()}\n`), { code: 'ERR_MIXED_INPUT', line: 2 })
  t.end()
})

t.test('payload by reference', t => {
  const file = Buffer.from('header:hello world, this is the capture file')
  const frames = [
    { payload: 'hello', pktNo: 1 },
    { payload: ' world', pktNo: 2 },
  ]
  const batch = packetBatch(frames).derive({ fileOffset: 7 })
  const lines = text(batch, { payload: 'ref' })
  t.match(lines, /"atOffset":7,"atLength":5\}\n.*"atOffset":12,"atLength":6\}\n$/)
  t.match(text(batch.derive({ fileOffset: -1 }), { payload: 'ref' }), /"payload":"aGVsbG8="/)
  const elsewhere = packetBatch(frames).derive({ fileOffset: 7 })
  elsewhere.frames.capLen[1] = 3
  t.match(
    text(elsewhere, { payload: 'ref' }),
    /"atLength":5\}\n.*"payload":"IHdvcmxk"\}\n$/,
    'not in its own frame',
  )
  t.notMatch(text(batch, { payload: 'none' }), /payload|atOffset/)
  t.equal(through(lines), lines)

  const asked: (number | string)[] = []
  const resolve: Resolve = ({ captureId }, offset, length, target, at) => {
    asked.push(captureId, offset, length)
    return file.copy(target, at, offset, offset + length)
  }
  const respelled = lines.replaceAll('"atLength"', ' "atLength"')
  for (const input of [lines, respelled]) {
    for (const keep of [true, false]) {
      const [got] = read(input, { payload: 'decode', lines: keep, resolve })
      const { payOff, payLen } = got!.packets!
      t.same(
        [0, 1].map(row => got!.slab.toString('latin1', payOff[row]!, payOff[row]! + payLen[row]!)),
        ['hello', ' world'],
      )
    }
  }
  t.same(asked.slice(0, 6), ['0123456789ab', 7, 5, '0123456789ab', 12, 6])

  const short = read(lines, {
    payload: 'decode',
    resolve: (...args) => (args[1] === 12 ? 2 : resolve(...args)),
  })
  t.match(notesOf(short), [{ level: 'error', code: 'lost-reference', pktNo: 2, message: /^4 bytes/ }])
  t.same([short[0]!.sideAt, ...short[0]!.packets!.payLen], [[1], 5, 2])
  t.equal(notesOf(read(lines, { payload: 'decode' })).length, 2, 'nobody to ask')
  const between = read(lines.replace('\n', '\n{}\n'), { payload: 'decode', resolve: () => 0 })
  t.match(
    between[0]!.side,
    [{ pktNo: 1 }, { bytes: Buffer.from('{}') }, { pktNo: 2 }],
    'notes stand in front of their packets',
  )
  const huge = lines.replaceAll(/"(snapL7Len|atLength)":\d+/g, '"$1":4000000000')
  t.match(notesOf(read(huge, { payload: 'decode', resolve })), [{ code: 'bad-line' }, { code: 'bad-line' }])
  t.match(notesOf(read(lines.replaceAll('"atLength":5', '"atLength":4'))), [{ message: /atLength/ }])
  const large = lineOf()
    .replace('"snapL7Len":5', '"snapL7Len":3000000')
    .replace(/"payload":.*/, '"atOffset":0,"atLength":3000000}')
  const cut = read(`${large}\n${large}\n${large}\n`, {
    payload: 'decode',
    resolve: (_c, _o, length) => length,
  })
  t.same(
    cut.map(({ rows }) => rows),
    [2, 1],
    'not too many are fetched at a time',
  )
  t.end()
})

t.test('members that users add are written in front of the payload', t => {
  const extras = new Map([[0, { note: 'ü"', list: [1], gone: undefined, 'a"b': null }]])
  const added = ',"note":"ü\\"","list":[1],"a\\"b":null,"payload":"aGVsbG8="}\n'
  const columns = packetBatch([{ payload: 'hello' }, {}])
  t.ok(text(columns.derive({ extras })).split('\n')[0]!.endsWith(added.trim()))
  const [lines] = read(`${lineOf()}\n${lineOf()}\n`)
  const [first, second] = text(lines!.derive({ extras })).split('\n')
  t.ok(`${first}\n`.endsWith(added))
  t.equal(second, lineOf())
  const [again] = read(`${first}\n`)
  const changed = text(again!.derive({ extras: new Map([[0, { note: 1 }]]) }))
  t.ok(
    changed.endsWith(',"list":[1],"a\\"b":null,"note":1,"payload":"aGVsbG8="}\n'),
    'in the place of an older one',
  )
  const circular: Record<string, unknown> = {}
  circular.self = circular
  for (const value of [1n, circular]) {
    t.throws(() => text(columns.derive({ extras: new Map([[0, { value }]]) })), { code: 'ERR_FIELD' })
  }
  t.end()
})

t.test('a row whose line does not hold any more is written from its columns, with its payload', t => {
  for (const line of [
    lineOf(),
    lineOf().replace('"pktNo"', ' "pktNo"'),
    lineOf({ payload: Buffer.alloc(500) }),
  ]) {
    const [batch] = read(line)
    batch!.lines!.len[0] = 0
    batch!.packets!.srcPort[0] = 1
    const expected = { ...JSON.parse(line), srcPort: 1 }
    t.same(JSON.parse(text(batch!)), expected)
    t.notMatch(text(batch!, { payload: 'none' }), /payload/)
  }
  const [stripped] = read(
    lineOf()
      .replace(/,"payload":.*/, '}')
      .replace('"snapL7Len":5', '"snapL7Len":4000000000'),
  )
  stripped!.lines!.len[0] = 0
  t.notMatch(text(stripped!), /payload/)
  const [reference] = read(lineOf().replace(/"payload":.*/, '"atOffset":9,"atLength":5}'))
  reference!.lines!.len[0] = 0
  t.match(text(reference!), /"atOffset":9,"atLength":5\}/)
  t.end()
})

t.test('rows that a filter took out are not written', t => {
  const batch = packetBatch([{ pktNo: 1 }, { pktNo: 2 }, { pktNo: 3 }]).derive({
    keep: Uint8Array.of(0, 1, 0),
  })
  const pktNos = (bytes: string): unknown => bytes.match(/"pktNo":\d/g)
  t.same(pktNos(text(batch)), ['"pktNo":2'])
  const [lines] = read(text(packetBatch([{ pktNo: 1 }, { pktNo: 2 }])))
  t.same(pktNos(text(lines!.derive({ keep: Uint8Array.of(1, 0) }))), ['"pktNo":1'])
  t.same(text(batch, { packets: false }), '')
  t.end()
})

/** One batch with each kind of record that stages make. */
function everyKind(): Batch {
  const batch = packetBatch([
    { payload: 'tcp', flowInd: 1, dir: 1 },
    { l4Proto: 17, flowInd: 2, vlan: 5, payload: Buffer.alloc(1400, 1) },
    { l4Proto: 1, flowInd: 3 },
    { family: 0, l4Proto: 0, ethType: 0x88cc, statLo: 2, mac: [0, 0, 0] },
    { family: 6, src: [0x2001_0db8, 0, 0, 1], dst: [0, 0, 0xffff, 0x0102_0304], ethType: 0x86dd },
  ])
  const flows = new FlowColumns(2)
  flows.count = 2
  flows.flowInd.set([1, 2])
  flows.firstPktNo.set([1, 2])
  flows.digits.fill(6)
  flows.family.set([4, 0])
  flows.l4Proto[0] = 6
  flows.macCount[0] = 1
  flows.chainCount[0] = 1
  flows.continuationOf[1] = 1
  const chunks = new ChunkColumns(3)
  chunks.count = 3
  chunks.len.fill(3)
  chunks.row.set([0, 0, 1])
  chunks.addStreams()
  chunks.stream!.set([-1, 5, 6])
  chunks.dataFlags!.set([0, 4, 3])
  const stream = { captureId: TEST_CAPTURE.captureId, flowInd: 1, dir: 'A' as const }
  const pld = { pldStat: '0x03', pldFile: 'x', pldIndex: 'x.index', pldLen: 3, pldBytes: 3, pldOverlaps: 0 }
  const streams = [{ ...pld, sctpStream: 5, pldGaps: [{ offset: 1, length: 2, reason: 'snaplen' as const }] }]
  return batch.derive({
    flows,
    flowPayload: [
      { ...pld, pldGaps: [{ offset: 0, length: 1, reason: 'snaplen' }] },
      { ...pld, pldGaps: [], pldFiles: streams },
    ],
    chunks,
    pldStat: new Uint8Array(5),
    side: [
      TEST_CAPTURE,
      { type: 'gap', ...stream, offset: -3, length: 2, reason: 'absent' },
      { type: 'gap', ...stream, sctpStream: 5, offset: 1, length: 2, reason: 'snaplen' },
      {
        type: 'overlap',
        ...stream,
        pktNo: 3,
        firstPktNo: 2,
        offset: 4,
        length: 1,
        kept: 'old',
        compared: true,
        old: 'QQ==',
        new: 'Qg==',
      },
      { type: 'note', level: 'warning', code: 'odd', message: 'odd', file: 'x', pktNo: 1 },
      0,
      1,
      { type: 'summary', stage: 'flow', flows: 2, other: 'x' },
    ],
    sideAt: [0, 1, 1, 1, 1, 5, 5, 5],
  })
}

t.test('every kind of record is what the schema says', t => {
  const schema = JSON.parse(readFileSync(new URL('../docs/records.schema.json', import.meta.url), 'utf8'))
  const valid = new Ajv.default({ allErrors: true, strict: true, strictRequired: false }).compile(schema)
  const communityId = (): string => '1:wCb3OG7yAFWelaUydu0D+125CLM='
  const frames = packetBatch([{ payload: 'x' }, {}]).derive({ packets: undefined })
  const lines = [
    ...text(everyKind(), { chunks: true, communityId, labels: new BuiltInLabels() }).split('\n'),
    ...text(everyKind().derive({ fileOffset: 100 }), { payload: 'ref' }).split('\n'),
    ...text(frames, { frames: true }).split('\n'),
  ].filter(line => line !== '')
  const kinds = new Set<string>()
  for (const line of lines) {
    const record = JSON.parse(line)
    kinds.add(record.type)
    t.ok(valid(record), `${record.type}: ${JSON.stringify(valid.errors)}`)
    t.notOk(valid({ ...record, mine: [] }), 'and nothing else')
  }
  t.same([...kinds].sort(), schema.properties.type.enum.toSorted())
  t.notOk(valid({ type: 'other' }))
  t.end()
})

t.test('the pages about records name every member in the order of its schema', t => {
  const page = (name: string): string => readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8')
  const { $defs } = JSON.parse(page('records.schema.json')) as {
    $defs: Record<string, { properties: object }>
  }
  const membersOf = (kind: string): string[] => Object.keys($defs[kind]!.properties).slice(1)
  t.same(membersOf('packet').slice(0, -3), PACKET_FIELDS.slice(1))
  const sql = page('duckdb.sql')
  const tables = [...sql.matchAll(/CREATE TABLE "?(\w+)"? \(\n(.*?)\n\);/gs)]
  for (const [, table, columns] of tables.filter(([, table]) => table !== 'summaries' && table !== 'gaps')) {
    const names = columns!.split('\n').map(line => /\w+/.exec(line)![0])
    t.same(names, membersOf(table!.slice(0, -1)), table!)
  }
  const text = page('records.md')
  for (const kind of ['capture', 'frame', 'packet', 'flow', 'chunk', 'gapRecord', 'overlap', 'note']) {
    t.same(
      membersOf(kind).filter(name => !text.includes(`\`${name}\``)),
      [],
      kind,
    )
  }
  t.end()
})

t.test('rows of a capture that nobody told of are written as those of one without a name', t => {
  const nameless = everyKind().derive({ captures: [], side: [0], sideAt: [0] })
  const frames = packetBatch([{}]).derive({ packets: undefined, captures: [] })
  const lines = text(nameless, { chunks: true }) + text(frames, { frames: true })
  t.match(lines.match(/"type":"\w+","captureId":""/g)?.length, 1 + 5 + 3 + 1)
  const [unnamed] = read(`{"type":"capture"}\n${lineOf().replace(/"captureId":"\w+",/, '')}\n`)
  t.match(unnamed, { rows: 1, capture: { captureId: '' } })
  t.end()
})

t.test('texts of any length are read', t => {
  const captureId = 'c'.repeat(500)
  const hdrDesc = `eth:${'x'.repeat(300)}`
  const line = lineOf({ hdrDesc }).replace('0123456789ab', captureId)
  const [batch] = read(`${line}\n${line}\n${lineOf()}`, { payload: 'decode', lines: false })
  t.equal(batch!.rows, 2)
  t.equal(text(batch!), `${line}\n${line}\n`)
  const named = Array.from({ length: 600 }, (_, i) => lineOf({ hdrDesc: `eth:${i}` }))
  t.same(through(named.join('\n')).trim().split('\n'), named)
  t.end()
})

t.test('lines of which nothing is known are looked through before members are added', t => {
  const line = lineOf({ flowInd: 1 })
  const [batch] = read(`${line}\n${lineOf()}`)
  const lines = copyColumns(batch!.lines!)
  const tags = new FlowTagColumns(1)
  tags.flowInd.fill(9)
  const out = text(batch!.derive({ lines, tags, pldStat: Uint8Array.of(3) }))
  t.match(out, /"flowInd":9,.*"pldStat":"0x03","payload"/)
  t.equal(out.match(/flowInd/g)?.length, 1)
  const plain = new LineColumns(1)
  for (const name of ['off', 'len', 'splice'] as const) plain[name].set(batch!.lines![name])
  t.equal(text(batch!.derive({ lines: plain, tags })), text(batch!.derive({ tags })))
  t.end()
})

t.test('a chunk that was changed is written anew', t => {
  const line =
    '{"type":"chunk","captureId":"a","flowInd":1,"dir":"A","pktNo":1,"time":"1.000000","offset":0,"length":3,"payload":"YWJj"}'
  const [batch] = read(line)
  const { chunks } = batch!
  chunks!.len[0] = 1
  t.match(text(batch!, { chunks: true }), /"length":1,"payload":"YQ=="\}\n$/)
  chunks!.len[0] = 3
  t.equal(text(batch!, { chunks: true }), `${line}\n`)
  t.equal(text(batch!, { packets: true }), '', 'and is no packet')
  t.end()
})

t.test('frames', t => {
  const batch = packetBatch([{ payload: 'frame', time: [5, 123456789] }]).derive({ packets: undefined })
  batch.frames.digits[0] = 9
  const record: FrameRecord = {
    ...{
      type: 'frame',
      captureId: TEST_CAPTURE.captureId,
      pktNo: 1,
      time: '5.123456789',
      ifaceNo: 0,
      linkType: 1,
    },
    ...{ capLen: 5, wireLen: 5, payload: 'ZnJhbWU=' },
  }
  t.equal(text(batch, { frames: true }), `${JSON.stringify(record)}\n`)
  t.notMatch(text(batch, { frames: true, payload: 'none' }), /payload/)
  t.equal(text(batch), '')
  t.end()
})

t.test('what comes out is in pieces of whole lines', t => {
  const batch = packetBatch(Array.from({ length: 900 }, (_, i) => ({ payload: Buffer.alloc(1000, i) })))
  const huge = new RawLine(Buffer.from(`{"x":"${'y'.repeat(600_000)}"}`))
  const encoder = new RecordEncoder()
  const pieces = encoder.encode(batch.derive({ side: [huge], sideAt: [450] }))
  const before = Buffer.concat(pieces).toString()
  t.ok(pieces.every(piece => piece.at(-1) === 0x0a))
  t.ok(pieces.filter(piece => piece.length > 1 << 18).length === 1)
  encoder.encode(packetBatch([{ payload: Buffer.alloc(2000, 'z') }]))
  t.equal(Buffer.concat(pieces).toString(), before, 'and nothing is written to what came out')
  t.equal(before.split('\n').length, 902)
  t.end()
})

t.test('the reader and the writer are streams', async t => {
  const input = text(everyKind())
    .split('\n')
    .filter(line => !/"(chunk)"/.test(line))
    .join('\n')
  const bytes = Buffer.from(input)
  for (const size of [1, 7, 1000, bytes.length]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    )
    const out: Buffer[] = []
    await pipeline(
      Readable.from(pieces),
      new NdjsonReader({ recycle: true }),
      new NdjsonWriter(),
      async source => {
        for await (const piece of source) out.push(piece as Buffer)
      },
    )
    t.equal(Buffer.concat(out).toString(), input)
  }
  await t.rejects(
    pipeline(Readable.from([Buffer.from('?')]), new NdjsonReader({ strict: true }), new NdjsonWriter()),
    {
      code: 'ERR_NDJSON',
    },
  )
  const bad = packetBatch([{}]).derive({ extras: new Map([[0, { x: 1n }]]) })
  await t.rejects(
    pipeline(Readable.from([bad]), new NdjsonWriter(), async source => {
      for await (const piece of source) t.fail(String(piece))
    }),
    {
      code: 'ERR_FIELD',
    },
  )
})

t.test('released batches give their memory back, and no sooner', t => {
  const reader = new RecordReader({ recycle: true, payload: 'decode', lines: false })
  const first = [...reader.feed(Buffer.from(`{"type":"note"}\n${lineOf()}\n${lineOf({ flowInd: 1 })}\n`))]
  t.equal(first.length, 2)
  t.equal(first[0]!.slab, first[1]!.slab)
  const slab = first[0]!.slab
  first[0]!.release()
  const second = [...reader.feed(Buffer.from(`${lineOf()}\n`))]
  t.not(second[0]!.slab.buffer, slab.buffer, 'the other half is still in use')
  first[1]!.release()
  const third = [...reader.feed(Buffer.from('{"type":"x"}\n\n'))]
  t.equal(third[0]!.slab.buffer, slab.buffer)
  t.equal(
    (third[0]!.side[0] as RawLine).bytes.buffer === slab.buffer,
    false,
    'lines beside the rows are copies',
  )
  t.end()
})

t.test('split2 and stream-json read our lines', async t => {
  const lines = text(everyKind(), { chunks: true })
  const expected = lines
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const values: unknown[] = []
  await pipeline(Readable.from([Buffer.from(lines)]), split2(JSON.parse), async source => {
    for await (const value of source) values.push(value)
  })
  t.same(values, expected)
  const streamed: unknown[] = []
  const source = Readable.from([Buffer.from(lines)]).pipe(parser.asStream({ jsonStreaming: true }))
  for await (const { value } of source.pipe(streamValues.asStream())) streamed.push(value)
  t.same(streamed, expected)
})

t.test('a capture record is known by its captureId, the last one counts', t => {
  const record: CaptureRecord = { ...TEST_CAPTURE, size: 5, mtime: 6, compression: 'gzip' }
  const [batch] = read(
    `${JSON.stringify({ ...record, file: 'old' })}\n${JSON.stringify(record)}\n${lineOf()}`,
  )
  t.same(batch!.capture, record)
  t.equal(batch!.captures.length, 1)
  const [odd] = read(
    `{"type":"capture","captureId":"0123456789ab","file":1,"snaplen":"x","linkTypes":[1,"x"]}\n${lineOf()}`,
  )
  t.match(odd!.capture, { file: '-', format: 'pcap', snaplen: 0, linkTypes: [1], interfaces: [] })
  t.end()
})
