import type { Batch } from '../batch.ts'
import { bytesOf, putBytes, putInt, putTime } from './ascii.ts'
import { base64Length } from './base64.ts'
import { putAddresses, putEthType, putLink, putPayload } from './packet-line.ts'
import type { IPv6Texts } from './put-address.ts'

/** More than all members but captureId and payload can take. */
const ROOM = 1024

const DIR_A = bytesOf(',"dir":"A","pktNo":')
const DIR_B = bytesOf(',"dir":"B","pktNo":')
const TIME = bytesOf(',"time":"')
const TIME_FIRST = bytesOf('","timeFirst":"')
const QUOTE = bytesOf('"')
const OFFSET = bytesOf(',"offset":')
const LENGTH = bytesOf(',"length":')
const END = bytesOf('}\n')

/** Writes stretches of streams; remembers which streams were named with their endpoints until their flow ends. */
export class ChunkLine {
  readonly #addresses: IPv6Texts
  readonly #withPayload: boolean
  /** Streams whose first chunk was written, as 2 × flowInd + direction. */
  readonly #begun = new Set<number>()
  #captureId: string | undefined
  #head: Uint8Array = bytesOf('')

  constructor(addresses: IPv6Texts, withPayload: boolean) {
    this.#addresses = addresses
    this.#withPayload = withPayload
  }

  /** To be called as a flow's record is written: no more chunks come. */
  forget(flowInd: number, dir: number): void {
    this.#begun.delete(2 * flowInd + dir)
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
    let to = putInt(out, putBytes(out, at, this.#startOf(batch)), flowInd)
    to = putInt(out, putBytes(out, to, tags.dir[row] === 1 ? DIR_B : DIR_A), frames.pktNo[row]!)
    to = putTime(out, putBytes(out, to, TIME), frames.sec[row]!, frames.nsec[row]!, digits)
    if (this.#begins(2 * flowInd + tags.dir[row]!) && packets !== undefined) {
      to = putTime(out, putBytes(out, to, TIME_FIRST), tags.firstSec[row]!, tags.firstNsec[row]!, digits)
      to = putEthType(out, putBytes(out, to, QUOTE), packets, row)
      to = putAddresses(out, putLink(out, to, packets, row), packets, row, this.#addresses)
    } else to = putBytes(out, to, QUOTE)
    to = putInt(out, putBytes(out, to, OFFSET), chunks.offset[index]!)
    to = putInt(out, putBytes(out, to, LENGTH), chunks.len[index]!)
    if (this.#withPayload) to = putPayload(out, to, slab, chunks.off[index]!, chunks.len[index]!)
    return putBytes(out, to, END)
  }

  #begins(stream: number): boolean {
    if (this.#begun.has(stream)) return false
    this.#begun.add(stream)
    return true
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
