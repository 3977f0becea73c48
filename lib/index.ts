export { jsonArray } from './adapters/json-array.ts'
export { jsonLines } from './adapters/json-lines.ts'
export { Batch, type BatchParts, FlowLine, RawLine, type SideItem } from './batch.ts'
export { BatchPool } from './batch-pool.ts'
export { CaptureReader } from './capture/capture-reader.ts'
export { CaptureSeries } from './capture/capture-series.ts'
export { openCapture } from './capture/open-capture.ts'
export { communityId } from './community-id.ts'
export { batches } from './compose/batches.ts'
export { type ChunkObject, chunks } from './compose/chunks.ts'
export { eachPacket } from './compose/each-packet.ts'
export { filterPackets } from './compose/filter-packets.ts'
export { mapPackets, type PacketChanges } from './compose/map-packets.ts'
export { type OwnedRecord, packets } from './compose/packets.ts'
export { readPackets } from './compose/read-packets.ts'
export { watchRecords } from './compose/watch-records.ts'
export { PacketDecoder, type PacketDecoderOptions } from './decode/packet-decoder.ts'
export {
  type Dump,
  type DumpOptions,
  type DumpSummary,
  dumpPayload,
  type StagesBetween,
  startDump,
} from './dump.ts'
export { ERROR_CODES, type ErrorCode, PldError } from './errors.ts'
export { explainMask, maskQuestion, masksOfReport } from './explain/explain.ts'
export { MASK_TABLES, type MaskBit, type MaskTable, maskNames, type Severity } from './explain/mask-table.ts'
export { FlowTagger } from './flow/flow-tagger.ts'
export type { FollowGap } from './follow/follow-runs.ts'
export type { FollowOptions } from './follow/follow-stage.ts'
export { Follower } from './follow/follower.ts'
export type { FollowFormat } from './follow/format-names.ts'
export {
  HEADER_NAMES,
  type HeaderColumn,
  type HeaderMembers,
  headerColumns,
  headerText,
} from './header-columns.ts'
export { BuiltInLabels } from './labels/built-in-labels.ts'
export type { IpLabel, IpLabels } from './labels/ip-labels.ts'
export { openLabels } from './labels/open-labels.ts'
export { NdjsonReader } from './ndjson/ndjson-reader.ts'
export { NdjsonWriter } from './ndjson/ndjson-writer.ts'
export { type PacketObject, type PacketView, packetView } from './packet-view.ts'
export { PayloadChunker } from './payload/payload-chunker.ts'
export * from './records.ts'
export {
  compileFilter,
  type FrameFilter,
  type FramePredicate,
} from './select/capture-filter/frame-filter.ts'
export { filterFrames } from './select/filter-frames.ts'
export { type Complaint, Selection, type SelectionOptions } from './select/selection.ts'
export { conversationCaptures } from './sink/conversation-captures.ts'
export { PayloadSink } from './sink/payload-sink.ts'
export { Stage, type StageCore } from './stage.ts'
export { AlignedText } from './text/aligned-text.ts'
export type { Column, ColumnFace } from './text/column.ts'
export { FLOW_COLUMNS, type FlowColumn } from './text/flow-file-columns.ts'
export { FlowText, type TextOptions } from './text/flow-text.ts'
export { PACKET_COLUMNS } from './text/packet-file-columns.ts'
export { PacketText } from './text/packet-text.ts'
export type { TextSplit } from './text/split-option.ts'
export { TextFiles, type TextFilesOptions } from './text/text-files.ts'
export { TextSink } from './text/text-sink.ts'
