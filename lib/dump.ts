import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CaptureSeries } from './capture/capture-series.ts'
import { openCapture } from './capture/open-capture.ts'
import { communityId } from './community-id.ts'
import { watchRecords } from './compose/watch-records.ts'
import { PacketDecoder, type PacketDecoderOptions } from './decode/packet-decoder.ts'
import { FlowTagger, type FlowTaggerOptions } from './flow/flow-tagger.ts'
import { BuiltInLabels } from './labels/built-in-labels.ts'
import type { IpLabels } from './labels/ip-labels.ts'
import { NdjsonWriter } from './ndjson/ndjson-writer.ts'
import { PayloadChunker, type PayloadOptions } from './payload/payload-chunker.ts'
import type { PldRecord, SummaryRecord } from './records.ts'
import { releaseAll } from './release-all.ts'
import { PayloadSink, type SinkOptions } from './sink/payload-sink.ts'
import { SinkThread } from './sink/sink-thread.ts'

/** Options of all stages, and what else is to happen with what comes out. */
export interface DumpOptions extends PacketDecoderOptions, FlowTaggerOptions, PayloadOptions, SinkOptions {
  /** Stop after so many packets. */
  count?: number
  /** As for `openCapture()`. */
  skipBad?: boolean
  follow?: boolean
  maxRatio?: number
  signal?: AbortSignal
  /** Whether a second thread writes the files; by default it does where captures are large and there is a second core. */
  writerThread?: boolean
  /** Where flow, gap, note and summary records go as NDJSON. */
  records?: NodeJS.WritableStream
  /** What is known of addresses, by default of special networks only; see `openLabels()`. */
  labels?: IpLabels
  /** Called for notes, gaps, captures and summaries. */
  onRecord?: (record: PldRecord) => void
  /** More stages, in the places where they see what they need. */
  between?: StagesBetween
}

/** Stages of batches that stand between those of the street; each passes on what it gets. */
export interface StagesBetween {
  /** Frames, before anything looks into them. */
  frames?: readonly Transform[]
  /** Tagged packets with their pldStat and their chunks, before these go to files. */
  payload?: readonly Transform[]
  /** Flows that know which files they got. */
  records?: readonly Transform[]
}

/** The counters of each stage. */
export type DumpSummary = Partial<Record<SummaryRecord['stage'], SummaryRecord>>

/** A run under way: what to look at while it goes, how to end it early, and its result. */
export interface Dump {
  /** Bytes of the captures read so far, and in all if known. */
  readonly bytesRead: number
  readonly bytesTotal: number | undefined
  /** Ends the input; what was read is worked off. */
  stop(): void
  readonly done: Promise<DumpSummary>
}

/**
 * Writes the payload of every flow direction of the captures to a file in `options.folder`: the whole street in one
 * process. Several captures are one run with one flow table.
 */
export function dumpPayload(
  captures: string | readonly string[] | CaptureSeries,
  options: DumpOptions,
): Promise<DumpSummary> {
  return startDump(captures, options).done
}

/** As `dumpPayload()`, for those who want to watch the run or to end it early. */
export function startDump(captures: string | readonly string[] | CaptureSeries, options: DumpOptions): Dump {
  const {
    signal,
    records,
    onRecord,
    count,
    between = {},
    skipBad = false,
    follow = false,
    maxRatio,
  } = options
  const summary: DumpSummary = {}
  const writerThread = !options.noFiles && (options.writerThread ?? pays(captures))
  const source = openCapture(captures, {
    recycle: true,
    shared: writerThread,
    skipBad,
    follow,
    ...(maxRatio === undefined ? {} : { maxRatio }),
    ...(count === undefined ? {} : { count }),
  })
  // where nobody looks at flows they need not be told their files
  const flowFiles = records !== undefined || (between.records ?? []).length > 0
  const sinkOptions = { flowFiles, ...options }
  const street = [
    ...(between.frames ?? []),
    new PacketDecoder({ ...options, timestamps: options.timestamps ?? options.paws ?? false }),
    new FlowTagger({ packetTimes: false, ...options }),
    new PayloadChunker(options),
    ...(between.payload ?? []),
    writerThread ? new SinkThread(sinkPart(sinkOptions)) : new PayloadSink(sinkOptions),
    ...(between.records ?? []),
    watchRecords(record => {
      if (record.type === 'summary') summary[record.stage] = record
      onRecord?.(record)
    }),
  ]
  const labels = options.labels ?? new BuiltInLabels()
  const end =
    records === undefined
      ? [releaseAll()]
      : [new NdjsonWriter({ packets: false, communityId, labels }), records]
  const done = pipeline([source, ...street, ...end], signal === undefined ? {} : { signal }).then(
    () => summary,
  )
  return {
    get bytesRead() {
      return source.bytesRead
    },
    get bytesTotal() {
      return source.bytesTotal
    },
    stop: () => source.stop(),
    done,
  }
}

/** Below this size a run is over before a thread has got going (bytes). */
const WORTH_A_THREAD = 32e6

function pays(captures: string | readonly string[] | CaptureSeries): boolean {
  if (availableParallelism() < 2 || captures instanceof CaptureSeries) return false
  let bytes = 0
  for (const path of [captures].flat()) bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0
  return bytes >= WORTH_A_THREAD
}

/** What a thread can be sent. */
function sinkPart({
  folder,
  relativeTo,
  names,
  prefix,
  suffix,
  clean,
  gap,
  index,
  maxOpenFiles,
  flowFiles,
}: SinkOptions): SinkOptions {
  const all = { folder, relativeTo, names, prefix, suffix, clean, gap, index, maxOpenFiles, flowFiles }
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined),
  ) as unknown as SinkOptions
}
