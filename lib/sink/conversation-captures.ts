import { join } from 'node:path'
import { Batch, FlowLine } from '../batch.ts'
import { PldError } from '../errors.ts'
import { PcapngWriter } from '../pcapng-writer.ts'
import type { NoteRecord } from '../records.ts'
import { Stage, type StageCore } from '../stage.ts'
import { causeOf } from '../system-errors.ts'
import { AppendFiles } from './append-files.ts'
import { openFolder } from './folder.ts'

export interface ConversationCaptureOptions {
  folder: string
  /** Replace the files of an earlier run (default). */
  clean?: boolean
  /** Most files open at a time (default 512). */
  maxOpenFiles?: number
}

interface Conversation {
  writer: PcapngWriter
  /** Of its first packet, in seconds. */
  time: number
  /** Packet that was added last: a frame can hold several of them. */
  lastPktNo: number
}

/**
 * Writes the frames of each conversation, both directions, into a capture of its own, `35.pcapng`, as they were
 * captured; passes everything on. A capture that could not be written whole is told in a note. Error: ERR_FOLDER.
 */
export class ConversationCaptures implements StageCore<Batch> {
  readonly #options: ConversationCaptureOptions
  readonly #live = new Map<number, Conversation>()
  #files: AppendFiles | undefined
  #notes: NoteRecord[] = []

  constructor(options: ConversationCaptureOptions) {
    this.#options = options
  }

  take(batch: Batch): Batch[] {
    const files = this.#open()
    // rows of chunks tell of packets that went by before
    if (!batch.chunkRows) this.#collect(batch)
    files.flush()
    for (const item of batch.side) {
      if (typeof item === 'number') this.#end(batch.flows!.flowInd[item]!)
      else if (item instanceof FlowLine) this.#end(item.flowInd)
    }
    if (this.#notes.length === 0) return [batch]
    const notes = this.#takeNotes()
    const sideAt = [...batch.sideAt, ...notes.map(() => batch.rows)]
    return [batch.derive({ side: [...batch.side, ...notes], sideAt })]
  }

  end(): Batch[] {
    const files = this.#open()
    for (const flowInd of [...this.#live.keys()]) this.#end(flowInd)
    files.close()
    const side = this.#takeNotes()
    return side.length === 0 ? [] : [Batch.create({ side, sideAt: side.map(() => 0) })]
  }

  #takeNotes(): NoteRecord[] {
    return this.#notes.splice(0)
  }

  #failed(name: string, error: unknown, isLast: boolean): void {
    const flowInd = Number.parseInt(name, 10)
    const rest = isLast ? ', and no more captures are written' : ''
    this.#notes.push({
      type: 'note',
      level: 'error',
      code: 'write-failed',
      message: `could not be written whole${rest}: ${causeOf(error)}`,
      file: join(this.#options.folder, name),
      ...(Number.isNaN(flowInd) ? {} : { flowInd }),
    })
  }

  #open(): AppendFiles {
    const { folder, clean = true, maxOpenFiles = 512 } = this.#options
    this.#files ??= new AppendFiles(folder, openFolder(folder, clean), maxOpenFiles, (name, error, isLast) =>
      this.#failed(name, error, isLast),
    )
    return this.#files
  }

  #collect({ tags, frames, keep, rows, slab }: Batch): void {
    if (tags === undefined) {
      if (rows > 0) throw new PldError('ERR_NOT_TAGGED', 'packets came without their flow')
      return
    }
    const touched = new Map<number, Conversation>()
    for (let row = 0; row < rows; row++) {
      const flowInd = tags.flowInd[row]!
      if (flowInd === 0 || (keep !== undefined && keep[row] === 0)) continue
      const conversation =
        touched.get(flowInd) ?? this.#of(flowInd, frames.sec[row]! + frames.nsec[row]! / 1e9)
      touched.set(flowInd, conversation)
      const pktNo = frames.pktNo[row]!
      if (conversation.lastPktNo === pktNo) continue
      conversation.lastPktNo = pktNo
      conversation.writer.addRow(frames, row, slab)
    }
    for (const flowInd of touched.keys()) this.#files!.announce(nameOf(flowInd))
    this.#files!.flush()
    for (const [flowInd, { writer, time }] of touched)
      this.#files!.append(nameOf(flowInd), writer.take(), time)
  }

  #of(flowInd: number, time: number): Conversation {
    let conversation = this.#live.get(flowInd)
    if (conversation === undefined) {
      conversation = { writer: new PcapngWriter(), time, lastPktNo: -1 }
      this.#live.set(flowInd, conversation)
    }
    return conversation
  }

  #end(flowInd: number): void {
    if (this.#live.delete(flowInd)) this.#files!.finish(nameOf(flowInd))
  }
}

const nameOf = (flowInd: number): string => `${flowInd}.pcapng`

/** The stage around it, for a street of tagged packets. */
export function conversationCaptures(folder: string, clean = true): Stage<Batch> {
  return new Stage<Batch>(new ConversationCaptures({ folder, clean }))
}
