import type { FlowTagColumns } from '../columns.ts'
import { intern } from '../header-chains.ts'
import type { PacketColumns } from '../packet-columns.ts'
import { TCP_CHECKSUM_BAD, TCP_CHECKSUM_OK, TCP_CHECKSUM_PART, TCP_TSVAL } from '../packet-facts.ts'
import { LO_NO_ETH } from '../status-bits.ts'
import { decodeText } from './base64.ts'
import type { RowFacts } from './batch-builder.ts'
import type { CaptureList } from './capture-list.ts'
import { headersOf } from './header-members.ts'
import { nsecBefore, secBefore } from './line-cursor.ts'
import { BadMember, type Members } from './members.ts'
import { MAX_REFERENCE, type PayloadReader } from './payload-reader.ts'
import type { RowStore } from './row-store.ts'
import { FRAGMENTS, UNORDERED, WHOLE } from './sctp-members.ts'

const MAX = Number.MAX_SAFE_INTEGER
const MAX_U32 = 0xffff_ffff
/** Farthest offset of a chunk: its end is a number as well. */
export const MAX_OFFSET = MAX - MAX_U32

/** Where a row's payload goes in the slab if it has to be decoded. */
export interface PayloadPlace {
  slab: Buffer
  payloads: PayloadReader
  /** Start of the row's line, which may be overwritten if the lines are not needed. */
  from: number
  decode: boolean
}

/**
 * Fills a row from a packet record in any spelling: members in any order, some left out. What is left out is 0; only
 * `pktNo` and `time` have to be there. Throws BadMember.
 */
export function packetRow(
  members: Members,
  captures: CaptureList,
  store: RowStore,
  row: number,
  place: PayloadPlace,
): RowFacts {
  const { frames, packets } = store
  const pktNo = members.uint('pktNo', MAX)
  const pktNoBase = pktNo - members.uint('filePktNo', MAX, pktNo)
  timeOf(members, store, row, pktNo)
  frames.capLen[row] = members.uint('capLen', MAX_U32, 0)
  frames.wireLen[row] = members.uint('wireLen', MAX_U32, frames.capLen[row])
  packets.chain[row] = intern(members.text('hdrDesc', ''), members.uint('numHdrs', MAX_U32, 0))
  packets.tunnelId[row] = members.uint('tunnelId', MAX_U32, 0)
  endpointsOf(members, packets, row)
  packets.ipId[row] = members.uint('ipId', 0xffff, 0)
  packets.icmp[row] = (members.uint('icmpType', 255, 0) << 8) | members.uint('icmpCode', 255, 0)
  packets.tcpSeq[row] = members.uint('tcpSeq', MAX_U32, 0)
  packets.tcpAck[row] = members.uint('tcpAck', MAX_U32, 0)
  packets.tcpFlags[row] = members.mask('tcpFlags', 4)[1]
  packets.tcpWin[row] = members.uint('tcpWin', 0xffff, 0)
  tcpExtraOf(members, packets, row)
  const [high, low] = members.mask('pktStat', 16)
  packets.statHi[row] = high
  packets.statLo[row] = low
  packets.payLen[row] = members.uint('snapL7Len', MAX_U32, 0)
  payloadOf(members, packets, row, place, members.has('snapL7Len') ? packets.payLen[row]! : -1)
  packets.l7Len[row] = members.uint('l7Len', MAX_U32, packets.payLen[row])
  const tagged = members.has('flowInd')
  if (tagged) tagsOf(members, store, row)
  const withStat = members.has('pldStat')
  if (withStat) store.pldStat[row] = members.mask('pldStat', 2)[1]
  const captureNo = captures.numberOf(members.text('captureId', ''))
  return { captureNo, pktNoBase, tagged, withStat, headers: headersOf(members) }
}

const CHECKSUMS: Readonly<Record<string, number>> = {
  __proto__: null as never,
  '': 0,
  ok: TCP_CHECKSUM_OK,
  bad: TCP_CHECKSUM_BAD,
  part: TCP_CHECKSUM_PART,
}

function tcpExtraOf(members: Members, packets: PacketColumns, row: number): void {
  packets.tcpUrg[row] = members.uint('tcpUrg', 0xffff, 0)
  packets.tcpTsVal[row] = members.uint('tcpTsVal', MAX_U32, 0)
  const checksum = CHECKSUMS[members.text('l4Chk', '')]
  if (checksum === undefined) throw new BadMember('l4Chk is not ok, bad or part')
  packets.tcpExtra[row] = checksum | (members.has('tcpTsVal') ? TCP_TSVAL : 0)
}

