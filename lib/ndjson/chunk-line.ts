import { bytesOf, putBytes, putInt, putTime } from '../ascii.ts'
import type { Batch } from '../batch.ts'
import type { IPv6Texts } from '../put-address.ts'
import { base64Length } from './base64.ts'
import { putAddresses, putEthType, putLink, putPayload } from './packet-line.ts'
import { FRAGMENTS, UNORDERED as UNORDERED_FLAG, WHOLE } from './sctp-members.ts'

/** More than all members but captureId and payload can take. */
const ROOM = 1024

const DIR_A = bytesOf(',"dir":"A","pktNo":')
const DIR_B = bytesOf(',"dir":"B","pktNo":')
const TIME = bytesOf(',"time":"')
const TIME_FIRST = bytesOf('","timeFirst":"')
const QUOTE = bytesOf('"')
const STREAM = bytesOf(',"sctpStream":')
const PPID = bytesOf(',"sctpPpid":')
const UNORDERED = bytesOf(',"sctpUnordered":true')
const FRAGMENT = FRAGMENTS.map(part => bytesOf(part === undefined ? '' : `,"sctpFragment":"${part}"`))
const OFFSET = bytesOf(',"offset":')
const LENGTH = bytesOf(',"length":')
const END = bytesOf('}\n')

/** Writes stretches of streams; remembers which streams were named with their endpoints until their flow ends. */
export class ChunkLine {
  readonly #addresses: IPv6Texts
  readonly #withPayload: boolean
  /** Streams whose first chunk was written, as 2 × flowInd + direction. */
  readonly #begun = new Set<number>()
  /** Of flows of several streams: the numbers of those streams, each of which has its own first chunk. */
  readonly #streams = new Map<number, Set<number>>()
  #captureId: string | undefined
  #head: Uint8Array = bytesOf('')

  constructor(addresses: IPv6Texts, withPayload: boolean) {
    this.#addresses = addresses
    this.#withPayload = withPayload
  }

  /** To be called as a flow's record is written: no more chunks come. */
  forget(flowInd: number, dir: number): void {
    this.#begun.delete(2 * flowInd + dir)
    if (this.#streams.size > 0) this.#streams.delete(2 * flowInd + dir)
  }

  /** Bytes that the chunk's line needs at most. */
  room(batch: Batch, index: number): number {
    return ROOM + this.#startOf(batch).length + base64Length(batch.chunks!.len[index]!)
  }

  /** Puts the whole line. */
  put(out: Buffer, at: number, batch: Batch, index: number): number {
    const { frames, packets, slab } = batch
    const tags = batch.tags!
    const chunks = batch.chunks!
    const row = chunks.row[index]!
    const flowInd = tags.flowInd[row]!
    const digits = frames.digits[row]!
    const stream = chunks.stream === undefined ? -1 : chunks.stream[index]!
    let to = putInt(out, putBytes(out, at, this.#startOf(batch)), flowInd)
    to = putInt(out, putBytes(out, to, tags.dir[row] === 1 ? DIR_B : DIR_A), frames.pktNo[row]!)
    to = putTime(out, putBytes(out, to, TIME), frames.sec[row]!, frames.nsec[row]!, digits)
    if (this.#begins(2 * flowInd + tags.dir[row]!, stream) && packets !== undefined) {
      to = putTime(out, putBytes(out, to, TIME_FIRST), tags.firstSec[row]!, tags.firstNsec[row]!, digits)
      to = putEthType(out, putBytes(out, to, QUOTE), packets, row)
      to = putAddresses(out, putLink(out, to, packets, row), packets, row, this.#addresses)
    } else to = putBytes(out, to, QUOTE)
    if (stream >= 0) to = putStream(out, to, stream, chunks.ppid![index]!, chunks.dataFlags![index]!)
    to = putInt(out, putBytes(out, to, OFFSET), chunks.offset[index]!)
    to = putInt(out, putBytes(out, to, LENGTH), chunks.len[index]!)
    if (this.#withPayload) to = putPayload(out, to, slab, chunks.off[index]!, chunks.len[index]!)
    return putBytes(out, to, END)
  }

  #begins(direction: number, stream: number): boolean {
    const begun = stream < 0 ? this.#begun : this.#streamsOf(direction)
    const key = stream < 0 ? direction : stream
    if (begun.has(key)) return false
    begun.add(key)
    return true
  }

  #streamsOf(direction: number): Set<number> {
    let streams = this.#streams.get(direction)
    if (streams === undefined) {
      streams = new Set()
      this.#streams.set(direction, streams)
    }
    return streams
  }

  /** `{"type":"chunk","captureId":"…","flowInd":` */
  #startOf(batch: Batch): Uint8Array {
    const captureId = batch.capture?.captureId ?? ''
    if (captureId !== this.#captureId) {
      this.#captureId = captureId
      this.#head = bytesOf(`{"type":"chunk","captureId":${JSON.stringify(captureId)},"flowInd":`)
    }
    return this.#head
  }
}

/** What SCTP says of a chunk. */
function putStream(out: Buffer, at: number, stream: number, ppid: number, flags: number): number {
  let to = putInt(out, putBytes(out, at, STREAM), stream)
  to = putInt(out, putBytes(out, to, PPID), ppid)
  if ((flags & UNORDERED_FLAG) !== 0) to = putBytes(out, to, UNORDERED)
  return putBytes(out, to, FRAGMENT[flags & WHOLE]!)
}
