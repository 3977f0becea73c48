import { Batch } from '../../lib/batch.ts'
import { FrameColumns } from '../../lib/columns.ts'
import { DecodeCore, type PacketDecoderOptions } from '../../lib/decode/packet-decoder.ts'
import { chainText } from '../../lib/header-chains.ts'
import { mask64 } from '../../lib/status-bits.ts'

/** A frame as a test describes it. */
export interface TestFrame {
  bytes: Uint8Array
  /** 1, Ethernet, unless given. */
  linkType?: number
  wireLen?: number
}

/** Bytes between the frames, which no decoder may read. */
const BETWEEN = 16

/** A batch of frames that lie apart in the slab, with `filler` around them. */
export function frameBatch(list: TestFrame[], filler = 0xee): Batch {
  const frames = new FrameColumns(list.length)
  const pieces: Uint8Array[] = [Buffer.alloc(BETWEEN, filler)]
  let at = BETWEEN
  list.forEach(({ bytes, linkType, wireLen }, row) => {
    frames.pktNo[row] = row + 1
    frames.off[row] = at
    frames.capLen[row] = bytes.length
    frames.wireLen[row] = wireLen ?? bytes.length
    frames.linkType[row] = linkType ?? 1
    frames.digits[row] = 6
    pieces.push(bytes, Buffer.alloc(BETWEEN, filler))
    at += bytes.length + BETWEEN
  })
  return Batch.create({ rows: list.length, slab: Buffer.concat(pieces), frames })
}

/** What the decode stage says of a frame, in words; `payAt` counts from the frame's first byte. */
export interface Decoded {
  hdrDesc: string
  pktStat: string
  ethType: number
  family: number
  src: string
  dst: string
  mac: string
  vlan: number
  tags: number[]
  l4Proto: number
  ports: [number, number]
  icmp: number
  tcp: [seq: number, ack: number, flags: number, win: number]
  payAt: number
  payload: string
  l7Len: number
  tunnelId: number
}

/** Every row of a decoded batch. */
export function decoded({ rows, slab, frames, packets }: Batch): Decoded[] {
  const p = packets!
  const words = (at: number, count: number): string =>
    [...p.addr.subarray(at, at + count)].map(word => word.toString(16).padStart(8, '0')).join('')
  return Array.from({ length: rows }, (_, row) => {
    const perAddress = p.family[row] === 4 ? 1 : 4
    const payOff = p.payOff[row]!
    return {
      hdrDesc: chainText(p.chain[row]!),
      pktStat: mask64(p.statHi[row]!, p.statLo[row]!),
      ethType: p.ethType[row]!,
      family: p.family[row]!,
      src: words(8 * row, perAddress),
      dst: words(8 * row + 4, perAddress),
      mac: [...p.mac.subarray(3 * row, 3 * row + 3)].map(word => word.toString(16).padStart(8, '0')).join(''),
      vlan: p.vlan[row]!,
      tags: [...p.vlanTci.subarray(3 * row, 3 * row + p.vlanCount[row]!)],
      l4Proto: p.l4Proto[row]!,
      ports: [p.srcPort[row]!, p.dstPort[row]!],
      icmp: p.icmp[row]!,
      tcp: [p.tcpSeq[row]!, p.tcpAck[row]!, p.tcpFlags[row]!, p.tcpWin[row]!],
      payAt: payOff === 0 ? 0 : payOff - frames.off[row]!,
      payload: slab.toString('latin1', payOff, payOff + p.payLen[row]!),
      l7Len: p.l7Len[row]!,
      tunnelId: p.tunnelId[row]!,
    }
  })
}

/** The frames through the decode stage's core, all in one batch. */
export function decodeFrames(list: TestFrame[], filler?: number, options?: PacketDecoderOptions): Decoded[] {
  const batch = frameBatch(list, filler)
  return decoded(new DecodeCore(options).decode(batch))
}
