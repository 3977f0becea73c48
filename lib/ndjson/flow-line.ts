import { bytesOf, putBytes, putDuration, putHex, putHex64, putInt, putTime } from '../ascii.ts'
import type { Batch } from '../batch.ts'
import { END_REASONS, type FlowColumns } from '../flow-columns.ts'
import { chainDepth, chainText } from '../header-chains.ts'
import type { IpLabels } from '../labels/ip-labels.ts'
import { PROTO_SCTP, PROTO_TCP, PROTO_UDP, PROTO_UDPLITE } from '../packet-facts.ts'
import { type IPv6Texts, putMac } from '../put-address.ts'
import type { FlowPayload, StreamPayload } from '../records.ts'
import { LabelMembers } from './label-members.ts'
import { putIP, putVlans } from './packet-line.ts'

/** Works out the Community ID of a row of flows; undefined for flows that have none. */
export type CommunityIdOf = (flows: FlowColumns, row: number) => string | undefined

/** More than all members but hdrDesc, captureId, labels and the payload's can take. */
const ROOM = 2048
const QUOTE = 0x22
const COMMA = 0x2c
const CLOSE = 0x5d

const DIR_A = bytesOf(',"dir":"A","flowStat":"0x')
const DIR_B = bytesOf(',"dir":"B","flowStat":"0x')
const TIME_FIRST = bytesOf('","timeFirst":"')
const TIME_LAST = bytesOf('","timeLast":"')
const DURATION = bytesOf('","duration":"')
const NUM_HDR_DESC = bytesOf('","numHdrDesc":')
const SRC_MAC = bytesOf(',"srcMac":[')
const DST_MAC = bytesOf('],"dstMac":[')
const ETH_TYPE = bytesOf('],"ethType":"0x')
const VLAN = bytesOf('","ethVlanID":[')
const SRC_IP = bytesOf(',"srcIP":"')
const SRC_PORT = bytesOf(',"srcPort":')
const DST_IP = bytesOf(',"dstIP":"')
const DST_PORT = bytesOf(',"dstPort":')
const L4_PROTO = bytesOf(',"l4Proto":')
const COMMUNITY_ID = bytesOf(',"communityId":')
const FIRST_PKT_NO = bytesOf(',"firstPktNo":')
const NUM_PKTS = bytesOf(',"numPktsSnt":')
const WIRE_BYTES = bytesOf(',"wireBytesSnt":')
const CAP_BYTES = bytesOf(',"capBytesSnt":')
const L7_BYTES = bytesOf(',"l7BytesSnt":')
const END_REASON = END_REASONS.map(reason => bytesOf(`,"endReason":"${reason}"`))
const CONTINUATION_OF = bytesOf(',"continuationOf":')

/** Writes flow records from their columns. */
export class FlowLineWriter {
  readonly #addresses: IPv6Texts
  readonly #communityId: CommunityIdOf | undefined
  readonly #labels: LabelMembers
  #captureId: string | undefined
  #head: Uint8Array = bytesOf('')
  /** Of flows that show one header chain, as most do. */
  readonly #single: (Uint8Array | undefined)[] = []

  constructor(addresses: IPv6Texts, communityId: CommunityIdOf | undefined, labels: IpLabels | undefined) {
    this.#addresses = addresses
    this.#communityId = communityId
    this.#labels = new LabelMembers(labels)
  }

  /** Bytes that the flow's line needs at most, its payload's members not counted. */
  room(batch: Batch, row: number): number {
    const flows = batch.flows!
    const labels = this.#labels.find(flows, row)
    return ROOM + labels + this.#startOf(batch, row).length + this.#chainsOf(flows, row).length
  }

