import t from 'tap'
import { ACK, FIN, RST, SYN } from './support/build-packets.ts'
import {
  A10,
  B10,
  C10,
  checkScenarios,
  client,
  handshake,
  ISN,
  PEER_ISN,
  type Scenario,
  server,
  syn,
  synAck,
} from './support/tcp-scenario.ts'

const isn = 900_000

/** The same ports again, from another initial sequence number. */
const second = [
  client(-1, '', { isn, flags: SYN, ack: 0 }),
  server(-1, '', { isn: 7_000_000, flags: SYN | ACK, ack: isn + 1 }),
  client(0, B10, { isn, ack: 7_000_001 }),
]
const closing = [
  client(10, '', { flags: ACK | FIN }),
  server(0, '', { flags: ACK | FIN, ack: ISN + 12 }),
  client(11, '', { ack: PEER_ISN + 2 }),
]

const SCENARIOS: Scenario[] = [
  {
    name: 's19 ports used again after a FIN',
    frames: [...handshake, client(0, A10), ...closing, ...second],
    streams: { '1A': A10, '2A': B10 },
  },
  {
    name: 's20 ports used again without a FIN',
    frames: [...handshake, client(0, A10), ...second, client(10, C10)],
    streams: { '1A': A10 + C10, '2A': B10 },
  },
  {
    // RFC 9293 section 3.6.1: nobody in TIME-WAIT takes a SYN that is not ahead of what was sent
    name: 'the same numbers again after both FINs are an old copy',
    frames: [...handshake, client(0, A10), ...closing, ...handshake, client(0, B10)],
    streams: { '1A': A10 },
    overlaps: [{ kept: 'old', offset: 0, length: 10 }],
  },
  {
    name: 's21 data in the SYN (TCP Fast Open)',
    frames: [
      client(-1, A10, { flags: SYN, ack: 0 }),
      server(-1, '', { flags: SYN | ACK, ack: ISN + 11 }),
      client(10, B10),
    ],
    streams: { '1A': A10 + B10 },
  },
  {
    name: 's22 SYN and SYN,ACK sent twice',
    frames: [syn, syn, synAck, synAck, client(0), client(0, A10)],
    streams: { '1A': A10 },
  },
  {
    name: 's23 FIN with data',
    frames: [...handshake, client(0, A10), client(10, B10, { flags: ACK | FIN })],
    streams: { '1A': A10 + B10 },
  },
  {
    name: 's24 FIN before the last data',
    frames: [...handshake, client(0, A10), client(20, '', { flags: ACK | FIN }), client(10, B10)],
    streams: { '1A': A10 + B10 },
  },
  {
    name: 's25 bytes past the FIN',
    frames: [...handshake, client(0, A10, { flags: ACK | FIN }), client(10, B10), client(20, C10)],
    streams: { '1A': A10 },
    stat: '0x13',
    notes: ['data-after-fin'],
    counters: { afterFinBytes: 20, rejectedBytes: 20 },
  },
  {
    name: 's26 a RST with another number than the next resets nothing',
    frames: [...handshake, client(0, A10), client(900, '', { flags: RST }), client(10, B10)],
    streams: { '1A': A10 + B10 },
    stat: '0x03',
  },
  {
    name: 's26 a RST from the other side, in the wrong place',
    frames: [...handshake, client(0, A10), server(77, '', { flags: RST }), client(10, B10), server(0, C10)],
    streams: { '1A': A10 + B10, '1B': C10 },
  },
  {
    name: 's27 data after a valid RST',
    frames: [...handshake, client(0, A10), client(10, '', { flags: RST }), client(10, B10), client(20, C10)],
    streams: { '1A': A10 },
    stat: '0x13',
    notes: ['data-after-rst'],
    counters: { afterRstBytes: 20, rejectedBytes: 20 },
  },
  {
    name: 'what was under way when the other side reset is data',
    frames: [...handshake, client(0, A10), server(0, '', { flags: RST }), client(10, B10)],
    streams: { '1A': A10 + B10 },
  },
  {
    name: 'a RST that the peer took no notice of was none',
    frames: [
      ...handshake,
      client(0, A10),
      client(10, '', { flags: RST }),
      server(0, '', { ack: ISN + 21 }),
      client(10, B10),
    ],
    streams: { '1A': A10 + B10 },
  },
  {
    name: 'a late copy of bytes before the RST, and one that goes on across it',
    frames: [
      ...handshake,
      client(0, A10),
      client(10, '', { flags: RST }),
      client(0, A10),
      client(5, 'AAAAABBBBB'),
    ],
    streams: { '1A': 'AAAAAAAAAABBBBB' },
  },
  {
    name: 'a refused connection that is tried again with the same number',
    frames: [
      syn,
      server(-1, '', { isn: -1 >>> 0, flags: RST | ACK, ack: ISN + 1 }),
      client(0, '', { flags: RST }),
      ...handshake,
      client(0, A10),
    ],
    streams: { '1A': A10 },
  },
  {
    name: 's28 text in a RST',
    frames: [...handshake, client(0, A10), client(10, 'go away', { flags: RST | ACK })],
    streams: { '1A': A10 },
    stat: '0x13',
    notes: ['rst-data'],
    counters: { rstBytes: 7 },
  },
  {
    name: 's32 simultaneous open',
    frames: [
      syn,
      server(-1, '', { flags: SYN, ack: 0 }),
      client(-1, '', { flags: SYN | ACK }),
      synAck,
      client(0, A10),
      server(0, B10),
    ],
    streams: { '1A': A10, '1B': B10 },
  },
  {
    name: 'a gap before the FIN',
    frames: [...handshake, client(0, A10), client(20, C10, { flags: ACK | FIN })],
    streams: { '1A': `${A10}..........${C10}` },
    gaps: [[10, 10, 'absent']],
  },
]

t.test('where TCP streams begin and end', async t => checkScenarios(t, SCENARIOS))
