import { Batch, FlowLine } from '../batch.ts'
import { PldError } from '../errors.ts'
import { type CaptureRecord, directionOf, type NoteRecord, type SummaryRecord } from '../records.ts'
import type { StageCore } from '../stage.ts'
import { FILE_CREATED, FILE_FAILED } from './file-table.ts'
import { FlowEnds } from './flow-ends.ts'
import { Gather } from './gather.ts'
import type { LiveFiles } from './live-files.ts'
import { remember } from './remember.ts'
import { SideNotes } from './side-notes.ts'

/** Flow numbers beyond this have no exact key. */
const MAX_FLOW_IND = 2 ** 51 - 1

/**
 * The sink without a stream around it. A batch is worked off in turns: its chunks are sorted by file; files that are
 * new get their names, all put into the manifest with one write; then file by file is written, those first whose flow
 * ended in this batch, so that the file of a short flow is opened, written and closed at once.
 */
export class SinkStage implements StageCore<Batch> {
  readonly #openFiles: () => LiveFiles
  readonly #folder: string
  readonly #place: string
  readonly #flowFiles: boolean
  readonly #gather = new Gather()
  readonly #notes = new SideNotes()
  #files: LiveFiles | undefined
  #ends: FlowEnds | undefined
  #captures: readonly CaptureRecord[] = []
  #captureNo = 0

  /**
   * `openFiles` makes the folder ready, as the first batch comes; `place` is what stands in front of a file's name in
   * records; `flowFiles`: whether flows are told their file.
   */
  constructor(openFiles: () => LiveFiles, folder: string, place: string, flowFiles: boolean) {
    this.#openFiles = openFiles
    this.#folder = folder
    this.#place = place
    this.#flowFiles = flowFiles
  }

  /** Why no files are written any more, ERR_WRITE. */
  get givenUp(): PldError | undefined {
    return this.#files?.givenUp
  }

  /** Files that could not be written whole. */
  get failedFiles(): number {
    return this.#files?.failed ?? 0
  }

