import t from 'tap'
import { pieceText } from '../lib/follow/follow-format.ts'
import type { Piece } from '../lib/follow/follow-piece.ts'
import { follow } from './support/follow-run.ts'
import type { TestPacket } from './support/packet-batch.ts'

const A = { flowInd: 1, dir: 0, time: [1, 0] } as const
const B = {
  flowInd: 1,
  dir: 1,
  src: [0x0a00_0002],
  dst: [0x0a00_0001],
  srcPort: 80,
  dstPort: 40000,
  time: [2, 0],
} as const

const DIALOGUE: TestPacket[] = [
  { ...A, tcpFlags: 2, tcpSeq: 99 },
  { ...B, tcpFlags: 0x12, tcpSeq: 199 },
  { ...A, tcpSeq: 100, payload: 'USER me\r\n' },
  { ...B, tcpSeq: 200, payload: '331 who?\r\n' },
  { ...A, tcpSeq: 109, payload: 'PASS x' },
  { ...A, tcpSeq: 115, payload: '\r\n' },
  { ...B, tcpSeq: 210, payload: '230 in\x1b[2J\x00' },
] as TestPacket[]

const LOSSY = DIALOGUE.toSpliced(4, 1)

t.test('ascii: what both said, with dots for what does not print, ending in a line end', async t => {
  t.equal(follow(DIALOGUE), 'USER me\r\n331 who?\r\nPASS x\r\n230 in.[2J.\n')
})

t.test('one direction, and batches of any size', async t => {
  t.equal(follow(DIALOGUE, { dir: 'A' }), 'USER me\r\nPASS x\r\n')
  t.equal(follow(DIALOGUE, { dir: 'B' }, {}, 1), '331 who?\r\n230 in.[2J.\n')
})

