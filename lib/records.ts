/**
 * The records that travel as NDJSON, one flat object a line; docs/records.md describes every field.
 * Names are those of Tranalyzer's flow and packet files.
 */

import type { HeaderMembers } from './header-columns.ts'

/** Decimal seconds since 1970 UTC with 6 or 9 digits of fraction, `"1258544215.037210"`; durations likewise. */
export type Time = string
/** A mask of fixed width in lower-case hexadecimal, `"0x03"`, `"0x0400000000004000"`. */
export type Mask = string
/** `A` or `B`: the two directions of a flow. */
export type Direction = 'A' | 'B'

/** The name of a direction that columns know as 0 or 1. */
export const directionOf = (dir: number): Direction => (dir === 1 ? 'B' : 'A')

/** One interface of a capture. */
export interface InterfaceInfo {
  /** LINKTYPE_ number. */
  linkType: number
  /** Most bytes captured of a frame; 0: no limit. */
  snaplen: number
  /** Digits of a second's fraction that the clock resolves: 6 or 9 as they are printed. */
  digits: 6 | 9
  name?: string
}

/** A capture that is read, ahead of its packets; comes again, with the same captureId, as later interfaces appear. */
export interface CaptureRecord {
  type: 'capture'
  captureId: string
  /** Path as given, `-` for standard input. */
  file: string
  format: 'pcap' | 'pcapng'
  /** Compression that was undone on the way; a payload cannot be referred to then. */
  compression?: 'gzip'
  linkTypes: number[]
  snaplen: number
  /** Size in bytes and time of the last change (ms since 1970) when it was opened; regular files only. */
  size?: number
  mtime?: number
  interfaces: InterfaceInfo[]
}

/** A frame as captured (`pcap2json --frames`). */
export interface FrameRecord {
  type: 'frame'
  captureId: string
  pktNo: number
  time: Time
  ifaceNo: number
  linkType: number
  capLen: number
  wireLen: number
  payload?: string
}

/** A packet with what its headers say; the flow's fields follow after flowtag, `pldStat` after pldsink. */
export interface PacketRecord extends HeaderMembers {
  type: 'packet'
  captureId: string
  pktNo: number
  /** Packet number within its file, where that differs from pktNo. */
  filePktNo?: number
  time: Time
  capLen: number
  wireLen: number
  hdrDesc: string
  numHdrs: number
  /** VNI, TEID or session of the innermost tunnel that has one. */
  tunnelId?: number
  ethVlanID?: number[]
  srcMac?: string
  dstMac?: string
  ethType: Mask
  srcIP?: string
  srcPort?: number
  dstIP?: string
  dstPort?: number
  l4Proto?: number
  /** IPv4's identification; left out if 0, and in later fragments. */
  ipId?: number
  icmpType?: number
  icmpCode?: number
  tcpSeq?: number
  tcpAck?: number
  tcpFlags?: Mask
  tcpWin?: number
  /** Urgent pointer, only with the URG flag. */
  tcpUrg?: number
  /** TSval, and what the checksum turned out to be; only if they were asked for. */
  tcpTsVal?: number
  l4Chk?: 'ok' | 'bad' | 'part'
  l7Len: number
  snapL7Len: number
  pktStat: Mask
  flowInd?: number
  dir?: Direction
  flowStat?: Mask
  pktIAT?: Time
  pktTrip?: Time
  flowDuration?: Time
  pldStat?: Mask
  /** Payload by reference: position and length in the capture file, instead of `payload`. */
  atOffset?: number
  atLength?: number
  /** Captured payload, base64; always the last member in what pldpipe writes. */
  payload?: string
}

/** Bytes of a stream that were not captured. */
export interface Gap {
  offset: number
  length: number
  reason: 'absent' | 'snaplen' | 'fragment' | 'filtered'
}

/** What is said of one stream of an SCTP flow. */
export interface StreamPayload {
  sctpStream: number
  /** Path relative to the results folder. */
  pldFile?: string
  pldIndex?: string
  pldLen: number
  pldBytes: number
  pldGaps: Gap[]
  pldOverlaps: number
}

/** What the payload and sink stages add to a flow. */
export interface FlowPayload {
  pldStat: Mask
  /** Path relative to the results folder; and of the file that tells which packet each byte came from. */
  pldFile?: string
  pldIndex?: string
  /** In place of pldFile, for SCTP: its streams, each with its file; the lengths beside it are sums, pldGaps is empty. */
  pldFiles?: StreamPayload[]
  /** Length of the stream, gaps included; and the captured bytes in it. */
  pldLen: number
  pldBytes: number
  pldGaps: Gap[]
  pldOverlaps: number
}