/** Fills a row from a chunk record in any spelling. Throws BadMember. */
export function chunkRow(
  members: Members,
  captures: CaptureList,
  store: RowStore,
  row: number,
  place: PayloadPlace,
): RowFacts {
  const { packets, tags, frames } = store
  timeOf(members, store, row, members.uint('pktNo', MAX))
  tags.flowInd[row] = members.uint('flowInd', MAX)
  tags.dir[row] = members.direction('dir')
  const own = frames.sec[row]!
  const first = members.has('timeFirst') ? members.time('timeFirst') : { sec: own, nsec: frames.nsec[row]! }
  tags.firstSec[row] = first.sec
  tags.firstNsec[row] = first.nsec
  endpointsOf(members, packets, row)
  if (!members.has('srcMac') && !members.has('dstMac')) packets.statLo[row] = LO_NO_ETH
  sctpOf(members, store, row)
  store.offset[row] = members.int('offset', -MAX_OFFSET, MAX_OFFSET)
  const length = members.uint('length', MAX_U32)
  if (length > 0 && !members.has('payload')) throw new BadMember('payload is missing')
  packets.l7Len[row] = length
  payloadOf(members, packets, row, place, length)
  return {
    captureNo: captures.numberOf(members.text('captureId', '')),
    pktNoBase: 0,
    tagged: true,
    withStat: false,
  }
}

function sctpOf(members: Members, { stream, ppid, dataFlags }: RowStore, row: number): void {
  stream[row] = members.has('sctpStream') ? members.uint('sctpStream', 0xffff) + 1 : 0
  ppid[row] = members.uint('sctpPpid', MAX_U32, 0)
  const fragment = members.has('sctpFragment')
    ? FRAGMENTS.indexOf(members.text('sctpFragment', '') as 'first')
    : WHOLE
  if (fragment < 0) throw new BadMember('sctpFragment is none of first, middle, last')
  dataFlags[row] = fragment | (members.flag('sctpUnordered') ? UNORDERED : 0)
}

function timeOf(members: Members, { frames }: RowStore, row: number, pktNo: number): void {
  const { sec, nsec, digits, negative } = members.time('time')
  frames.pktNo[row] = pktNo
  frames.sec[row] = negative ? -sec : sec
  frames.nsec[row] = nsec
  frames.digits[row] = digits
}

function endpointsOf(members: Members, packets: PacketColumns, row: number): void {
  const vlans = members.vlans('ethVlanID')
  packets.vlanCount[row] = Math.min(vlans.length, 3)
  packets.vlanTci.set(vlans.slice(0, 3), 3 * row)
  packets.vlan[row] = vlans.at(-1) ?? 0
  const [srcHigh, srcLow] = members.mac('srcMac')
  const [dstHigh, dstLow] = members.mac('dstMac')
  packets.mac[3 * row] = (dstHigh << 16) | (dstLow >>> 16)
  packets.mac[3 * row + 1] = (dstLow << 16) | srcHigh
  packets.mac[3 * row + 2] = srcLow
  packets.ethType[row] = members.mask('ethType', 4)[1]
  const src = members.address('srcIP')
  const dst = members.address('dstIP')
  if (src?.family !== dst?.family) throw new BadMember('srcIP and dstIP are not of one kind')
  if (src === undefined || dst === undefined) return
  packets.family[row] = src.family
  packets.addr.set(src.words, 8 * row)
  packets.addr.set(dst.words, 8 * row + 4)
  packets.srcPort[row] = members.uint('srcPort', 0xffff, 0)
  packets.dstPort[row] = members.uint('dstPort', 0xffff, 0)
  packets.l4Proto[row] = members.uint('l4Proto', 255, 0)
}

/** `length` is what the record says; −1: nothing. */
function payloadOf(
  members: Members,
  packets: PacketColumns,
  row: number,
  place: PayloadPlace,
  length: number,
): void {
  const { payloads, slab } = place
  if (members.has('payload')) {
    const text = members.text('payload', '')
    if (!place.decode) {
      if (length < 0) packets.payLen[row] = Math.floor((text.replace(/=+$/, '').length * 3) / 4)
      payloads.leave(packets, row)
      return
    }
    const at = payloads.placeFor(place.from)
    const bytes = decodeText(slab, text, at)
    if (bytes < 0) throw new BadMember('payload is no base64')
    if (length >= 0 && bytes !== length)
      throw new BadMember(`payload has ${bytes} bytes instead of ${length}`)
    payloads.put(packets, row, at, bytes)
  } else if (members.has('atOffset')) {
    const size = members.uint('atLength', MAX_REFERENCE, Math.max(length, 0))
    if (length >= 0 && size !== length) throw new BadMember(`atLength is ${size} instead of ${length}`)
    packets.payLen[row] = size
    payloads.refer(packets, row, members.uint('atOffset', MAX), size)
  } else payloads.leave(packets, row)
}

function tagsOf(members: Members, { frames, tags }: RowStore, row: number): void {
  tags.flowInd[row] = members.uint('flowInd', MAX)
  tags.dir[row] = members.direction('dir')
  const [high, low] = members.mask('flowStat', 16)
  tags.statHi[row] = high
  tags.statLo[row] = low
  const set = (name: string, sec: keyof FlowTagColumns, nsec: keyof FlowTagColumns): void => {
    const duration = members.time(name, '0.0')
    ;(tags[sec] as Float64Array)[row] = secBefore(frames.sec[row]!, frames.nsec[row]!, duration)
    ;(tags[nsec] as Uint32Array)[row] = nsecBefore(frames.nsec[row]!, duration)
  }
  set('pktIAT', 'prevSec', 'prevNsec')
  set('pktTrip', 'oppSec', 'oppNsec')
  set('flowDuration', 'firstSec', 'firstNsec')
}
