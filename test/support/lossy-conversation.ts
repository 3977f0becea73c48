import fc from 'fast-check'
import type { Gap } from '../../lib/records.ts'
import type { TestFrame } from './build-capture.ts'
import { ACK, ipv4, ipv6, SYN, tcp } from './build-packets.ts'
import { fragments, type IpPacket, LINKS, TUNNELS } from './wrap-packets.ts'

/** Bytes that each side has to say. */
const LENGTH = 3000
const PORTS = [40_000, 80] as const
const ENDS = {
  4: ['10.0.0.1', '10.0.0.2'],
  6: ['2001:db8::1', '2001:db8::2'],
} as const

/** One transmission of a stretch of what one side says. */
interface Segment {
  dir: 0 | 1
  at: number
  length: number
  /** Not captured at all. */
  lost: boolean
  /** Most payload of a fragment, 0: the packet is whole; and the tunnel, counted from the inside, that is cut up. */
  fragment: number
  level: number
  /** Fragments come in reverse; one of them, by its number, was not captured. */
  reversed: boolean
  lostFragment: number
}

export interface Conversation {
  family: 4 | 6
  link: string
  tunnels: string[]
  /** Initial sequence numbers. */
  isn: [number, number]
  segments: Segment[]
  /** Bytes captured of a frame, 0: all. */
  snaplen: number
}

const sequence = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.integer({ min: 2 ** 32 - LENGTH, max: 2 ** 32 - 1 }),
)

/** Conversations of any order, loss, repetition and re-segmentation, in up to three tunnels, fragmented, snapped. */
export const conversation: fc.Arbitrary<Conversation> = fc.record({
  family: fc.constantFrom(4, 6),
  link: fc.constantFrom(...Object.keys(LINKS)),
  tunnels: fc.array(fc.constantFrom(...Object.keys(TUNNELS)), { maxLength: 3 }),
  isn: fc.tuple(sequence, sequence),
  segments: fc.array(
    fc.record({
      dir: fc.constantFrom(0, 1),
      at: fc.integer({ min: 0, max: LENGTH - 2 }),
      // one byte alone just before the end is a keep-alive, and meant to be left out
      length: fc.integer({ min: 2, max: 1400 }),
      lost: fc.integer({ min: 0, max: 9 }).map(n => n === 0),
      fragment: fc.constantFrom(0, 0, 0, 64, 256, 512),
      level: fc.integer({ min: 0, max: 3 }),
      reversed: fc.boolean(),
      lostFragment: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 9 })),
    }),
    { minLength: 1, maxLength: 30 },
  ),
  snaplen: fc.oneof(fc.constant(0), fc.integer({ min: 60, max: 1600 })),
}) as fc.Arbitrary<Conversation>

/** The byte at an offset of what a side says. */
const said = (dir: number, at: number): number => (at * 7 + (at >> 8) * 3 + dir * 101 + 1) & 0xff

/** The frames on which a TCP segment travels. */
function wrap(
  c: Conversation,
  dir: number,
  segment: Buffer,
  s: Pick<Segment, 'fragment' | 'level'>,
  id: number,
): Buffer[] {
  const [src, dst] = dir === 0 ? ENDS[c.family] : ([ENDS[c.family][1], ENDS[c.family][0]] as const)
  const whole = c.family === 4 ? ipv4({ src, dst, proto: 6 }, segment) : ipv6({ src, dst, next: 6 }, segment)
  let packets: IpPacket[] = [{ family: c.family, bytes: whole }]
  const level = Math.min(s.level, c.tunnels.length)
  for (let depth = 0; depth <= c.tunnels.length; depth++) {
    if (depth === level && s.fragment > 0)
      packets = packets.flatMap(packet => fragments(packet, s.fragment, id))
    if (depth < c.tunnels.length) packets = packets.map(TUNNELS[c.tunnels[depth]!]!)
  }
  return packets.map(LINKS[c.link]!)
}

const header = (c: Conversation, dir: number, seq: number, flags: number) => ({
  srcPort: PORTS[dir]!,
  dstPort: PORTS[1 - dir]!,
  seq: (c.isn[dir]! + seq) >>> 0,
  ack: flags === SYN ? 0 : (c.isn[1 - dir]! + 1) >>> 0,
  flags,
})

/** What was captured of a transmission: −1 not even its headers, else how many bytes of its payload. */
function captured(c: Conversation, { lost, lostFragment, length }: Segment, frames: Buffer[]): number {
  if (lost || (frames.length > 1 && lostFragment >= 0 && lostFragment < frames.length)) return -1
  if (c.snaplen === 0) return length
  if (frames.length > 1) return frames.every(frame => frame.length <= c.snaplen) ? length : -1
  const headers = frames[0]!.length - length
  return c.snaplen < headers ? -1 : Math.min(length, c.snaplen - headers)
}

/** What a direction has to give. */
export interface Expected {
  bytes: Buffer
  gaps: Gap[]
}

/** The frames of the capture, and what each direction has to give. */
export function build(c: Conversation): { frames: TestFrame[]; expected: [Expected, Expected] } {
  const frames: TestFrame[] = []
  const state = [0, 1].map(() => new Array<Gap['reason'] | 'captured'>(LENGTH).fill('absent'))
  const ends = [0, 0]
  const add = (frame: Buffer): void => {
    const isCut = c.snaplen > 0 && frame.length > c.snaplen
    frames.push(isCut ? { bytes: frame.subarray(0, c.snaplen), wireLen: frame.length } : { bytes: frame })
  }
  const whole = { fragment: 0, level: 0 }
  for (const dir of [0, 1]) {
    const flags = dir === 0 ? SYN : SYN | ACK
    for (const frame of wrap(c, dir, tcp(header(c, dir, 0, flags), ''), whole, 0))
      frames.push({ bytes: frame })
  }
  c.segments.forEach((segment, i) => {
    const { dir, at, reversed, lost, lostFragment } = segment
    const length = Math.min(segment.length, LENGTH - at)
    const payload = Buffer.from(Array.from({ length }, (_, byte) => said(dir, at + byte)))
    const all = wrap(c, dir, tcp(header(c, dir, at + 1, ACK), payload), segment, i + 1)
    const got = captured(c, { ...segment, length }, all)
    const sent = all.filter((_, n) => !lost && (all.length === 1 || n !== lostFragment))
    for (const frame of reversed ? sent.reverse() : sent) add(frame)
    if (got < 0) return
    ends[dir] = Math.max(ends[dir]!, at + length)
    const cells = state[dir]!
    for (let byte = 0; byte < length; byte++) {
      if (byte < got) cells[at + byte] = 'captured'
      else if (cells[at + byte] === 'absent') cells[at + byte] = 'snaplen'
    }
  })
  const expected = [0, 1].map(dir => {
    const cells = state[dir]!.slice(0, ends[dir])
    const bytes = Buffer.from(cells.map((cell, at) => (cell === 'captured' ? said(dir, at) : 0)))
    return { bytes, gaps: gapsOf(cells) }
  })
  return { frames, expected: expected as [Expected, Expected] }
}

function gapsOf(cells: readonly (Gap['reason'] | 'captured')[]): Gap[] {
  const gaps: Gap[] = []
  cells.forEach((reason, offset) => {
    const last = gaps.at(-1)
    if (reason === 'captured') return
    if (last?.reason === reason && last.offset + last.length === offset) last.length++
    else gaps.push({ offset, length: 1, reason })
  })
  return gaps
}
