import { Carver } from './carver.ts'

/**
 * Stretches of payload in their place in the flow's stream; filled by the payload stage, in the order of the packets
 * that brought them. A packet can give none, one, or several where others had filled the middle before.
 */
export class ChunkColumns {
  readonly capacity: number
  /** How many chunks there are. */
  count = 0
  /** Offset of the first byte in its stream (bytes): TCP from ISN + 1 or the first byte seen, so it can be negative. */
  readonly offset: Float64Array
  /** The packet's row in the batch; its flow, time and addresses are the chunk's. */
  readonly row: Uint32Array
  /** Where the bytes lie in the slab, and how many. */
  readonly off: Uint32Array
  readonly len: Uint32Array
  /**
   * SCTP stream number of each chunk, −1 for those of flows that have one stream, with the payload protocol identifier
   * and the flags of the DATA chunk (RFC 9260 section 3.3.1). Undefined where no chunk of the batch belongs to SCTP.
   */
  stream: Int32Array | undefined = undefined
  ppid: Uint32Array | undefined = undefined
  dataFlags: Uint8Array | undefined = undefined

  constructor(capacity: number, shared = false) {
    const carver = new Carver(capacity, 8 + 4 * 3, shared)
    this.capacity = capacity
    this.offset = carver.f64()
    this.row = carver.u32()
    this.off = carver.u32()
    this.len = carver.u32()
  }

  /** Gives the columns room for what SCTP says of a chunk; all chunks so far are of other flows. */
  addStreams(): void {
    const { capacity, offset } = this
    const carver = new Carver(capacity, 4 * 2 + 1, offset.buffer instanceof SharedArrayBuffer)
    this.stream = carver.i32().fill(-1)
    this.ppid = carver.u32()
    this.dataFlags = carver.u8()
  }

  /** Takes away again what `addStreams()` gave. */
  dropStreams(): void {
    this.stream = undefined
    this.ppid = undefined
    this.dataFlags = undefined
  }

  /** The same chunks with room for more. */
  grown(): ChunkColumns {
    const shared = this.offset.buffer instanceof SharedArrayBuffer
    const wider = new ChunkColumns(Math.max(64, this.capacity * 2), shared)
    wider.count = this.count
    wider.offset.set(this.offset)
    wider.row.set(this.row)
    wider.off.set(this.off)
    wider.len.set(this.len)
    if (this.stream === undefined) return wider
    wider.addStreams()
    wider.stream!.set(this.stream)
    wider.ppid!.set(this.ppid!)
    wider.dataFlags!.set(this.dataFlags!)
    return wider
  }
}
