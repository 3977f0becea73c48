import type { Batch } from '../batch.ts'
import { PROTO_TCP } from '../packet-facts.ts'
import type { Ends } from './follow-ends.ts'
import type { ChunkFacts } from './follow-piece.ts'

const SYN = 0x02
/** Flag of a DATA chunk with the first bytes of a message (RFC 9260 section 3.3.1). */
const BEGIN = 0x02

/** Where a chunk of a batch comes from; its flow's ends, if they are known, say what rows of chunk records do not. */
export function chunkFacts(
  { frames, packets, tags, chunks, chunkRows }: Batch,
  index: number,
  ends: Ends | undefined,
): ChunkFacts {
  const row = chunks!.row[index]!
  const stream = chunks!.stream?.[index] ?? -1
  let seq = -1
  if (!chunkRows && ends?.proto === PROTO_TCP) {
    const afterSyn = (packets!.tcpFlags[row]! & SYN) === 0 ? 0 : 1
    seq = (packets!.tcpSeq[row]! + chunks!.off[index]! - packets!.payOff[row]! + afterSyn) % 2 ** 32
  }
  return {
    dir: tags!.dir[row]!,
    stream,
    offset: chunks!.offset[index]!,
    pktNo: frames.pktNo[row]!,
    sec: frames.sec[row]!,
    nsec: frames.nsec[row]!,
    digits: frames.digits[row]!,
    seq,
    starts:
      stream < 0
        ? ends !== undefined && ends.proto !== PROTO_TCP
        : (chunks!.dataFlags![index]! & BEGIN) !== 0,
  }
}
