import { type Batch, FlowLine, type SideItem } from '../batch.ts'
import { gapOf } from '../gap-line.ts'
import type { FlowPayload } from '../records.ts'
import type { StageCore } from '../stage.ts'
import { chunkFacts } from './chunk-facts.ts'
import { type Ends, endsOfFlow, endsOfRecord, endsOfRow, lengthsOfRecord } from './follow-ends.ts'
import { ByteHold } from './follow-hold.ts'
import { Transcript } from './follow-stream.ts'
import { FollowText, type FollowTextOptions } from './follow-text.ts'
import { TextGather } from './text-gather.ts'

export interface FollowOptions extends FollowTextOptions {
  /** Numbers of the flows that are wanted; left out: all. */
  flows?: readonly number[]
  /** Bytes of conversations under way that are held in memory (default 64 MiB); more goes to a temporary file. */
  memory?: number
  /** Called once each of `flows` was written. */
  onDone?: () => void
}

type Members = Record<string, unknown>

interface Conversation {
  flowInd: number
  ends: Ends | undefined
  transcript: Transcript
  /** Directions that have ended: 1 for A, 2 for B, as a sum. */
  ended: number
}

const MEMORY = 1 << 26

/**
 * Writes the transcript of each conversation that is wanted as it ends: takes batches with chunks, tagged packets or
 * chunk records, and gives text. Conversations whose flow records do not come are written in the end.
 */
export class FollowStage implements StageCore<Batch, Buffer> {
  readonly #text: FollowText
  readonly #hold: ByteHold
  readonly #apart: boolean
  readonly #dir: number
  readonly #wanted: ReadonlySet<number> | undefined
  readonly #onDone: (() => void) | undefined
  /** Of what was asked for: what has not been written, and what has been seen to exist. */
  readonly #missing: Set<number>
  readonly #seen = new Set<number>()
  readonly #open = new Map<number, Conversation>()
  readonly #out = new TextGather()
  /** One direction has ended; the record of the other, if there is one, comes next. */
  #closing: Conversation | undefined

  constructor(options: FollowOptions = {}) {
    this.#text = new FollowText(options)
    this.#hold = new ByteHold(options.memory ?? MEMORY)
    this.#apart = options.packets === true || options.format === 'json'
    this.#dir = options.dir === undefined ? -1 : options.dir === 'B' ? 1 : 0
    this.#wanted = options.flows === undefined ? undefined : new Set(options.flows)
    this.#missing = new Set(options.flows)
    this.#onDone = options.onDone
  }

  *take(batch: Batch): Generator<Buffer> {
    const count = batch.chunks?.count ?? 0
    let next = 0
    for (let side = 0; side <= batch.side.length; side++) {
      const until = batch.sideAt[side] ?? batch.rows
      for (; next < count && batch.chunks!.row[next]! < until; next++) this.#chunk(batch, next)
      if (side < batch.side.length) yield* this.#item(batch, batch.side[side]!)
    }
    const last = batch.side.at(-1)
    const waits = last instanceof FlowLine && batch.sideAt.at(-1) === batch.rows
    if (!waits && this.#closing !== undefined) yield* this.#finish(this.#closing)
    yield* this.#out.flush()
    batch.release()
  }

  *end(): Generator<Buffer> {
    for (const conversation of this.#open.values()) yield* this.#finish(conversation)
    yield* this.#out.flush()
  }

  /** Lets go of the temporary file, if there is one. */
  close(): void {
    this.#hold.close()
  }

  /** Of the flows that were asked for, those of which nothing was written; `exists`: they have no payload. */
  missing(): { flowInd: number; exists: boolean }[] {
    return Array.from(this.#missing, flowInd => ({ flowInd, exists: this.#seen.has(flowInd) }))
  }

  #wants(flowInd: number): boolean {
    return flowInd > 0 && (this.#wanted?.has(flowInd) ?? true)
  }

  #conversation(flowInd: number): Conversation {
    let conversation = this.#open.get(flowInd)
    if (conversation === undefined) {
      const transcript = new Transcript(this.#hold, this.#apart)
      conversation = { flowInd, ends: undefined, transcript, ended: 0 }
      this.#open.set(flowInd, conversation)
    }
    return conversation
  }

  #chunk(batch: Batch, index: number): void {
    const { row, off, len } = batch.chunks!
    const flowInd = batch.tags!.flowInd[row[index]!]!
    if (!this.#wants(flowInd) || (batch.keep !== undefined && batch.keep[row[index]!] === 0)) return
    const conversation = this.#conversation(flowInd)
    conversation.ends ??= endsOfRow(batch, row[index]!)
    const bytes = batch.slab.subarray(off[index]!, off[index]! + len[index]!)
    conversation.transcript.add(chunkFacts(batch, index, conversation.ends), bytes)
  }

  *#item(batch: Batch, item: SideItem): Generator<Buffer> {
    if (typeof item === 'number') {
      const { flowInd, dir } = batch.flows!
      const ends = (): Ends => endsOfFlow(batch.flows!, item)
      yield* this.#ended(flowInd[item]!, dir[item]!, () => batch.flowPayload[item], ends)
    } else if (item instanceof FlowLine) {
      let record: Members | undefined
      const parsed = (): Members => (record ??= JSON.parse(Buffer.from(item.line).toString()))
      const payload = (): Partial<FlowPayload> => item.payload ?? lengthsOfRecord(parsed())
      yield* this.#ended(item.flowInd, item.dir, payload, () => endsOfRecord(parsed()))
    } else {
      const gap = gapOf(item)
      if (gap === undefined || !this.#wants(gap.flowInd)) return
      const { transcript } = this.#conversation(gap.flowInd)
      transcript.gap(gap.dir === 'B' ? 1 : 0, gap.sctpStream ?? -1, gap)
    }
  }

  /** A direction has ended. */
  *#ended(
    flowInd: number,
    dir: number,
    payload: () => Partial<FlowPayload> | undefined,
    ends: () => Ends,
  ): Generator<Buffer> {
    if (this.#closing !== undefined && this.#closing.flowInd !== flowInd) yield* this.#finish(this.#closing)
    if (!this.#wants(flowInd)) return
    if (this.#missing.has(flowInd)) this.#seen.add(flowInd)
    const conversation = this.#open.get(flowInd)
    if (conversation === undefined) return
    const { pldLen = 0, pldFiles } = payload() ?? {}
    conversation.ends ??= ends()
    if (pldFiles === undefined) conversation.transcript.end(dir, -1, pldLen)
    for (const file of pldFiles ?? []) conversation.transcript.end(dir, file.sctpStream, file.pldLen)
    conversation.ended |= 1 << dir
    if (conversation.ended === 3) yield* this.#finish(conversation)
    else this.#closing = conversation
  }

  *#finish({ flowInd, ends, transcript }: Conversation): Generator<Buffer> {
    this.#closing = undefined
    this.#open.delete(flowInd)
    if (this.#dir < 0 || transcript.has(this.#dir)) {
      const speech = { flowInd, ends: ends ?? endsOfRecord({}) }
      for (const text of this.#text.conversation(speech, transcript.pieces())) yield* this.#out.add(text)
      yield* this.#out.flush()
    }
    transcript.clear()
    if (this.#missing.delete(flowInd) && this.#missing.size === 0) this.#onDone?.()
  }
}
