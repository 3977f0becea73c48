import type { Batch } from '../batch.ts'
import { PROTO_TCP } from '../packet-facts.ts'
import type { ChunkFacts } from './follow-piece.ts'

const SYN = 0x02

/** Where a chunk of a batch comes from. */
export function chunkFacts({ frames, packets, tags, chunks, chunkRows }: Batch, index: number): ChunkFacts {
  const row = chunks!.row[index]!
  const isTcp = !chunkRows && packets!.family[row] !== 0 && packets!.l4Proto[row] === PROTO_TCP
  let seq = -1
  if (isTcp) {
    const skipped =
      chunks!.off[index]! - packets!.payOff[row]! + ((packets!.tcpFlags[row]! & SYN) === 0 ? 0 : 1)
    seq = (packets!.tcpSeq[row]! + skipped) % 2 ** 32
  }
  return {
    dir: tags!.dir[row]!,
    stream: chunks!.stream?.[index] ?? -1,
    offset: chunks!.offset[index]!,
    pktNo: frames.pktNo[row]!,
    sec: frames.sec[row]!,
    nsec: frames.nsec[row]!,
    digits: frames.digits[row]!,
    seq,
  }
}
