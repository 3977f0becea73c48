import type { Test } from 'tap'
import { OVERLAP_POLICIES } from '../../lib/payload/overlap-policy.ts'
import { pcap, type TestFrame } from './build-capture.ts'
import {
  ACK,
  ETHERTYPE,
  ethernet,
  ethernetPadded,
  type Ipv4Header,
  ipv4,
  PROTO,
  SYN,
  type TcpHeader,
  tcp,
  vlan,
} from './build-packets.ts'
import { runStreet, type StreetOptions } from './street.ts'

export const [A10, B10, C10, HOLE10] = ['A', 'B', 'C', '.'].map(sign => sign.repeat(10)) as [
  string,
  string,
  string,
  string,
]

/** Initial sequence numbers of client (10.0.0.1:40000) and server (10.0.0.2:80). */
export const ISN = 1000
export const PEER_ISN = 5000

/** What may be odd about a segment. */
export interface Oddity extends Omit<Partial<TcpHeader>, 'seq'> {
  ip?: Partial<Ipv4Header>
  vid?: number
  /** Initial sequence number, if it is not the usual one. */
  isn?: number
  time?: [sec: number, nsec: number]
  /** Bytes captured of the frame. */
  snap?: number
  /** The frame is filled up to the least that Ethernet takes. */
  padded?: boolean
  badChecksum?: boolean
}

/** A segment; `at` is the offset in its stream of its first byte, −1 that of the SYN. */
function segment(fromClient: boolean, at: number, payload: string, odd: Oddity): TestFrame {
  const ends = { src: '10.0.0.1', dst: '10.0.0.2' }
  const { src, dst } = fromClient ? ends : { src: ends.dst, dst: ends.src }
  const isn = odd.isn ?? (fromClient ? ISN : PEER_ISN)
  const header = {
    srcPort: fromClient ? 40000 : 80,
    dstPort: fromClient ? 80 : 40000,
    ack: (fromClient ? PEER_ISN : ISN) + 1,
    flags: ACK,
    ...odd,
    seq: (isn + 1 + at) >>> 0,
  }
  const bytes = tcp(header, payload, { src, dst })
  if (odd.badChecksum) bytes[16]! ^= 0x55
  const packet = ipv4({ src, dst, proto: PROTO.tcp, ...odd.ip }, bytes)
  const inner = odd.vid === undefined ? packet : vlan({ vid: odd.vid, type: ETHERTYPE.ipv4 }, packet)
  const plain = ethernet({ type: odd.vid === undefined ? ETHERTYPE.ipv4 : ETHERTYPE.vlan }, inner)
  const frame = odd.padded ? ethernetPadded(plain) : plain
  return {
    bytes: frame.subarray(0, odd.snap ?? frame.length),
    wireLen: frame.length,
    ...(odd.time === undefined ? {} : { time: odd.time }),
  }
}

export const client = (at: number, payload = '', odd: Oddity = {}): TestFrame =>
  segment(true, at, payload, odd)
export const server = (at: number, payload = '', odd: Oddity = {}): TestFrame =>
  segment(false, at, payload, odd)

export const syn = client(-1, '', { flags: SYN, ack: 0 })
export const synAck = server(-1, '', { flags: SYN | ACK })
export const handshake = [syn, synAck, client(0)]

/** The timestamps option behind two fillers. */
export const timestamps = (value: number, echo = 0): Buffer => {
  const option = Buffer.from([1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0])
  option.writeUInt32BE(value >>> 0, 4)
  option.writeUInt32BE(echo >>> 0, 8)
  return option
}

/** A capture and what has to come of it. */
export interface Scenario {
  name: string
  frames: TestFrame[]
  options?: StreetOptions
  /** The streams by flow and direction, `.` for missing bytes; flows that are not named have no payload. */
  streams: Record<string, string>
  /** Gaps of the first stream that is named, and pldStat of its flow. */
  gaps?: [offset: number, length: number, reason: string][]
  stat?: string
  /** Codes of all notes in their order; none if left out. */
  notes?: string[]
  /** Overlap records, those of their members that matter. */
  overlaps?: object[]
  counters?: Record<string, number>
}

/** Where all copies of a byte are the same, or none is queued when another comes, every policy gives the same streams. */
async function checkPolicies(
  t: Test,
  { name, frames, options = {}, streams, overlaps }: Scenario,
): Promise<void> {
  if (overlaps !== undefined || options.overlap !== undefined) return
  await t.test(`${name}, under every policy`, async t => {
    for (const overlap of OVERLAP_POLICIES) {
      const got = await runStreet(pcap(frames), { ...options, overlap })
      const full = Object.fromEntries(Object.entries(got.streams).filter(([, text]) => text !== ''))
      t.strictSame(full, streams, overlap)
    }
  })
}

/** One test a scenario: through the stages, and through the stages with lines between them. */
export async function checkScenarios(t: Test, scenarios: readonly Scenario[]): Promise<void> {
  for (const scenario of scenarios) await checkPolicies(t, scenario)
  for (const {
    name,
    frames,
    options = {},
    streams,
    gaps,
    stat,
    notes = [],
    overlaps,
    counters,
  } of scenarios) {
    for (const lines of [false, true]) {
      await t.test(lines ? `${name}, in lines` : name, async t => {
        const got = await runStreet(pcap(frames), options, { lines })
        const full = Object.fromEntries(Object.entries(got.streams).filter(([, text]) => text !== ''))
        t.strictSame(full, streams, 'streams')
        const flow = got.flows[Object.keys(streams)[0] ?? '1A']!
        const told = flow.pldGaps!.map(gap => [gap.offset, gap.length, gap.reason])
        t.strictSame(told, gaps ?? [], 'gaps')
        if (stat !== undefined) t.equal(flow.pldStat, stat)
        t.strictSame(
          got.notes.map(({ code }) => code),
          notes,
          'notes',
        )
        if (overlaps !== undefined) t.match(got.overlaps, overlaps)
        t.equal(got.overlaps.length, overlaps?.length ?? 0, 'overlap records')
        if (counters !== undefined) t.match(got.summary, counters)
        const { summary } = got
        const parts = ['written', 'duplicate', 'overwritten', 'rejected', 'urgent', 'beyondMax', 'stripped']
        const sum = parts.reduce((all, part) => all + Number(summary[`${part}Bytes`]), 0)
        t.equal(summary.payloadBytes, sum, 'the counters add up')
      })
    }
  }
}
