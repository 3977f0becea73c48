import { inspect } from 'node:util'
import type { Batch } from './batch.ts'
import { chainDepth, chainText } from './header-chains.ts'
import { HEADER_FIELDS } from './header-columns.ts'
import { ipText, macText } from './ip-text.ts'
import {
  checksumText,
  hasMac,
  hasPorts,
  PAYLOAD_IN_LINE,
  PROTO_ICMP,
  PROTO_ICMPV6,
  PROTO_TCP,
  TCP_CHECKSUM,
  TCP_TSVAL,
} from './packet-facts.ts'
import { directionOf, type PacketRecord } from './records.ts'
import { mask64 } from './status-bits.ts'
import { durationText, timeText } from './time-text.ts'

type Field = (batch: Batch, row: number) => unknown

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`

/** Each field of a packet, in the order of its record, worked out from the columns; undefined where it has none. */
const FIELDS: Record<string, Field> = {
  type: () => 'packet',
  captureId: batch => batch.capture?.captureId,
  pktNo: (batch, row) => batch.frames.pktNo[row],
  filePktNo: (batch, row) => (batch.pktNoBase === 0 ? undefined : batch.frames.pktNo[row]! - batch.pktNoBase),
  time: ({ frames }, row) => timeText(frames.sec[row]!, frames.nsec[row]!, frames.digits[row]!),
  capLen: (batch, row) => batch.frames.capLen[row],
  wireLen: (batch, row) => batch.frames.wireLen[row],
  hdrDesc: ({ packets }, row) => packets && chainText(packets.chain[row]!),
  numHdrs: ({ packets }, row) => packets && chainDepth(packets.chain[row]!),
  tunnelId: ({ packets }, row) => packets?.tunnelId[row] || undefined,
  ethVlanID: ({ packets }, row) => {
    const count = packets?.vlanCount[row] ?? 0
    if (count === 0) return undefined
    return Array.from(packets!.vlanTci.subarray(3 * row, 3 * row + count), tci => tci & 0xfff)
  },
  srcMac: ({ packets }, row) =>
    packets && hasMac(packets, row) ? macText(packets.mac, 3 * row, 'src') : undefined,
  dstMac: ({ packets }, row) =>
    packets && hasMac(packets, row) ? macText(packets.mac, 3 * row, 'dst') : undefined,
  ethType: ({ packets }, row) => packets && hex(packets.ethType[row]!, 4),
  srcIP: ({ packets }, row) =>
    packets?.family[row] ? ipText(packets.family[row]!, packets.addr, 8 * row) : undefined,
  srcPort: ({ packets }, row) => (packets && hasPorts(packets, row) ? packets.srcPort[row] : undefined),
  dstIP: ({ packets }, row) =>
    packets?.family[row] ? ipText(packets.family[row]!, packets.addr, 8 * row + 4) : undefined,
  dstPort: ({ packets }, row) => (packets && hasPorts(packets, row) ? packets.dstPort[row] : undefined),
  l4Proto: ({ packets }, row) => (packets?.family[row] ? packets.l4Proto[row] : undefined),
  ipId: ({ packets }, row) => (packets?.family[row] ? packets.ipId[row] || undefined : undefined),
  icmpType: (batch, row) => (isIcmp(batch, row) ? batch.packets!.icmp[row]! >> 8 : undefined),
  icmpCode: (batch, row) => (isIcmp(batch, row) ? batch.packets!.icmp[row]! & 0xff : undefined),
  tcpSeq: (batch, row) => (isTcp(batch, row) ? batch.packets!.tcpSeq[row] : undefined),
  tcpAck: (batch, row) => (isTcp(batch, row) ? batch.packets!.tcpAck[row] : undefined),
  tcpFlags: (batch, row) => (isTcp(batch, row) ? hex(batch.packets!.tcpFlags[row]!, 4) : undefined),
  tcpWin: (batch, row) => (isTcp(batch, row) ? batch.packets!.tcpWin[row] : undefined),
  tcpUrg: (batch, row) => (isTcp(batch, row) ? batch.packets!.tcpUrg[row] || undefined : undefined),
  tcpTsVal: (batch, row) => (hasExtra(batch, row, TCP_TSVAL) ? batch.packets!.tcpTsVal[row] : undefined),
  l4Chk: (batch, row) =>
    hasExtra(batch, row, TCP_CHECKSUM) ? checksumText(batch.packets!.tcpExtra[row]!) : undefined,
  l7Len: ({ packets }, row) => packets?.l7Len[row],
  snapL7Len: ({ packets }, row) => packets?.payLen[row],
  pktStat: ({ packets }, row) => packets && mask64(packets.statHi[row]!, packets.statLo[row]!),
  flowInd: ({ tags }, row) => tags?.flowInd[row],
  dir: ({ tags }, row) => tags && directionOf(tags.dir[row]!),
  flowStat: ({ tags }, row) => tags && mask64(tags.statHi[row]!, tags.statLo[row]!),
  pktIAT: ({ tags, frames }, row) => tags && since(frames, row, tags.prevSec[row]!, tags.prevNsec[row]!),
  pktTrip: ({ tags, frames }, row) => tags && since(frames, row, tags.oppSec[row]!, tags.oppNsec[row]!),
  flowDuration: ({ tags, frames }, row) =>
    tags && since(frames, row, tags.firstSec[row]!, tags.firstNsec[row]!),
  pldStat: ({ pldStat }, row) => pldStat && hex(pldStat[row]!, 2),
}
/** Fields of every packet; and with those of link and tunnel headers, which few runs have, behind `pktStat`. */
const PLAIN_FIELDS = Object.keys(FIELDS)
const BEHIND_HEADERS = PLAIN_FIELDS.indexOf('flowInd')
for (const name of HEADER_FIELDS) FIELDS[name] = ({ headers }, row) => headers?.get(row)?.[name]
// so that no name of Object.prototype is taken for a field
Object.setPrototypeOf(FIELDS, null)

/** Names of a packet's fields, in the order of its record; `payload` comes behind them. */
export const PACKET_FIELDS: readonly string[] = PLAIN_FIELDS.toSpliced(BEHIND_HEADERS, 0, ...HEADER_FIELDS)

function fieldsOf({ headers }: Batch): readonly string[] {
  return headers === undefined ? PLAIN_FIELDS : PACKET_FIELDS
}

function isTcp({ packets }: Batch, row: number): boolean {
  return packets !== undefined && packets.family[row] !== 0 && packets.l4Proto[row] === PROTO_TCP
}

function hasExtra(batch: Batch, row: number, bits: number): boolean {
  return isTcp(batch, row) && (batch.packets!.tcpExtra[row]! & bits) !== 0
}

function isIcmp({ packets }: Batch, row: number): boolean {
  if (packets === undefined) return false
  const family = packets.family[row]
  return (
    (family === 4 && packets.l4Proto[row] === PROTO_ICMP) ||
    (family === 6 && packets.l4Proto[row] === PROTO_ICMPV6)
  )
}

function since(frames: Batch['frames'], row: number, sec: number, nsec: number): string {
  return durationText(frames.sec[row]!, frames.nsec[row]!, sec, nsec, frames.digits[row]!)
}

/** All members of the packet's line; none if it did not come as one. */
function lineMembers({ lines, slab }: Batch, row: number): Record<string, unknown> {
  if (lines === undefined || lines.len[row] === 0) return {}
  const at = lines.off[row]!
  return JSON.parse(slab.toString('utf8', at, at + lines.len[row]!)) as Record<string, unknown>
}

/** Members of the packet's line that pldpipe does not know, and those that a stage in this process added. */
export function unknownMembers(batch: Batch, row: number): Record<string, unknown> {
  const added = batch.extras?.get(row)
  const members = lineMembers(batch, row)
  for (const name of [...PACKET_FIELDS, 'payload', 'atOffset', 'atLength']) delete members[name]
  return { ...members, ...added }
}

/** An owned plain object with all of the packet's fields; `payload` is base64 as in its record. */
export function packetRecord(batch: Batch, row: number): PacketRecord {
  const record: Record<string, unknown> = {}
  for (const name of fieldsOf(batch)) {
    const value = FIELDS[name]!(batch, row)
    if (value !== undefined) record[name] = value
  }
  Object.assign(record, unknownMembers(batch, row))
  const { payOff, payLen } = batch.packets ?? { payOff: batch.frames.off, payLen: batch.frames.capLen }
  if (payOff[row] === PAYLOAD_IN_LINE) {
    const { payload, atOffset, atLength } = lineMembers(batch, row)
    Object.assign(record, payload === undefined ? { atOffset, atLength } : { payload })
  } else if (payLen[row]! > 0)
    record.payload = batch.slab.toString('base64', payOff[row]!, payOff[row]! + payLen[row]!)
  return record as unknown as PacketRecord
}

/** A packet as users see it: its record's fields, with `payload` as bytes. */
export type PacketView = Omit<PacketRecord, 'payload'> & {
  /** The captured payload, in the batch's own memory: copy it (`toObject()`) to keep it past the batch's release. */
  readonly payload: Uint8Array
  /** Members that pldpipe does not know, from the packet's line or from a stage before. */
  readonly [extra: string]: unknown
  /** An owned copy: a plain object whose `payload` is a copy of the bytes. */
  toObject(): PacketObject
  /** The packet's record, `payload` in base64. */
  toJSON(): PacketRecord
}

/** An owned copy of a packet. */
export type PacketObject = Omit<PacketRecord, 'payload'> & { payload: Uint8Array; [extra: string]: unknown }

/** What stands behind a view; the proxy in front of it makes `{...packet}` and `in` work without a field computed early. */
class Target {
  readonly batch: Batch
  readonly row: number

  constructor(batch: Batch, row: number) {
    this.batch = batch
    this.row = row
  }

  read(name: string): unknown {
    this.batch.expose()
    const field = FIELDS[name]
    if (field !== undefined) return field(this.batch, this.row)
    if (name === 'payload') return this.payload()
    if (name === 'toJSON') return () => packetRecord(this.batch, this.row)
    if (name === 'toObject') return () => this.object()
    if (name in Object.prototype) return Object.prototype[name as keyof object]
    return unknownMembers(this.batch, this.row)[name]
  }

  /** console.log() looks behind the proxy for this method, and calls it on the proxy. */
  [inspect.custom](this: PacketView): PacketObject {
    return this.toObject()
  }

  payload(): Uint8Array {
    const { payOff, payLen } = this.batch.packets ?? {
      payOff: this.batch.frames.off,
      payLen: this.batch.frames.capLen,
    }
    const at = payOff[this.row]!
    if (at === PAYLOAD_IN_LINE)
      return Buffer.from(String(lineMembers(this.batch, this.row).payload ?? ''), 'base64')
    return this.batch.slab.subarray(at, at + payLen[this.row]!)
  }

  object(): PacketObject {
    return { ...packetRecord(this.batch, this.row), payload: Uint8Array.from(this.payload()) }
  }

  names(): string[] {
    const known = fieldsOf(this.batch).filter(name => FIELDS[name]!(this.batch, this.row) !== undefined)
    return [...known, ...Object.keys(unknownMembers(this.batch, this.row)), 'payload']
  }
}

const HANDLER: ProxyHandler<Target> = {
  get(target, name) {
    return typeof name === 'string' ? target.read(name) : undefined
  },
  has: (target, name) => typeof name === 'string' && target.read(name) !== undefined,
  ownKeys(target) {
    target.batch.expose()
    return target.names()
  },
  getOwnPropertyDescriptor(target, name) {
    const value = typeof name === 'string' ? target.read(name) : undefined
    return value === undefined ? undefined : { value, enumerable: true, configurable: true }
  },
  set: () => false,
  defineProperty: () => false,
  deleteProperty: () => false,
}

/** A view of one packet of a batch. Reading it after the batch's release throws ERR_BATCH_RELEASED. */
export function packetView(batch: Batch, row: number): PacketView {
  return new Proxy(new Target(batch, row), HANDLER) as unknown as PacketView
}