  take(batch: Batch): Batch[] {
    this.#files ??= this.#openFiles()
    this.#ends ??= new FlowEnds(this.#files, this.#place, this.#flowFiles)
    this.#captures = batch.captures
    this.#captureNo = batch.captureNo
    const { origins } = this.#files.access.names
    origins?.see(batch)
    this.#collect(batch)
    this.#announce(batch)
    origins?.forget(batch)
    const ended = this.#finishFlows(batch)
    this.#writeRest(batch)
    // where no record tells what is missing there is no use in going on
    if (!this.#flowFiles && this.givenUp !== undefined) throw this.givenUp
    this.#noteFailures(note => this.#notes.beforeItem(batch, batch.side.length, note))
    return [batch.derive({ flowPayload: ended.flowPayload, ...this.#notes.merge(ended.side, batch.sideAt) })]
  }

  /** Completes the files of flows whose record never came. */
  end(): Batch[] {
    this.#files ??= this.#openFiles()
    const files = this.#files
    const batch = Batch.create({ captures: this.#captures, captureNo: this.#captureNo })
    this.#ends?.finishRest()
    this.#noteFailures(note => this.#notes.beforeItem(batch, 0, note))
    this.close()
    return [batch.derive(this.#notes.merge([this.#summary(files)], [0]))]
  }

  /** Closes all files as they are. */
  close(): void {
    this.#files?.close()
  }

  /** Sorts the batch's chunks by file. */
  #collect({ chunks, tags, keep }: Batch): void {
    const gather = this.#gather
    gather.clear(chunks?.count ?? 0)
    if (chunks === undefined || chunks.count === 0) return
    if (tags === undefined) throw new PldError('ERR_NOT_TAGGED', 'chunks came without their flow')
    const { table, streams } = this.#files!
    const { row: rowOf, offset, len, stream } = chunks
    const { flowInd, dir } = tags
    let lastKey = -1
    let file = -1
    for (let chunk = 0; chunk < chunks.count; chunk++) {
      const row = rowOf[chunk]!
      const length = len[chunk]!
      if (length === 0 || (keep !== undefined && keep[row] === 0)) continue
      let key = flowInd[row]! * 2 + dir[row]!
      if (stream !== undefined && stream[chunk]! >= 0) key = streams.key(key, stream[chunk]!)
      if (key !== lastKey) {
        lastKey = key
        let slot = table.find(key)
        if (slot < 0) {
          if (!(flowInd[row]! >= 0 && flowInd[row]! <= MAX_FLOW_IND)) {
            throw new PldError('ERR_NOT_TAGGED', `${flowInd[row]} is no number of a flow`)
          }
          slot = table.add(key)
          table.time[slot] = tags.firstSec[row]! + tags.firstNsec[row]! / 1e9
        }
        file = table.mark[slot]! - 1
        if (file < 0) {
          file = gather.begin(slot, chunk, offset[chunk]!, length)
          table.mark[slot] = file + 1
          continue
        }
      }
      gather.add(file, chunk, offset[chunk]!, length)
    }
  }

  /** Names the files that are to be created. */
  #announce(batch: Batch): void {
    const files = this.#files!
    const { table, access, streams } = files
    const gather = this.#gather
    for (let file = 0; file < gather.count; file++) {
      const slot = gather.slot[file]!
      if ((table.state[slot]! & (FILE_CREATED | FILE_FAILED)) !== 0) continue
      if (files.givenUp !== undefined) {
        files.leaveOut(slot)
        continue
      }
      const base = Math.min(0, gather.low[file]!)
      table.base[slot] = base
      table.end[slot] = base
      const row = batch.chunks!.row[gather.first[file]!]!
      access.announce(slot, batch, row, streams.stream(table.key[slot]!))
    }
    if (files.givenUp === undefined) files.flushNames()
  }

  #write(batch: Batch, file: number): void {
    const files = this.#files!
    const gather = this.#gather
    const { table } = files
    const slot = gather.slot[file]!
    table.mark[slot] = 0
    gather.slot[file] = -1
    if (gather.low[file]! < table.low[slot]!) table.low[slot] = gather.low[file]!
    gather.pieces(file, batch.chunks!, batch.slab, slot, files)
    if (files.log !== undefined) remember(files, slot, batch, gather, file)
  }

  /** Completes the files of flows that end in the batch, and the payload in their records. */
  #finishFlows(batch: Batch): Pick<Batch, 'side' | 'flowPayload'> {
    const files = this.#files!
    const ends = this.#ends!
    const { table } = files
    const { flows } = batch
    let { side, flowPayload } = batch
    for (let index = 0; index < batch.side.length; index++) {
      const item = batch.side[index]!
      const isLine = item instanceof FlowLine
      if (!isLine && typeof item !== 'number') {
        if (ends.wantsGaps) ends.addGap(item)
        continue
      }
      const key = isLine ? item.flowInd * 2 + item.dir : flows!.flowInd[item]! * 2 + flows!.dir[item]!
      const slot = table.find(key)
      const streams = files.streams.take(key)
      if (slot < 0 && streams === undefined) continue
      if (slot >= 0) this.#writeNow(batch, slot)
      for (const stream of streams?.values() ?? []) this.#writeNow(batch, table.find(stream))
      const told = ends.finish(item, isLine ? undefined : flowPayload[item], slot, streams, key)
      this.#noteFailures(note => this.#notes.beforeItem(batch, index, note))
      if (told === undefined) continue
      if (isLine) {
        if (side === batch.side) side = side.slice()
        const line = new FlowLine(item.flowInd, item.dir, item.line)
        line.payload = told
        side[index] = line
      } else {
        if (flowPayload === batch.flowPayload) flowPayload = flowPayload.slice()
        flowPayload[item] = told
      }
    }
    return { side, flowPayload }
  }

  /** Writes what the batch has for a file, if it has anything. */
  #writeNow(batch: Batch, slot: number): void {
    const { mark } = this.#files!.table
    if (mark[slot]! > 0) this.#write(batch, mark[slot]! - 1)
  }

  #writeRest(batch: Batch): void {
    const gather = this.#gather
    for (let file = 0; file < gather.count; file++) {
      if (gather.slot[file]! < 0) continue
      this.#write(batch, file)
      this.#noteFailures(note => this.#notes.beforeRow(batch, batch.chunks!.row[gather.first[file]!]!, note))
    }
  }

  #noteFailures(add: (note: NoteRecord) => void): void {
    if (this.#files!.failures.length === 0) return
    for (const { flowInd, dir, name, cause, isLast } of this.#files!.failures.splice(0)) {
      const what = flowInd === undefined ? 'the list of files' : 'the payload file'
      const rest = isLast ? ', and no more files are written' : ''
      const captureId = this.#captures[this.#captureNo]?.captureId
      add({
        type: 'note',
        level: 'error',
        code: 'write-failed',
        message: `${what} could not be written whole${rest}: ${cause}`,
        ...(captureId === undefined ? {} : { captureId }),
        file: this.#place + name,
        ...(flowInd === undefined ? {} : { flowInd, dir: directionOf(dir!) }),
      })
    }
  }

  #summary({ access, bytes, failedBytes, failed }: LiveFiles): SummaryRecord {
    const maxOpen = access.peak
    return {
      type: 'summary',
      stage: 'sink',
      files: access.created,
      bytes,
      failedBytes,
      failedFiles: failed,
      maxOpen,
      folder: this.#folder,
    }
  }
}