t.test('colours: A red, B blue, around each turn; never around raw bytes', async t => {
  const text = follow(DIALOGUE, { color: true })
  const turns = ['\x1b[31mUSER me\r\n', '\x1b[34m331 who?\r\n', '\x1b[31mPASS x\r\n', '\x1b[34m230 in.[2J.']
  t.equal(text, `${turns.map(turn => `${turn}\x1b[0m`).join('')}\n`)
  t.equal(follow(DIALOGUE, { color: true, format: 'raw' }), follow(DIALOGUE, { format: 'raw' }))
})

t.test('raw: the bytes as they are', async t => {
  t.equal(follow(DIALOGUE, { format: 'raw', dir: 'B' }), '331 who?\r\n230 in\x1b[2J\x00')
})

t.test('hex: offsets in the stream, direction B set in, 80 columns at most', async t => {
  const rows = follow(DIALOGUE, { format: 'hex' }).split('\n')
  t.equal(rows[0], `00000000  55 53 45 52 20 6d 65 0d  0a${' '.repeat(23)}USER me..`)
  t.match(rows[1], /^ {4}00000000 {2}33 33 31/)
  t.match(rows[2], /^00000009 {2}50 41 53 53 20 78 0d 0a {2}/)
  t.ok(rows.every(row => row.length <= 80))
})

t.test('base64: a line a turn', async t => {
  const turns = follow(DIALOGUE, { format: 'base64' }).trimEnd().split('\n')
  t.same(
    turns.map(turn => Buffer.from(turn, 'base64').toString('latin1')),
    ['USER me\r\n', '331 who?\r\n', 'PASS x\r\n', '230 in\x1b[2J\x00'],
  )
})

t.test('json: an object for the bytes of each packet', async t => {
  const objects = follow(DIALOGUE, { format: 'json' })
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  t.same(objects[1], {
    flow: 1,
    dir: 'B',
    packet: 4,
    timestamp: '2.000000',
    srcIP: '10.0.0.2',
    srcPort: 80,
    dstIP: '10.0.0.1',
    dstPort: 40000,
    proto: 6,
    seq: 200,
    offset: 0,
    length: 10,
    payload: Buffer.from('331 who?\r\n').toString('base64'),
  })
  t.same(
    objects.map(({ packet, offset }) => [packet, offset]),
    [
      [3, 0],
      [4, 0],
      [5, 9],
      [6, 15],
      [7, 10],
    ],
  )
})

t.test('boxes of packets, with client packets, server packets and turns in the end', async t => {
  const text = follow(DIALOGUE, { packets: true })
  t.match(
    text,
    /={80}\nPacket 3 \(9 bytes\): flow 1 A 10\.0\.0\.1:40000 -> 10\.0\.0\.2:80 TCP seq: 100\n={80}\nUSER/,
  )
  t.match(text, /PASS x\n={80}\nPacket 6 \(2 bytes\)/)
  t.match(text, /\n3 client packets, 2 server packets, 4 turns\.\n$/)
})

t.test('gaps: a line, zeros, or nothing', async t => {
  t.equal(follow(LOSSY, { dir: 'A' }), 'USER me\r\n[gap of 6 bytes: absent]\n\r\n')
  t.equal(follow(LOSSY, { dir: 'A', gap: 'zero' }), 'USER me\r\n......\r\n')
  t.equal(follow(LOSSY, { dir: 'A', gap: 'skip' }), 'USER me\r\n\r\n')
  t.equal(follow(LOSSY, { dir: 'A', format: 'raw' }), `USER me\r\n${'\0'.repeat(6)}\r\n`)
  t.equal(
    follow(LOSSY, { dir: 'A', format: 'raw', gap: 'marker' }),
    'USER me\r\n\n[gap of 6 bytes: absent]\n\r\n',
  )
  const [, gap] = follow(LOSSY, { dir: 'A', format: 'json' }).split('\n')
  t.match(JSON.parse(gap!), { flow: 1, dir: 'A', srcIP: '10.0.0.1', offset: 9, length: 6, gap: 'absent' })
  t.equal(follow(LOSSY, { format: 'json', gap: 'skip' }).includes('"gap"'), false)
})

t.test('several conversations: a line in front of each, none of raw bytes', async t => {
  const two = [...DIALOGUE, ...DIALOGUE.map(packet => ({ ...packet, flowInd: 2 }))]
  const text = follow(two, { headers: true })
  t.match(text, /^==> flow 1: 10\.0\.0\.1:40000 <-> 10\.0\.0\.2:80 TCP <==\nUSER/)
  t.match(text, /\n\n==> flow 2: /)
  t.equal(follow(two, { flows: [2] }), follow(DIALOGUE))
  t.equal(follow(two, { headers: true, format: 'raw' }), follow(DIALOGUE, { format: 'raw' }).repeat(2))
})

t.test('datagrams are lines of their own, and say what was cut off', async t => {
  const datagrams = [
    { ...A, l4Proto: 17, payload: 'one' },
    { ...A, l4Proto: 17, payload: 'tw', l7Len: 3 },
    { ...B, l4Proto: 17, payload: 'three' },
  ] as TestPacket[]
  t.equal(follow(datagrams), 'one\ntw\n[gap of 1 bytes: snaplen]\nthree\n')
  t.equal(follow(datagrams, { format: 'raw' }), 'onetwthree')
  t.match(follow(datagrams, { packets: true }), /Packet 1 \(3 bytes\): flow 1 A \S+ -> \S+ UDP\n/)
})

t.test('frames without IP and IPv6 addresses are named', async t => {
  const frame = { flowInd: 1, family: 0, ethType: 0x2000, payload: 'cdp' }
  const l2 = follow([frame], { headers: true }, { l2: true })
  t.equal(l2, '==> flow 1: 02:00:00:00:00:01 <-> 02:00:00:00:00:02 0x2000 <==\ncdp\n')
  t.match(JSON.parse(follow([frame], { format: 'json' }, { l2: true })), {
    srcMac: '02:00:00:00:00:01',
    ethType: '0x2000',
  })
  const v6 = {
    flowInd: 1,
    family: 6,
    src: [0x2001_0db8, 0, 0, 1],
    dst: [0x2001_0db8, 0, 0, 2],
    vlan: 12,
    payload: 'x',
  }
  t.match(follow([v6], { headers: true }), /flow 1: \[2001:db8::1\]:40000 <-> \[2001:db8::2\]:80 TCP/)
  t.match(JSON.parse(follow([v6], { format: 'json' })), { vlan: [12] })
})

t.test('on a terminal a carriage return that ends no line is a dot', async t => {
  const piece = {} as Piece
  const text = pieceText('ascii', true)
  const put = (bytes: string): string =>
    Buffer.from(text.put(piece, Buffer.from(bytes, 'latin1'))).toString('latin1')
  t.equal(
    put('secret\rnothing\r\n') + put('a\r') + put('\nb\r') + put('c\r') + text.end(),
    'secret.nothing\r\na\r\nb.c.',
  )
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  const shown = Buffer.from(text.put(piece, all))
  t.ok(shown.every(byte => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10))
})

t.test('what was asked for and is not there is told', async t => {
  t.equal(follow(DIALOGUE, { flows: [7] }), '')
})
