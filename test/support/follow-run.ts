import type { Batch } from '../../lib/batch.ts'
import { ConsoleCore } from '../../lib/follow/console-core.ts'
import type { ConsoleOptions } from '../../lib/follow/console-text.ts'
import { ByteHold } from '../../lib/follow/follow-hold.ts'
import type { ChunkFacts, Piece } from '../../lib/follow/follow-piece.ts'
import { type FollowOptions, FollowStage } from '../../lib/follow/follow-stage.ts'
import { Transcript } from '../../lib/follow/follow-stream.ts'
import { type PayloadOptions, PayloadStage } from '../../lib/payload/payload-chunker.ts'
import { flowLines } from './flow-lines.ts'
import { packetBatch, type TestPacket } from './packet-batch.ts'

/** What the payload stage makes of some packets, in batches of `perBatch`, whose flows all end behind them. */
export function* chunkedBatches(
  packets: TestPacket[],
  options: PayloadOptions = {},
  perBatch = 4096,
): Generator<Batch> {
  const stage = new PayloadStage(options)
  for (let at = 0; at < packets.length; at += perBatch) {
    yield* stage.take(packetBatch(packets.slice(at, at + perBatch), at + 1))
  }
  yield* stage.take(flowLines(packets))
  yield* stage.end()
}

/** Transcripts of packets as text. */
export function follow(
  packets: TestPacket[],
  options: FollowOptions = {},
  payload: PayloadOptions = {},
  perBatch = 4096,
): string {
  const stage = new FollowStage(options)
  const out: Buffer[] = []
  for (const batch of chunkedBatches(packets, payload, perBatch)) out.push(...stage.take(batch))
  out.push(...stage.end())
  return Buffer.concat(out).toString('latin1')
}

/** What a console shows of packets. */
export function onConsole(
  packets: TestPacket[],
  options: ConsoleOptions = {},
  payload: PayloadOptions = {},
  perBatch = 4096,
): string {
  const core = new ConsoleCore(options)
  const out: Buffer[] = []
  for (const batch of chunkedBatches(packets, payload, perBatch)) out.push(...core.take(batch))
  out.push(...core.end())
  return Buffer.concat(out).toString('latin1')
}

/** A chunk as a test describes it: direction, offset, text; the rest comes from its place in the list. */
export type TestChunk = [dir: number, offset: number, text: string, more?: Partial<ChunkFacts>]

/** A transcript of chunks that are packets 1, 2, 3 … */
export function transcriptOf(chunks: TestChunk[], apart = false, memory = 1 << 20): Transcript {
  const transcript = new Transcript(new ByteHold(memory), apart)
  chunks.forEach(([dir, offset, text, more], i) => {
    const facts = {
      dir,
      stream: -1,
      offset,
      pktNo: i + 1,
      sec: i,
      nsec: 0,
      digits: 6,
      seq: -1,
      starts: false,
    }
    transcript.add({ ...facts, ...more }, Buffer.from(text, 'latin1'))
  })
  return transcript
}

/** Pieces in short: `A0:text`, `B5[3 absent]`. */
export function brief(pieces: Iterable<Piece>): string[] {
  return Array.from(pieces, ({ dir, offset, length, bytes, reason, isTail, isLate }) => {
    const what =
      bytes === undefined
        ? `[${length} ${reason ?? 'unknown'}${isTail ? ' tail' : ''}]`
        : `:${Buffer.from(bytes).toString('latin1')}`
    return `${isLate ? 'late ' : ''}${dir === 1 ? 'B' : 'A'}${offset}${what}`
  })
}
