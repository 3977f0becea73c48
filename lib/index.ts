export { jsonArray } from './adapters/json-array.ts'
export { jsonLines } from './adapters/json-lines.ts'
export { Batch, type BatchParts, FlowLine, RawLine, type SideItem } from './batch.ts'
export { BatchPool } from './batch-pool.ts'
export { CaptureReader } from './capture/capture-reader.ts'
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
export { FlowTagger } from './flow/flow-tagger.ts'
export { NdjsonReader } from './ndjson/ndjson-reader.ts'
export { NdjsonWriter } from './ndjson/ndjson-writer.ts'
export { type PacketObject, type PacketView, packetView } from './packet-view.ts'
export { PayloadChunker } from './payload/payload-chunker.ts'
export * from './records.ts'
export { PayloadSink } from './sink/payload-sink.ts'
export { Stage, type StageCore } from './stage.ts'
