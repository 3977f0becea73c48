import { bytesOf, putBytes, putDuration, putHex, putHex64, putInt, putTime } from '../ascii.ts'
import type { Batch } from '../batch.ts'
import type { FlowTagColumns, FrameColumns } from '../columns.ts'
import { chainDepth, chainText } from '../header-chains.ts'
import type { PacketColumns } from '../packet-columns.ts'
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
} from '../packet-facts.ts'
import { type IPv6Texts, putIPv4, putMac } from '../put-address.ts'
import { base64Length, putBase64 } from './base64.ts'

/** How payloads are written: in the line, as their place in the capture file, or not at all. */
export type PayloadForm = 'base64' | 'ref' | 'none'

/** More than all members but hdrDesc, captureId and payload can take. */
const ROOM = 1536
const QUOTE = 0x22
const COMMA = 0x2c

const FILE_PKT_NO = bytesOf(',"filePktNo":')
const TIME = bytesOf(',"time":"')
const CAP_LEN = bytesOf('","capLen":')
const WIRE_LEN = bytesOf(',"wireLen":')
const TUNNEL_ID = bytesOf(',"tunnelId":')
const VLAN = bytesOf(',"ethVlanID":[')
const SRC_MAC = bytesOf(',"srcMac":"')
const DST_MAC = bytesOf('","dstMac":"')
const ETH_TYPE = bytesOf(',"ethType":"0x')
const SRC_IP = bytesOf(',"srcIP":"')
const SRC_PORT = bytesOf(',"srcPort":')
const DST_IP = bytesOf(',"dstIP":"')
const DST_PORT = bytesOf(',"dstPort":')
const L4_PROTO = bytesOf(',"l4Proto":')
const IP_ID = bytesOf(',"ipId":')
const ICMP_TYPE = bytesOf(',"icmpType":')
const ICMP_CODE = bytesOf(',"icmpCode":')
const TCP_SEQ = bytesOf(',"tcpSeq":')
const TCP_ACK = bytesOf(',"tcpAck":')
const TCP_FLAGS = bytesOf(',"tcpFlags":"0x')
const TCP_WIN = bytesOf('","tcpWin":')
const TCP_URG = bytesOf(',"tcpUrg":')
const TCP_TS_VAL = bytesOf(',"tcpTsVal":')
const L4_CHK = {
  ok: bytesOf(',"l4Chk":"ok"'),
  bad: bytesOf(',"l4Chk":"bad"'),
  part: bytesOf(',"l4Chk":"part"'),
}
const L7_LEN = bytesOf(',"l7Len":')
const SNAP_L7_LEN = bytesOf(',"snapL7Len":')
const PKT_STAT = bytesOf(',"pktStat":"0x')
const FLOW_IND = bytesOf(',"flowInd":')
const DIR_A = bytesOf(',"dir":"A","flowStat":"0x')
const DIR_B = bytesOf(',"dir":"B","flowStat":"0x')
const PKT_IAT = bytesOf('","pktIAT":"')
const PKT_TRIP = bytesOf('","pktTrip":"')
const FLOW_DURATION = bytesOf('","flowDuration":"')
const PLD_STAT = bytesOf(',"pldStat":"0x')
const AT_OFFSET = bytesOf(',"atOffset":')
const AT_LENGTH = bytesOf(',"atLength":')
const PAYLOAD = bytesOf(',"payload":"')

/** Writes packet rows from their columns; keeps what many rows have in common as bytes that are ready. */
export class PacketLine {
  readonly #addresses: IPv6Texts
  #captureId: string | undefined
  #head: Uint8Array = bytesOf('')
  readonly #chains: (Uint8Array | undefined)[] = []

  constructor(addresses: IPv6Texts) {
    this.#addresses = addresses
  }

  /** Bytes that the row's line needs at most, members of users not counted. */
  room(batch: Batch, row: number): number {
    const { packets } = batch
    if (packets === undefined) return ROOM
    const head = this.#startOf(batch).length + this.#chainOf(packets.chain[row]!).length
    return ROOM + head + (packets.payOff[row] === PAYLOAD_IN_LINE ? 0 : base64Length(packets.payLen[row]!))
  }