  /** Puts the line but for the payload's members and the end. Comes after `room()` of the same row. */
  putHead(out: Buffer, at: number, batch: Batch, row: number): number {
    const flows = batch.flows!
    const digits = flows.digits[row]!
    const first = flows.firstSec[row]!
    const firstNsec = flows.firstNsec[row]!
    const last = flows.lastSec[row]!
    const lastNsec = flows.lastNsec[row]!
    let to = putInt(out, putBytes(out, at, this.#startOf(batch, row)), flows.flowInd[row]!)
    to = putBytes(out, to, flows.dir[row] === 1 ? DIR_B : DIR_A)
    to = putHex64(out, to, flows.statHi[row]!, flows.statLo[row]!)
    to = putTime(out, putBytes(out, to, TIME_FIRST), first, firstNsec, digits)
    to = putTime(out, putBytes(out, to, TIME_LAST), last, lastNsec, digits)
    to = putDuration(out, putBytes(out, to, DURATION), last, lastNsec, first, firstNsec, digits)
    to = putInt(out, putBytes(out, to, NUM_HDR_DESC), flows.chainCount[row]!)
    to = putBytes(out, to, this.#chainsOf(flows, row))
    to = this.#putEndpoints(out, to, flows, row)
    const communityId = this.#communityId?.(flows, row)
    if (communityId !== undefined) {
      to = putBytes(out, putBytes(out, to, COMMUNITY_ID), bytesOf(JSON.stringify(communityId)))
    }
    to = putInt(out, putBytes(out, to, FIRST_PKT_NO), flows.firstPktNo[row]!)
    to = putInt(out, putBytes(out, to, NUM_PKTS), flows.packets[row]!)
    to = putInt(out, putBytes(out, to, WIRE_BYTES), flows.wireBytes[row]!)
    to = putInt(out, putBytes(out, to, CAP_BYTES), flows.capBytes[row]!)
    to = putInt(out, putBytes(out, to, L7_BYTES), flows.l7Bytes[row]!)
    to = putBytes(out, to, END_REASON[flows.endReason[row]!]!)
    const continued = flows.continuationOf[row]!
    return continued === 0 ? to : putInt(out, putBytes(out, to, CONTINUATION_OF), continued)
  }

  #putEndpoints(out: Buffer, at: number, flows: FlowColumns, row: number): number {
    const macs = Math.min(flows.macCount[row]!, 3)
    let to = putMacs(out, putBytes(out, at, SRC_MAC), flows.mac, 9 * row, macs, 'src')
    to = putMacs(out, putBytes(out, to, DST_MAC), flows.mac, 9 * row, macs, 'dst')
    to = putHex(out, putBytes(out, to, ETH_TYPE), flows.ethType[row]!, 4)
    to = putBytes(out, to, VLAN)
    const vlans = flows.vlanCount[row]!
    if (vlans > 0) to = putVlans(out, to, flows.vlanTci, 3 * row, vlans)
    else out[to++] = CLOSE
    const family = flows.family[row]!
    const proto = flows.l4Proto[row]!
    if (family !== 0) {
      const ports = flowHasPorts(flows, row)
      to = putIP(out, putBytes(out, to, SRC_IP), family, flows.addr, 8 * row, this.#addresses)
      out[to++] = QUOTE
      to = putBytes(out, to, this.#labels.src)
      if (ports) to = putInt(out, putBytes(out, to, SRC_PORT), flows.srcPort[row]!)
      to = putIP(out, putBytes(out, to, DST_IP), family, flows.addr, 8 * row + 4, this.#addresses)
      out[to++] = QUOTE
      to = putBytes(out, to, this.#labels.dst)
      if (ports) to = putInt(out, putBytes(out, to, DST_PORT), flows.dstPort[row]!)
    }
    return putInt(out, putBytes(out, to, L4_PROTO), proto)
  }

  /** `{"type":"flow","captureId":"…","flowInd":` */
  #startOf(batch: Batch, row: number): Uint8Array {
    const captureId = batch.captures[batch.flows!.capture[row]!]?.captureId ?? ''
    if (captureId !== this.#captureId) {
      this.#captureId = captureId
      this.#head = bytesOf(`{"type":"flow","captureId":${JSON.stringify(captureId)},"flowInd":`)
    }
    return this.#head
  }

  /** `,"numHdrs":[…],"hdrDesc":[…]` */
  #chainsOf(flows: FlowColumns, row: number): Uint8Array {
    const single = flows.chainCount[row] === 1
    const chain = flows.chain[4 * row]!
    const known = single ? this.#single[chain] : undefined
    if (known !== undefined) return known
    const chains = flowChains(flows, row)
    const lists = [chains.map(chainDepth), chains.map(chainText)].map(list => JSON.stringify(list))
    const bytes = bytesOf(`,"numHdrs":${lists[0]},"hdrDesc":${lists[1]}`)
    if (single) this.#single[chain] = bytes
    return bytes
  }
}

/** The header chains that a flow shows: four at most. */
export function flowChains({ chain, chainCount }: FlowColumns, row: number): number[] {
  return Array.from(chain.subarray(4 * row, 4 * row + Math.min(chainCount[row]!, 4)))
}

export function flowHasPorts({ family, l4Proto }: FlowColumns, row: number): boolean {
  const proto = l4Proto[row]
  if (family[row] === 0) return false
  return proto === PROTO_TCP || proto === PROTO_UDP || proto === PROTO_SCTP || proto === PROTO_UDPLITE
}

/** What the payload and sink stages add, as members with a comma in front, in their order. */
export function payloadMembers(payload: FlowPayload): string {
  const stat = `,"pldStat":${JSON.stringify(payload.pldStat)}`
  const { pldFiles } = payload
  if (pldFiles === undefined) return stat + streamMembers(payload)
  const files = pldFiles.map(stream => `{"sctpStream":${stream.sctpStream}${streamMembers(stream)}}`)
  return `${stat}${streamMembers(payload)},"pldFiles":[${files}]`
}

function streamMembers({
  pldFile,
  pldIndex,
  pldLen,
  pldBytes,
  pldGaps,
  pldOverlaps,
}: FlowPayload | StreamPayload): string {
  const file = pldFile === undefined ? '' : `,"pldFile":${JSON.stringify(pldFile)}`
  const index = pldIndex === undefined ? '' : `,"pldIndex":${JSON.stringify(pldIndex)}`
  const gaps = pldGaps.map(gap => `{"offset":${gap.offset},"length":${gap.length},"reason":"${gap.reason}"}`)
  const lengths = `"pldLen":${pldLen},"pldBytes":${pldBytes},"pldGaps":[${gaps}],"pldOverlaps":${pldOverlaps}`
  return `${file}${index},${lengths}`
}

/** MACs in quotes with commas between them. */
function putMacs(
  out: Buffer,
  at: number,
  mac: Uint32Array,
  from: number,
  count: number,
  which: 'src' | 'dst',
): number {
  let to = at
  for (let i = 0; i < count; i++) {
    if (i > 0) out[to++] = COMMA
    out[to++] = QUOTE
    to = putMac(out, to, mac, from + 3 * i, which)
    out[to++] = QUOTE
  }
  return to
}
