import type { Batch } from '../batch.ts'
import { END_REASONS } from '../flow-columns.ts'
import { chainDepth, chainText } from '../header-chains.ts'
import type { HeaderMembers } from '../header-columns.ts'
import { ipText, macText } from '../ip-text.ts'
import type { IpLabels } from '../labels/ip-labels.ts'
import { directionOf, type FlowPayload, type FlowRecord, type StreamPayload } from '../records.ts'
import { mask64 } from '../status-bits.ts'
import { durationText, timeText } from '../time-text.ts'
import { type CommunityIdOf, flowChains, flowHasPorts } from './flow-line.ts'
import { labelMembers } from './label-members.ts'

/** The flow in a row of `batch.flows` as an owned plain object, with the members that its line has. */
export function flowRecord(
  batch: Batch,
  row: number,
  communityId?: CommunityIdOf,
  labels?: IpLabels,
): FlowRecord {
  const flows = batch.flows!
  const digits = flows.digits[row]!
  const first = [flows.firstSec[row]!, flows.firstNsec[row]!] as const
  const last = [flows.lastSec[row]!, flows.lastNsec[row]!] as const
  const chains = flowChains(flows, row)
  const macs = Array.from({ length: Math.min(flows.macCount[row]!, 3) }, (_, i) => 9 * row + 3 * i)
  const vlans = flows.vlanTci.subarray(3 * row, 3 * row + Math.min(flows.vlanCount[row]!, 3))
  const continued = flows.continuationOf[row]!
  const record: {
    [Name in keyof Omit<FlowRecord, keyof HeaderMembers>]: FlowRecord[Name] | undefined
  } & HeaderMembers = {
    type: 'flow',
    captureId: batch.captures[flows.capture[row]!]?.captureId ?? '',
    flowInd: flows.flowInd[row]!,
    dir: directionOf(flows.dir[row]!),
    flowStat: mask64(flows.statHi[row]!, flows.statLo[row]!),
    timeFirst: timeText(...first, digits),
    timeLast: timeText(...last, digits),
    duration: durationText(...last, ...first, digits),
    numHdrDesc: flows.chainCount[row]!,
    numHdrs: chains.map(chainDepth),
    hdrDesc: chains.map(chainText),
    srcMac: macs.map(at => macText(flows.mac, at, 'src')),
    dstMac: macs.map(at => macText(flows.mac, at, 'dst')),
    ethType: `0x${flows.ethType[row]!.toString(16).padStart(4, '0')}`,
    ethVlanID: Array.from(vlans, tci => tci & 0xfff),
    ...endpoints(batch, row, labels),
    l4Proto: flows.l4Proto[row]!,
    communityId: communityId?.(flows, row),
    firstPktNo: flows.firstPktNo[row]!,
    numPktsSnt: flows.packets[row]!,
    wireBytesSnt: flows.wireBytes[row]!,
    capBytesSnt: flows.capBytes[row]!,
    l7BytesSnt: flows.l7Bytes[row]!,
    endReason: END_REASONS[flows.endReason[row]!]!,
    continuationOf: continued === 0 ? undefined : continued,
    ...batch.flowHeaders?.get(row),
    ...payload(batch, row),
  }
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined),
  ) as unknown as FlowRecord
}

function endpoints({ flows }: Batch, row: number, labels: IpLabels | undefined): Partial<FlowRecord> {
  const { family, addr, srcPort, dstPort } = flows!
  const version = family[row]
  if (version !== 4 && version !== 6) return {}
  const ports = flowHasPorts(flows!, row)
  return {
    srcIP: ipText(version, addr, 8 * row),
    ...(labels && labelMembers(labels.label(version, addr, 8 * row), 'src')),
    ...(ports && { srcPort: srcPort[row]! }),
    dstIP: ipText(version, addr, 8 * row + 4),
    ...(labels && labelMembers(labels.label(version, addr, 8 * row + 4), 'dst')),
    ...(ports && { dstPort: dstPort[row]! }),
  }
}

function payload({ flowPayload }: Batch, row: number): Partial<FlowRecord> {
  const found = flowPayload[row]
  return found === undefined ? {} : payloadRecord(found)
}

/** What the payload and sink stages add to a flow's record, as objects of their own. */
export function payloadRecord(payload: FlowPayload): Partial<FlowRecord> {
  const { pldStat } = payload
  const pldFiles = payload.pldFiles?.map(stream => ({ sctpStream: stream.sctpStream, ...lengths(stream) }))
  return { pldStat, ...lengths(payload), ...(pldFiles === undefined ? {} : { pldFiles }) }
}

function lengths(payload: FlowPayload | StreamPayload) {
  const { pldFile, pldIndex, pldLen, pldBytes, pldGaps, pldOverlaps } = payload
  return {
    ...(pldFile === undefined ? {} : { pldFile }),
    ...(pldIndex === undefined ? {} : { pldIndex }),
    pldLen,
    pldBytes,
    pldGaps: pldGaps.map(({ offset, length, reason }) => ({ offset, length, reason })),
    pldOverlaps,
  }
}