/** One direction of a flow, as it ends. */
export interface FlowRecord extends Partial<FlowPayload>, HeaderMembers {
  type: 'flow'
  captureId: string
  flowInd: number
  dir: Direction
  flowStat: Mask
  timeFirst: Time
  timeLast: Time
  duration: Time
  numHdrDesc: number
  numHdrs: number[]
  hdrDesc: string[]
  srcMac: string[]
  dstMac: string[]
  ethType: Mask
  ethVlanID: number[]
  srcIP?: string
  /** What is known of the address: country or code of a special network, and holder. */
  srcIPCC?: string
  srcIPOrg?: string
  srcPort?: number
  dstIP?: string
  dstIPCC?: string
  dstIPOrg?: string
  dstPort?: number
  l4Proto: number
  communityId?: string
  firstPktNo: number
  /** Packets, bytes on the wire, bytes captured and payload bytes on the wire, sent in this direction. */
  numPktsSnt: number
  wireBytesSnt: number
  capBytesSnt: number
  l7BytesSnt: number
  endReason: 'end' | 'timeout' | 'new-connection' | 'table-full'
  /** The flow that the idle timeout cut this one off from. */
  continuationOf?: number
}

/** A stretch of a stream in its place (`pldchunk`). A flow's first chunk also names its endpoints and its time. */
export interface ChunkRecord {
  type: 'chunk'
  captureId: string
  flowInd: number
  dir: Direction
  pktNo: number
  time: Time
  timeFirst?: Time
  ethType?: Mask
  ethVlanID?: number[]
  srcMac?: string
  dstMac?: string
  srcIP?: string
  srcPort?: number
  dstIP?: string
  dstPort?: number
  l4Proto?: number
  /** SCTP: the stream, the payload protocol identifier, and what the DATA chunk's flags say. */
  sctpStream?: number
  sctpPpid?: number
  sctpUnordered?: true
  /** Which part of a message that came in several DATA chunks; left out for whole messages. */
  sctpFragment?: 'first' | 'middle' | 'last'
  /** Negative for bytes that lie before the first that was seen. */
  offset: number
  length: number
  payload?: string
}

/** A stretch of a stream that was not captured, told as its flow ends. */
export interface GapRecord extends Gap {
  type: 'gap'
  captureId: string
  flowInd: number
  dir: Direction
  sctpStream?: number
}

/** Bytes that came again and were others, or could not be compared. */
export interface OverlapRecord {
  type: 'overlap'
  captureId: string
  flowInd: number
  dir: Direction
  /** Of the later copy; and of the one that was there, if that is still known. */
  pktNo: number
  firstPktNo?: number
  offset: number
  length: number
  /** Which copy the stream has now. */
  kept: 'old' | 'new'
  /** false: the earlier bytes are too far back. */
  compared: boolean
  /** Both copies, base64, of the first 64 KiB at most. */
  old?: string
  new?: string
}

/** Something that looked wrong; `error` means that data is missing or damaged, `warning` that it is odd. */
export interface NoteRecord {
  type: 'note'
  level: 'error' | 'warning'
  /** Short stable name, `cut-record`. */
  code: string
  message: string
  captureId?: string
  file?: string
  pktNo?: number
  line?: number
  flowInd?: number
  dir?: Direction
}

/** A stage's counters, its last word. */
export interface SummaryRecord {
  type: 'summary'
  stage: 'capture' | 'filter' | 'decode' | 'flow' | 'payload' | 'sink'
  [counter: string]: string | number
}

export type PldRecord =
  | CaptureRecord
  | FrameRecord
  | PacketRecord
  | FlowRecord
  | ChunkRecord
  | GapRecord
  | OverlapRecord
  | NoteRecord
  | SummaryRecord

export const isCapture = (record: PldRecord): record is CaptureRecord => record.type === 'capture'
export const isFrame = (record: PldRecord): record is FrameRecord => record.type === 'frame'
export const isPacket = (record: PldRecord): record is PacketRecord => record.type === 'packet'
export const isFlow = (record: PldRecord): record is FlowRecord => record.type === 'flow'
export const isChunk = (record: PldRecord): record is ChunkRecord => record.type === 'chunk'
export const isGap = (record: PldRecord): record is GapRecord => record.type === 'gap'
export const isOverlap = (record: PldRecord): record is OverlapRecord => record.type === 'overlap'
export const isNote = (record: PldRecord): record is NoteRecord => record.type === 'note'
export const isSummary = (record: PldRecord): record is SummaryRecord => record.type === 'summary'
