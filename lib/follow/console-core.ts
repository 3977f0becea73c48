import { type Batch, FlowLine } from '../batch.ts'
import { gapOf } from '../gap-line.ts'
import { PROTO_SCTP, PROTO_TCP } from '../packet-facts.ts'
import type { FlowPayload, GapRecord } from '../records.ts'
import { chunkFacts } from './chunk-facts.ts'
import { type ConsoleOptions, type ConsoleSpeech, ConsoleText } from './console-text.ts'
import { type Ends, endsOfRecord, endsOfRow } from './follow-ends.ts'
import { NO_PACKET, type Piece } from './follow-piece.ts'
import { LiveLane } from './live-lane.ts'
import { TextGather } from './text-gather.ts'

interface Conversation extends ConsoleSpeech {
  /** By stream and direction. */
  lanes: Map<number, LiveLane>
  gaps: GapRecord[]
}

const ACK = 0x10
const RST = 0x04
/** A hole that the peer acknowledged so long ago is not filled any more: captures are out of order by less (s). */
const PATIENCE = 1
/** What that may cost which waits behind holes (bytes of memory). */
const MOST_HELD = 1 << 24

/** Turns the payload of batches, which it leaves as they are, into text for a console, as it comes. */
export class ConsoleCore {
  readonly #text: ConsoleText
  readonly #open = new Map<number, Conversation>()
  /** Lanes in which something waits; the first has waited longest. */
  readonly #waiting = new Map<LiveLane, Conversation>()
  #held = 0
  readonly #out = new TextGather()

  constructor(options: ConsoleOptions = {}) {
    this.#text = new ConsoleText(options)
  }

  /** The text that a batch gives. */
  *take(batch: Batch): Generator<Buffer> {
    const { chunks, side, sideAt } = batch
    const count = chunks?.count ?? 0
    let next = 0
    let row = 0
    for (let item = 0; item <= side.length; item++) {
      const until = sideAt[item] ?? batch.rows
      for (; next < count && chunks!.row[next]! < until; next++) {
        yield* this.#acknowledge(batch, row, chunks!.row[next]!)
        row = chunks!.row[next]!
        yield* this.#chunk(batch, next)
      }
      yield* this.#acknowledge(batch, row, until)
      row = until
      const what = side[item]
      if (typeof what === 'number') {
        const { flowInd, dir } = batch.flows!
        yield* this.#ended(flowInd[what]!, dir[what]!, batch.flowPayload[what])
      } else if (what instanceof FlowLine) yield* this.#ended(what.flowInd, what.dir, what.payload)
      else if (what !== undefined) this.#gap(gapOf(what))
    }
    yield* this.#out.flush()
  }

  /** The text that is left. */
  *end(): Generator<Buffer> {
    for (const flowInd of this.#open.keys()) {
      for (const dir of [0, 1]) yield* this.#ended(flowInd, dir, undefined)
    }
    for (const text of this.#text.end()) yield* this.#out.add(text)
    yield* this.#out.flush()
  }

  *#chunk(batch: Batch, index: number): Generator<Buffer> {
    const { off, len } = batch.chunks!
    const row = batch.chunks!.row[index]!
    const flowInd = batch.tags!.flowInd[row]!
    if (flowInd === 0 || (batch.keep !== undefined && batch.keep[row] === 0)) return
    const conversation = this.#conversation(flowInd, () => endsOfRow(batch, row))
    const { proto } = conversation.ends
    const facts = chunkFacts(batch, index, conversation.ends)
    const lane = laneOf(conversation, facts.dir, facts.stream)
    const bytes = batch.slab.subarray(off[index]!, off[index]! + len[index]!)
    const before = lane.held
    // chunks that SCTP held back come in batches of their own, ahead of those that they waited for
    const inOrder = proto !== PROTO_TCP && !batch.chunkRows
    yield* this.#write(conversation, lane.take(facts, bytes, inOrder))
    if (inOrder && proto !== PROTO_SCTP)
      yield* this.#write(conversation, tailOf(batch, row, lane, facts.offset))
    yield* this.#count(lane, conversation, before)
  }

  /** What waits in a lane has changed. */
  *#count(lane: LiveLane, conversation: Conversation, before: number): Generator<Buffer> {
    this.#held += lane.held - before
    if (lane.held === 0) this.#waiting.delete(lane)
    else if (before === 0) this.#waiting.set(lane, conversation)
    for (const [oldest, its] of this.#waiting) {
      if (this.#held <= MOST_HELD) break
      yield* this.#pass(oldest, its)
    }
  }

