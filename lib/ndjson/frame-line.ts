import { bytesOf, putBytes, putInt, putTime } from '../ascii.ts'
import type { Batch } from '../batch.ts'
import { base64Length } from './base64.ts'
import { putPayload } from './packet-line.ts'

/** More than all members but captureId and payload can take. */
const ROOM = 512

const TIME = bytesOf(',"time":"')
const IFACE_NO = bytesOf('","ifaceNo":')
const LINK_TYPE = bytesOf(',"linkType":')
const CAP_LEN = bytesOf(',"capLen":')
const WIRE_LEN = bytesOf(',"wireLen":')
const END = bytesOf('}\n')

/** Writes frames as they were captured. */
export class FrameLine {
  readonly #withPayload: boolean
  #captureId: string | undefined
  #head: Uint8Array = bytesOf('')

  constructor(withPayload: boolean) {
    this.#withPayload = withPayload
  }

  /** Bytes that the row's line needs at most. */
  room(batch: Batch, row: number): number {
    return ROOM + this.#startOf(batch).length + base64Length(batch.frames.capLen[row]!)
  }

  /** Puts the whole line. */
  put(out: Buffer, at: number, batch: Batch, row: number): number {
    const { frames, slab } = batch
    let to = putInt(out, putBytes(out, at, this.#startOf(batch)), frames.pktNo[row]!)
    to = putTime(out, putBytes(out, to, TIME), frames.sec[row]!, frames.nsec[row]!, frames.digits[row]!)
    to = putInt(out, putBytes(out, to, IFACE_NO), frames.iface[row]!)
    to = putInt(out, putBytes(out, to, LINK_TYPE), frames.linkType[row]!)
    to = putInt(out, putBytes(out, to, CAP_LEN), frames.capLen[row]!)
    to = putInt(out, putBytes(out, to, WIRE_LEN), frames.wireLen[row]!)
    if (this.#withPayload) to = putPayload(out, to, slab, frames.off[row]!, frames.capLen[row]!)
    return putBytes(out, to, END)
  }

  #startOf(batch: Batch): Uint8Array {
    const captureId = batch.capture?.captureId ?? ''
    if (captureId !== this.#captureId) {
      this.#captureId = captureId
      this.#head = bytesOf(`{"type":"frame","captureId":${JSON.stringify(captureId)},"pktNo":`)
    }
    return this.#head
  }
}
