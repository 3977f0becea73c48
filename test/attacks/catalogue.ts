import { hashFlood } from './hash-flood.ts'
import type { AttackFrame } from './write-capture.ts'

/** A capture that is to exhaust who reads it. */
export interface Attack {
  name: string
  /** How many packets (or flows, where it says so) in the tests, and in the nightly run. */
  size: number
  fullSize: number
  /** Options of pldump. */
  options?: string[]
  frames: (size: number) => Iterable<AttackFrame>
  /** What the run may take in memory at its full size (bytes). */
  memory: number
  /** Counters of the summaries that have to come out. */
  expect: (size: number) => Record<string, Record<string, number>>
}

const MIB = 2 ** 20
const BYTE = Uint8Array.of(0x61)
/** Far from both ends of the sequence numbers. */
const SEQ = 0x4000_0000
const JUMP = 2 ** 24
/** What lies farther apart than a GiB is in no window. */
const JUMPS = 54

/** Reproducible numbers below 2^32 (a linear congruential generator). */
function numbers(seed = 1): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state
  }
}

function bytes(length: number, next: () => number): Uint8Array {
  return Uint8Array.from({ length }, () => next() >>> 24)
}

export const ATTACKS: readonly Attack[] = [
  {
    name: 'one-byte segments in descending order',
    size: 100_000,
    fullSize: 1_000_000,
    memory: 400 * MIB,
    *frames(size) {
      for (let i = 0; i < size; i++) yield { seq: SEQ - i, payload: BYTE }
    },
    expect: size => ({ payload: { writtenBytes: size, gaps: 0 }, sink: { files: 1, bytes: size } }),
  },
  {
    name: 'every second byte, then the holes',
    size: 100_000,
    fullSize: 2_000_000,
    memory: 500 * MIB,
    *frames(size) {
      for (let i = 0; i < size / 2; i++) yield { seq: SEQ + 2 * i, payload: BYTE }
      for (let i = 0; i < size / 2; i++) yield { seq: SEQ + 2 * i + 1, payload: BYTE }
    },
    expect: size => ({ payload: { writtenBytes: size, gaps: 0 }, sink: { files: 1 } }),
  },
  {
    name: 'every second byte, and the holes stay',
    size: 150_000,
    fullSize: 2_000_000,
    memory: 500 * MIB,
    *frames(size) {
      for (let i = 0; i < size; i++) yield { seq: SEQ + 2 * i, payload: BYTE }
    },
    expect: size => ({ payload: { gaps: size - 1, gapBytes: size - 1, unlistedGaps: size - 1 - 65_536 } }),
  },
  {
    name: 'every second byte on the console',
    size: 100_000,
    fullSize: 1_000_000,
    options: ['-c'],
    memory: 500 * MIB,
    *frames(size) {
      yield { seq: SEQ - 10, payload: BYTE }
      for (let i = size; i > 0; i--) yield { seq: SEQ + 2 * i, payload: BYTE }
    },
    // no report goes with the console
    expect: () => ({}),
  },
  {
    name: 'sequence jumps, and a byte in front (flows)',
    size: 20,
    fullSize: 2000,
    memory: 300 * MIB,
    *frames(size) {
      for (let flow = 0; flow < size; flow++) {
        for (let i = 0; i < JUMPS; i++) yield { srcPort: flow, seq: SEQ + i * (JUMP - 1), payload: BYTE }
        for (let i = 1; i < 8; i++) yield { srcPort: flow, seq: SEQ - i * (JUMP - 1), payload: BYTE }
      }
    },
    expect: size => ({
      payload: { writtenBytes: size * (JUMPS + 7) },
      sink: { files: size, failedFiles: 0 },
    }),
  },
  {
    name: 'overlapping segments that differ',
    size: 20_000,
    fullSize: 500_000,
    options: ['--overlap', 'linux'],
    memory: 500 * MIB,
    *frames(size) {
      const next = numbers()
      const payload = bytes(400, next)
      for (let i = 0; i < size; i++) {
        payload[next() % 400] = i & 0xff
        // a byte in front is missing for ever, so that all waits behind it
        yield { seq: SEQ + 2 + (next() % 60_000), payload }
      }
    },
    expect: size => ({ payload: { payloadBytes: 400 * size } }),
  },
  {
    name: 'first fragments of datagrams without end',
    size: 100_000,
    fullSize: 5_000_000,
    memory: 300 * MIB,
    *frames(size) {
      const payload = new Uint8Array(8)
      for (let i = 0; i < size; i++)
        yield { proto: 17, id: i, src: 0x0a00_0000 + (i >>> 16), fragment: 0x2000, payload }
    },
    expect: size => ({ decode: { packets: size } }),
  },
  {
    name: 'overlapping fragments of one datagram',
    size: 100_000,
    fullSize: 2_000_000,
    memory: 300 * MIB,
    *frames(size) {
      const next = numbers()
      const payload = new Uint8Array(1024)
      for (let i = 0; i < size; i++)
        yield { proto: 17, id: 7, fragment: 0x2000 | ((next() % 8000) | 1), payload }
    },
    expect: size => ({ decode: { packets: size } }),
  },
  {
    name: 'flows in turns, one packet each (flows, 3 rounds)',
    size: 4000,
    fullSize: 100_000,
    options: ['--max-open-files', '256'],
    memory: 400 * MIB,
    *frames(size) {
      for (let round = 0; round < 3; round++) {
        for (let flow = 0; flow < size; flow++) yield { proto: 17, src: 0x0b00_0000 + flow, payload: BYTE }
      }
    },
    expect: size => ({ sink: { files: size, bytes: 3 * size, maxOpen: Math.min(256, size) } }),
  },
  {
    name: 'a flow for each packet',
    size: 200_000,
    fullSize: 10_000_000,
    options: ['--no-files'],
    memory: 4500 * MIB,
    *frames(size) {
      for (let i = 0; i < size; i++) yield { proto: 17, src: 0x0b00_0000 + i, payload: BYTE }
    },
    expect: size => ({ flow: { flows: size, endedByTableFull: 0 } }),
  },
  {
    name: 'a flow for each packet, 100,000 at a time',
    size: 200_000,
    fullSize: 10_000_000,
    options: ['--no-files', '--max-flows', '100000'],
    memory: 400 * MIB,
    *frames(size) {
      for (let i = 0; i < size; i++) yield { proto: 17, src: 0x0b00_0000 + i, payload: BYTE }
    },
    expect: size => ({ flow: { flows: size, endedByTableFull: size - 100_000, maxFlowsInMemory: 100_000 } }),
  },
  {
    name: 'conversations aimed at one place of the table',
    size: 65_536,
    fullSize: 65_536,
    options: ['--no-files'],
    memory: 300 * MIB,
    *frames(size) {
      const { key } = hashFlood()[0]!
      for (let row = 0; row < size; row++) {
        const { words, port } = key(row)
        yield { proto: 17, src: words[0]!, dst: words[4]!, srcPort: port, payload: BYTE }
      }
    },
    expect: size => ({ flow: { flows: size } }),
  },
  {
    name: 'clocks that jump back and forth',
    size: 100_000,
    fullSize: 3_000_000,
    options: ['--no-files'],
    memory: 800 * MIB,
    *frames(size) {
      const next = numbers()
      for (let i = 0; i < size; i++) {
        const sec = [0, 1_000_000_000, 2_000_000_000 + (next() % 1000), next()][i % 4]!
        yield { sec, src: 0x0b00_0000 + (next() % 1000), seq: SEQ + i, payload: BYTE }
      }
    },
    expect: size => ({ flow: { packets: size }, payload: { payloadBytes: size } }),
  },
  {
    name: 'datagrams that were cut, a gap for each',
    size: 100_000,
    fullSize: 3_000_000,
    memory: 400 * MIB,
    *frames(size) {
      for (let i = 0; i < size; i++) yield { proto: 17, payload: BYTE, cut: 999 }
    },
    expect: size => ({ payload: { gaps: size, gapBytes: 999 * size, unlistedGaps: size - 65_536 } }),
  },
]