  *#pass(lane: LiveLane, conversation: Conversation): Generator<Buffer> {
    const before = lane.held
    yield* this.#write(conversation, lane.pass())
    yield* this.#count(lane, conversation, before)
  }

  /** Looks whether packets say that the receiver has what is missing here. */
  *#acknowledge(batch: Batch, from: number, to: number): Generator<Buffer> {
    const { packets, tags, frames } = batch
    for (let row = from; row < to && this.#waiting.size > 0; row++) {
      const conversation = this.#open.get(tags!.flowInd[row]!)
      if (conversation === undefined || conversation.ends.proto !== PROTO_TCP) continue
      const now = frames.sec[row]! + frames.nsec[row]! / 1e9
      for (const lane of conversation.lanes.values()) {
        if (lane.waitsAt < 0) continue
        const speaks = lane.dir !== tags!.dir[row]! && (packets!.tcpFlags[row]! & (ACK | RST)) === ACK
        if (speaks && ((packets!.tcpAck[row]! - lane.waitsAt) | 0) >= 0) lane.ackedAt ??= now
        if (lane.ackedAt !== undefined && now - lane.ackedAt >= PATIENCE)
          yield* this.#pass(lane, conversation)
      }
    }
  }

  #gap(gap: GapRecord | undefined): void {
    if (gap !== undefined) this.#open.get(gap.flowInd)?.gaps.push(gap)
  }

  *#ended(flowInd: number, dir: number, payload: FlowPayload | undefined): Generator<Buffer> {
    const conversation = this.#open.get(flowInd)
    if (conversation === undefined) return
    const lengths = new Map(payload?.pldFiles?.map(({ sctpStream, pldLen }) => [sctpStream, pldLen]))
    const gapsOf = new Map<number, GapRecord[]>()
    for (const gap of conversation.gaps) {
      if ((gap.dir === 'B' ? 1 : 0) !== dir) continue
      const stream = gap.sctpStream ?? -1
      const gaps = gapsOf.get(stream)
      if (gaps === undefined) gapsOf.set(stream, [gap])
      else gaps.push(gap)
    }
    for (const [key, lane] of conversation.lanes) {
      if (lane.dir !== dir) continue
      const length = lane.stream < 0 ? payload?.pldLen : lengths.get(lane.stream)
      const before = lane.held
      const { proto } = conversation.ends
      // of datagrams all was told as they came
      const gaps = proto === PROTO_TCP || proto === PROTO_SCTP ? (gapsOf.get(lane.stream) ?? []) : []
      yield* this.#write(conversation, lane.end(gaps, length))
      yield* this.#count(lane, conversation, before)
      conversation.lanes.delete(key)
    }
    if (conversation.lanes.size > 0) return
    for (const text of this.#text.flush(conversation)) yield* this.#out.add(text)
    this.#open.delete(flowInd)
  }

  *#write(conversation: Conversation, pieces: Iterable<Piece>): Generator<Buffer> {
    for (const piece of pieces) {
      for (const text of this.#text.piece(conversation, piece)) yield* this.#out.add(text)
    }
  }

  #conversation(flowInd: number, ends: () => Ends | undefined): Conversation {
    let conversation = this.#open.get(flowInd)
    if (conversation === undefined) {
      const known = ends() ?? endsOfRecord({})
      conversation = { flowInd, ends: known, begun: [], begunBytes: 0, lanes: new Map(), gaps: [] }
      this.#open.set(flowInd, conversation)
    }
    return conversation
  }
}

function laneOf({ lanes }: Conversation, dir: number, stream: number): LiveLane {
  const key = 2 * stream + dir
  let lane = lanes.get(key)
  if (lane === undefined) {
    lane = new LiveLane(dir, stream)
    lanes.set(key, lane)
  }
  return lane
}

/** The tail of a datagram that the capture cut off. */
function* tailOf({ packets, frames }: Batch, row: number, lane: LiveLane, offset: number): Generator<Piece> {
  const onWire = packets!.l7Len[row]! - packets!.payLen[row]!
  const length = Math.min(onWire, frames.wireLen[row]! - frames.capLen[row]!)
  if (length <= 0) return
  const where = { dir: lane.dir, stream: lane.stream, offset, length }
  yield { ...where, ...NO_PACKET, bytes: undefined, reason: 'snaplen', isTail: true }
}