  /** Puts all but the members of users, the payload and what ends the line; `headers` are members with commas in front. */
  putHead(out: Buffer, at: number, batch: Batch, row: number, headers = ''): number {
    const { frames, tags, pldStat } = batch
    const packets = batch.packets!
    let to = putBytes(out, at, this.#startOf(batch))
    to = putInt(out, to, frames.pktNo[row]!)
    if (batch.pktNoBase !== 0)
      to = putInt(out, putBytes(out, to, FILE_PKT_NO), frames.pktNo[row]! - batch.pktNoBase)
    to = putTime(out, putBytes(out, to, TIME), frames.sec[row]!, frames.nsec[row]!, frames.digits[row]!)
    to = putInt(out, putBytes(out, to, CAP_LEN), frames.capLen[row]!)
    to = putInt(out, putBytes(out, to, WIRE_LEN), frames.wireLen[row]!)
    to = putBytes(out, to, this.#chainOf(packets.chain[row]!))
    if (packets.tunnelId[row] !== 0) to = putInt(out, putBytes(out, to, TUNNEL_ID), packets.tunnelId[row]!)
    to = putEthType(out, putLink(out, to, packets, row), packets, row)
    to = putAddresses(out, to, packets, row, this.#addresses)
    to = putTransport(out, to, packets, row)
    to = putInt(out, to, packets.l7Len[row]!)
    to = putInt(out, putBytes(out, to, SNAP_L7_LEN), packets.payLen[row]!)
    to = putMask(out, putBytes(out, to, PKT_STAT), packets.statHi[row]!, packets.statLo[row]!)
    if (headers !== '') to += out.write(headers, to, 'latin1')
    if (tags !== undefined) to = putTags(out, to, tags, frames, row)
    if (pldStat !== undefined) to = putPldStat(out, to, pldStat[row]!)
    return to
  }

  /** `{"type":"packet","captureId":"…","pktNo":` */
  #startOf(batch: Batch): Uint8Array {
    const captureId = batch.capture?.captureId ?? ''
    if (captureId !== this.#captureId) {
      this.#captureId = captureId
      this.#head = bytesOf(`{"type":"packet","captureId":${JSON.stringify(captureId)},"pktNo":`)
    }
    return this.#head
  }

  /** `,"hdrDesc":"…","numHdrs":…` */
  #chainOf(chain: number): Uint8Array {
    const known = this.#chains[chain]
    if (known !== undefined) return known
    const text = `,"hdrDesc":${JSON.stringify(chainText(chain))},"numHdrs":${chainDepth(chain)}`
    const bytes = bytesOf(text)
    this.#chains[chain] = bytes
    return bytes
  }
}

/** VLANs and MACs. */
export function putLink(out: Buffer, at: number, packets: PacketColumns, row: number): number {
  const count = packets.vlanCount[row]!
  let to = at
  if (count > 0) to = putVlans(out, putBytes(out, to, VLAN), packets.vlanTci, 3 * row, count)
  if (hasMac(packets, row)) {
    to = putMac(out, putBytes(out, to, SRC_MAC), packets.mac, 3 * row, 'src')
    to = putMac(out, putBytes(out, to, DST_MAC), packets.mac, 3 * row, 'dst')
    out[to++] = QUOTE
  }
  return to
}

export function putEthType(out: Buffer, at: number, packets: PacketColumns, row: number): number {
  const to = putHex(out, putBytes(out, at, ETH_TYPE), packets.ethType[row]!, 4)
  out[to] = QUOTE
  return to + 1
}

/** IP addresses, ports and protocol. */
export function putAddresses(
  out: Buffer,
  at: number,
  packets: PacketColumns,
  row: number,
  addresses: IPv6Texts,
): number {
  const family = packets.family[row]!
  if (family === 0) return at
  const ports = hasPorts(packets, row)
  let to = putIP(out, putBytes(out, at, SRC_IP), family, packets.addr, 8 * row, addresses)
  out[to++] = QUOTE
  if (ports) to = putInt(out, putBytes(out, to, SRC_PORT), packets.srcPort[row]!)
  to = putIP(out, putBytes(out, to, DST_IP), family, packets.addr, 8 * row + 4, addresses)
  out[to++] = QUOTE
  if (ports) to = putInt(out, putBytes(out, to, DST_PORT), packets.dstPort[row]!)
  return putInt(out, putBytes(out, to, L4_PROTO), packets.l4Proto[row]!)
}

/** VIDs with commas between them, and the closing bracket. */
export function putVlans(out: Buffer, at: number, tci: Uint16Array, from: number, count: number): number {
  let to = at
  for (let i = from; i < from + Math.min(count, 3); i++) {
    to = putInt(out, to, tci[i]! & 0xfff)
    out[to++] = COMMA
  }
  out[to - 1] = 0x5d
  return to
}

export function putIP(
  out: Buffer,
  at: number,
  family: number,
  addr: Uint32Array,
  from: number,
  addresses: IPv6Texts,
): number {
  return family === 4 ? putIPv4(out, at, addr[from]!) : addresses.put(out, at, addr, from)
}

/** IPv4's identification, ICMP and TCP fields, up to the name of l7Len. */
function putTransport(out: Buffer, at: number, packets: PacketColumns, row: number): number {
  const family = packets.family[row]!
  if (family === 0) return putBytes(out, at, L7_LEN)
  const proto = packets.l4Proto[row]!
  let to = at
  if (packets.ipId[row] !== 0) to = putInt(out, putBytes(out, to, IP_ID), packets.ipId[row]!)
  if (proto === PROTO_TCP) {
    to = putInt(out, putBytes(out, to, TCP_SEQ), packets.tcpSeq[row]!)
    to = putInt(out, putBytes(out, to, TCP_ACK), packets.tcpAck[row]!)
    to = putHex(out, putBytes(out, to, TCP_FLAGS), packets.tcpFlags[row]!, 4)
    to = putInt(out, putBytes(out, to, TCP_WIN), packets.tcpWin[row]!)
    if (packets.tcpUrg[row] !== 0) to = putInt(out, putBytes(out, to, TCP_URG), packets.tcpUrg[row]!)
    const extra = packets.tcpExtra[row]!
    if ((extra & TCP_TSVAL) !== 0) to = putInt(out, putBytes(out, to, TCP_TS_VAL), packets.tcpTsVal[row]!)
    if ((extra & TCP_CHECKSUM) !== 0) to = putBytes(out, to, L4_CHK[checksumText(extra)])
  } else if (proto === (family === 4 ? PROTO_ICMP : PROTO_ICMPV6)) {
    to = putInt(out, putBytes(out, to, ICMP_TYPE), packets.icmp[row]! >> 8)
    to = putInt(out, putBytes(out, to, ICMP_CODE), packets.icmp[row]! & 0xff)
  }
  return putBytes(out, to, L7_LEN)
}

/** 16 digits and the closing quote. */
function putMask(out: Buffer, at: number, high: number, low: number): number {
  const to = putHex64(out, at, high, low)
  out[to] = QUOTE
  return to + 1
}

/** The members that the flow stage adds. */
export function putTags(
  out: Buffer,
  at: number,
  tags: FlowTagColumns,
  frames: FrameColumns,
  row: number,
): number {
  const { sec, nsec } = frames
  const s = sec[row]!
  const n = nsec[row]!
  const digits = frames.digits[row]!
  let to = putInt(out, putBytes(out, at, FLOW_IND), tags.flowInd[row]!)
  to = putBytes(out, to, tags.dir[row] === 1 ? DIR_B : DIR_A)
  to = putHex64(out, to, tags.statHi[row]!, tags.statLo[row]!)
  to = putDuration(out, putBytes(out, to, PKT_IAT), s, n, tags.prevSec[row]!, tags.prevNsec[row]!, digits)
  to = putDuration(out, putBytes(out, to, PKT_TRIP), s, n, tags.oppSec[row]!, tags.oppNsec[row]!, digits)
  to = putDuration(
    out,
    putBytes(out, to, FLOW_DURATION),
    s,
    n,
    tags.firstSec[row]!,
    tags.firstNsec[row]!,
    digits,
  )
  out[to] = QUOTE
  return to + 1
}

/** The member that the payload stage adds. */
export function putPldStat(out: Buffer, at: number, pldStat: number): number {
  const to = putHex(out, putBytes(out, at, PLD_STAT), pldStat, 2)
  out[to] = QUOTE
  return to + 1
}

/** The payload as a member, in the line or as its place in the capture file. */
export function putPayload(out: Buffer, at: number, slab: Buffer, from: number, length: number): number {
  if (length === 0) return at
  const to = putBase64(out, putBytes(out, at, PAYLOAD), slab, from, from + length)
  out[to] = QUOTE
  return to + 1
}

/** `atOffset` and `atLength`. */
export function putReference(out: Buffer, at: number, offset: number, length: number): number {
  return putInt(out, putBytes(out, putInt(out, putBytes(out, at, AT_OFFSET), offset), AT_LENGTH), length)
}

/**
 * Where a row's payload lies in the capture file; −1 where its bytes are not in the file as they stand, as those of a
 * reassembled datagram, which do not lie in the row's own frame.
 */
export function fileOffsetOf(batch: Batch, row: number): number {
  const { frames, packets, fileOffset } = batch
  const from = packets!.payOff[row]!
  const frame = frames.off[row]!
  if (fileOffset < 0 || from < frame || from + packets!.payLen[row]! > frame + frames.capLen[row]!) return -1
  return fileOffset + from
}
