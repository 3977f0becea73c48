import { directionOf } from '../records.ts'
import { timeText } from '../time-text.ts'
import type { PieceText, Speech } from './follow-format.ts'
import type { Piece } from './follow-piece.ts'

/** An object a line for each piece, with the payload in base64; a gap has `gap`, the reason, in its place. */
export class JsonText implements PieceText {
  readonly isText = false
  #speech: Speech | undefined

  begin(_piece: Piece, speech: Speech): void {
    this.#speech = speech
  }

  put(piece: Piece, bytes: Uint8Array): string {
    const payload = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
    return `${JSON.stringify({ ...this.#head(piece), length: bytes.length, payload })}\n`
  }

  end(): string {
    return ''
  }

  gap(piece: Piece): string {
    const { length, reason = 'unknown' } = piece
    return `${JSON.stringify({ ...this.#head(piece), length, gap: reason })}\n`
  }

  #head({ dir, stream, offset, pktNo, sec, nsec, digits, seq, bytes }: Piece): object {
    const { flowInd, ends } = this.#speech!
    const src = ends.ends[dir]!
    const dst = ends.ends[1 - dir]!
    return {
      flow: flowInd,
      dir: directionOf(dir),
      // members without a value are left out
      packet: bytes === undefined ? undefined : pktNo,
      timestamp: bytes === undefined ? undefined : timeText(sec, nsec, digits),
      vlan: ends.vlans.length === 0 ? undefined : ends.vlans,
      ...(src.ip === undefined && src.mac !== undefined
        ? { srcMac: src.mac, dstMac: dst.mac, ethType: `0x${ends.ethType.toString(16).padStart(4, '0')}` }
        : {}),
      srcIP: src.ip,
      srcPort: src.port,
      dstIP: dst.ip,
      dstPort: dst.port,
      proto: ends.proto,
      sctpStream: stream < 0 ? undefined : stream,
      seq: seq < 0 ? undefined : seq,
      offset,
    }
  }
}
