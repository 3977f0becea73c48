import { Batch } from '../../lib/batch.ts'
import { FlowTagColumns, FrameColumns } from '../../lib/columns.ts'
import { intern } from '../../lib/header-chains.ts'
import { PacketColumns } from '../../lib/packet-columns.ts'
import { TCP_CHECKSUM_BAD, TCP_CHECKSUM_OK, TCP_CHECKSUM_PART, TCP_TSVAL } from '../../lib/packet-facts.ts'
import type { CaptureRecord } from '../../lib/records.ts'

/** A packet as a test describes it; what is left out is an in-order IPv4 TCP packet from 10.0.0.1 to 10.0.0.2. */
export interface TestPacket {
  pktNo?: number
  /** Seconds, nanoseconds. */
  time?: [number, number]
  payload?: string | Uint8Array
  /** Payload length on the wire, where the capture cut it. */
  l7Len?: number
  src?: number[]
  dst?: number[]
  family?: number
  srcPort?: number
  dstPort?: number
  l4Proto?: number
  ethType?: number
  ipId?: number
  vlan?: number
  mac?: [number, number, number]
  hdrDesc?: string
  statLo?: number
  statHi?: number
  tcpSeq?: number
  tcpAck?: number
  tcpFlags?: number
  tcpUrg?: number
  tcpTsVal?: number
  l4Chk?: 'ok' | 'bad' | 'part'
  flowInd?: number
  dir?: number
}

const CHECKSUMS = { none: 0, ok: TCP_CHECKSUM_OK, bad: TCP_CHECKSUM_BAD, part: TCP_CHECKSUM_PART }

export const TEST_CAPTURE: CaptureRecord = {
  type: 'capture',
  captureId: '0123456789ab',
  file: 'test.pcap',
  format: 'pcap',
  linkTypes: [1],
  snaplen: 0,
  interfaces: [{ linkType: 1, snaplen: 0, digits: 6 }],
}

/** A batch of decoded packets; of tagged ones if any packet names its flow. */
export function packetBatch(packets: TestPacket[], firstPktNo = 1): Batch {
  const rows = packets.length
  const frames = new FrameColumns(rows)
  const columns = new PacketColumns(rows)
  const tags = packets.some(packet => packet.flowInd !== undefined) ? new FlowTagColumns(rows) : undefined
  const pieces: Buffer[] = []
  let at = 0
  packets.forEach((packet, row) => {
    const payload = Buffer.from(packet.payload ?? '')
    const [sec, nsec] = packet.time ?? [1_000_000 + row, 0]
    frames.pktNo[row] = packet.pktNo ?? firstPktNo + row
    frames.sec[row] = sec
    frames.nsec[row] = nsec
    frames.off[row] = at
    frames.capLen[row] = payload.length
    frames.wireLen[row] = packet.l7Len ?? payload.length
    frames.linkType[row] = 1
    frames.digits[row] = 6
    columns.statLo[row] = packet.statLo ?? 0x4000
    columns.statHi[row] = packet.statHi ?? 0x0400_0000
    columns.addr.set(packet.src ?? [0x0a00_0001], 8 * row)
    columns.addr.set(packet.dst ?? [0x0a00_0002], 8 * row + 4)
    columns.mac.set(packet.mac ?? [0x0200_0000, 0x0002_0200, 0x0000_0001], 3 * row)
    columns.tcpSeq[row] = packet.tcpSeq ?? 0
    columns.tcpAck[row] = packet.tcpAck ?? 0
    columns.tcpFlags[row] = packet.tcpFlags ?? 0x10
    columns.tcpUrg[row] = packet.tcpUrg ?? 0
    columns.tcpTsVal[row] = packet.tcpTsVal ?? 0
    columns.tcpExtra[row] =
      (packet.tcpTsVal === undefined ? 0 : TCP_TSVAL) | CHECKSUMS[packet.l4Chk ?? 'none']
    columns.payOff[row] = at
    columns.payLen[row] = payload.length
    columns.l7Len[row] = packet.l7Len ?? payload.length
    columns.chain[row] = intern(
      packet.hdrDesc ?? 'eth:ipv4:tcp',
      (packet.hdrDesc ?? 'eth:ipv4:tcp').split(':').length,
    )
    columns.ethType[row] = packet.ethType ?? 0x0800
    columns.vlan[row] = packet.vlan ?? 0
    columns.vlanCount[row] = packet.vlan === undefined ? 0 : 1
    columns.vlanTci[3 * row] = packet.vlan ?? 0
    columns.ipId[row] = packet.ipId ?? 0
    columns.srcPort[row] = packet.srcPort ?? 40000
    columns.dstPort[row] = packet.dstPort ?? 80
    columns.family[row] = packet.family ?? 4
    columns.l4Proto[row] = packet.l4Proto ?? 6
    if (tags !== undefined) {
      tags.flowInd[row] = packet.flowInd ?? 0
      tags.dir[row] = packet.dir ?? 0
      tags.firstSec[row] = sec
      tags.firstNsec[row] = nsec
    }
    pieces.push(payload)
    at += payload.length
  })
  const slab = Buffer.from(new Uint8Array(Buffer.concat(pieces)).buffer as ArrayBuffer)
  return Batch.create({ rows, slab, captures: [TEST_CAPTURE], frames, packets: columns, tags })
}
