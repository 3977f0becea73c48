import t from 'tap'
import { ACK, FIN, SYN } from './support/build-packets.ts'
import {
  A10,
  B10,
  C10,
  checkScenarios,
  client,
  HOLE10,
  handshake,
  ISN,
  type Oddity,
  PEER_ISN,
  type Scenario,
  server,
  syn,
  synAck,
} from './support/tcp-scenario.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** A client whose byte `at` has sequence number 0. */
const wrapping = (
  at: number,
): ((offset: number, payload?: string, odd?: Oddity) => ReturnType<typeof client>) => {
  const isn = (2 ** 32 - at - 1) >>> 0
  return (offset, payload = '', odd = {}) => client(offset, payload, { isn, ...odd })
}
const wrap5 = wrapping(5)
const wrap20 = wrapping(20)
/** 40 GB in steps just short of the window. */
const STEP = 2 ** 29

const SCENARIOS: Scenario[] = [
  {
    name: 's01 in order',
    frames: [...handshake, client(0, A10), client(10, B10), client(20, C10)],
    streams: { '1A': A10 + B10 + C10 },
    stat: '0x03',
    counters: { writtenBytes: 30, gaps: 0 },
  },
  {
    name: 's02 out of order after the handshake',
    frames: [...handshake, client(10, B10), client(20, C10), client(0, A10)],
    streams: { '1A': A10 + B10 + C10 },
    stat: '0x03',
  },
  {
    name: 's03 exact retransmissions',
    frames: [...handshake, client(0, A10), client(0, A10), client(10, B10), client(10, B10)],
    streams: { '1A': A10 + B10 },
    stat: '0x03',
    counters: { duplicateBytes: 20, conflicts: 0, uncomparedBytes: 0 },
  },
  {
    name: 's04 partial overlap, same bytes',
    frames: [...handshake, client(0, A10), client(5, 'AAAAABBBBB'), client(15, 'BBBBB')],
    streams: { '1A': A10 + B10 },
    counters: { duplicateBytes: 5, conflicts: 0 },
  },
  {
    name: 's05 other bytes after delivery and acknowledgement',
    frames: [
      ...handshake,
      client(0, A10),
      server(0, '', { ack: ISN + 11 }),
      client(0, 'xxAAAAAAxA'),
      client(10, B10),
    ],
    streams: { '1A': A10 + B10 },
    overlaps: [
      {
        pktNo: 6,
        firstPktNo: 4,
        offset: 0,
        length: 9,
        kept: 'old',
        compared: true,
        old: base64('AAAAAAAAA'),
        new: base64('xxAAAAAAx'),
      },
    ],
    counters: { conflicts: 1, conflictBytes: 9 },
  },
  {
    name: 's06–s10 other bytes while there is a hole: by default the first copy stays',
    frames: [...handshake, client(10, B10), client(5, 'xxxxxxxxxxxxxxxxxxxx'), client(0, A10)],
    streams: { '1A': 'AAAAAxxxxxBBBBBBBBBBxxxxx' },
    overlaps: [
      { kept: 'old', offset: 10, length: 10 },
      { kept: 'old', offset: 5, length: 5 },
    ],
  },
  {
    name: 's07 as BSD decides',
    frames: [...handshake, client(10, '1111111111'), client(5, '2222222222'), client(0, 'AAAAA')],
    options: { overlap: 'bsd' },
    streams: { '1A': 'AAAAA222222222211111'.replace('1111122222', '2222211111') },
    overlaps: [{ kept: 'new', offset: 10, length: 5, old: base64('11111'), new: base64('22222') }],
    counters: { writtenBytes: 20, overwrittenBytes: 5 },
  },
  {
    name: 's11 a gap that the peer acknowledged',
    frames: [...handshake, client(0, A10), client(20, C10), server(0, '', { ack: ISN + 31 })],
    streams: { '1A': A10 + HOLE10 + C10 },
    gaps: [[10, 10, 'absent']],
  },
  {
    name: 's12 a gap that nobody acknowledged, and the end of the capture',
    frames: [...handshake, client(0, A10), client(20, C10)],
    streams: { '1A': A10 + HOLE10 + C10 },
    gaps: [[10, 10, 'absent']],
  },
  {
    name: 's13 keep-alives with a byte of garbage and without one',
    frames: [...handshake, client(0, A10), client(9, '\0'), client(9), client(10, B10)],
    streams: { '1A': A10 + B10 },
    stat: '0x13',
    counters: { keepAlives: 2, keepAliveBytes: 1 },
  },
  {
    name: 's14 zero-window probe with a real byte that is sent again',
    frames: [
      ...handshake,
      client(0, A10),
      server(0, '', { ack: ISN + 11, win: 0 }),
      client(10, 'B'),
      server(0, '', { ack: ISN + 11, win: 0 }),
      client(10, B10),
    ],
    streams: { '1A': A10 + B10 },
    counters: { duplicateBytes: 1, conflicts: 0 },
  },
  {
    name: 's15 sequence numbers wrap',
    frames: [
      wrap5(-1, '', { flags: SYN, ack: 0 }),
      server(-1, '', { flags: SYN | ACK, ack: 2 ** 32 - 5 }),
      wrap5(0),
      wrap5(0, A10),
      wrap5(10, B10),
      wrap5(20, C10),
    ],
    streams: { '1A': A10 + B10 + C10 },
  },
  {
    name: 's16 wrap and reordering',
    frames: [
      wrap20(-1, '', { flags: SYN, ack: 0 }),
      server(-1, '', { flags: SYN | ACK, ack: 2 ** 32 - 20 }),
      wrap20(10, B10),
      wrap20(20, C10),
      wrap20(0, A10),
    ],
    streams: { '1A': A10 + B10 + C10 },
  },
  {
    name: 'wraps that happen ten times, the bytes between not captured but acknowledged',
    frames: Array.from({ length: 80 }, (_, i) => [
      server(0, '', { ack: (ISN + 1 + i * STEP) >>> 0 }),
      client(i * STEP, 'x'),
    ]).flat(),
    options: { maxBytes: 3 },
    streams: { '1A': 'x..' },
    gaps: [[1, 2, 'absent']],
    counters: { writtenBytes: 1, beyondMaxBytes: 79, outOfWindow: 0 },
  },
  {
    name: 's17 picked up in the middle',
    frames: [client(0, A10), client(10, B10), client(20, C10)],
    streams: { '1A': A10 + B10 + C10 },
  },
  {
    name: 's18 picked up in the middle, the first bytes come second',
    frames: [client(10, B10), client(0, A10), client(20, C10)],
    streams: { '1A': A10 + B10 + C10 },
  },
  {
    name: 'picked up in the middle, the stream grows to the left several times, across a wrap',
    frames: [wrap20(40, C10), wrap20(10, B10), wrap20(0, A10), wrap20(25, 'DDDDD')],
    streams: { '1A': `${A10}${B10}.....DDDDD${HOLE10}${C10}` },
    gaps: [
      [20, 5, 'absent'],
      [30, 10, 'absent'],
    ],
  },
  {
    name: 'recovered by selective acknowledgements alone',
    frames: [
      ...handshake,
      client(0, A10),
      client(20, C10),
      server(0, '', { ack: ISN + 11, options: Buffer.from([1, 1, 5, 10, 0, 0, 3, 253, 0, 0, 4, 7]) }),
      client(10, B10),
      server(0, '', { ack: ISN + 31 }),
    ],
    streams: { '1A': A10 + B10 + C10 },
  },
  {
    name: 'half closed: the server goes on for minutes',
    frames: [
      ...handshake.map((frame, i) => ({
        ...(frame as { bytes: Uint8Array }),
        time: [100 + i, 0] as [number, number],
      })),
      client(0, A10, { flags: ACK | FIN, time: [110, 0] }),
      ...[0, 1, 2, 3, 4].map(i => server(10 * i, B10, { ack: ISN + 12, time: [170 + 60 * i, 0] })),
    ],
    streams: { '1A': A10, '1B': B10.repeat(5) },
  },
  {
    name: 'signed segments (TCP-MD5, TCP-AO): options are no payload',
    frames: [
      syn,
      synAck,
      client(0, A10, { options: Buffer.from([19, 18, ...new Array<number>(16).fill(0x41)]) }),
      client(10, B10, { options: Buffer.from([29, 16, ...new Array<number>(14).fill(0x42)]) }),
    ],
    streams: { '1A': A10 + B10 },
  },
  {
    name: 'time that goes back moves no byte',
    frames: [
      client(0, A10, { time: [1000, 0] }),
      client(10, B10, { time: [990, 0] }),
      server(0, C10, { time: [1001, 0], ack: PEER_ISN }),
      client(20, C10, { time: [995, 0] }),
    ],
    streams: { '1A': A10 + B10 + C10, '1B': C10 },
  },
]

t.test('TCP streams', async t => checkScenarios(t, SCENARIOS))
