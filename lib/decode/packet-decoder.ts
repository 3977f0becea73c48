import { Batch } from '../batch.ts'
import { PacketColumns } from '../columns.ts'
import { Stage, type StageCore } from '../stage.ts'
import { DecodeCounters } from './decode-counters.ts'
import { Dissection } from './dissection.ts'
import { linkLayer } from './link-type.ts'

/** What is looked at only if somebody wants to know. */
export interface PacketDecoderOptions {
  /** Work out TCP checksums: `l4Chk`, for the payload stage's `checksums` (default false). */
  checksums?: boolean
  /** Read the timestamps option of TCP: `tcpTsVal`, for the payload stage's `paws` (default false). */
  timestamps?: boolean
}

/** Frames in, packets out: fills `Batch.packets` from the bytes of each frame. */
export class DecodeCore implements StageCore<Batch> {
  readonly #dissection: Dissection
  readonly #counters = new DecodeCounters()

  constructor({ checksums = false, timestamps = false }: PacketDecoderOptions = {}) {
    this.#dissection = new Dissection(checksums, timestamps)
  }

  /** What the headers of the batch's frames say; rows that a filter took out are left alone. */
  decode(batch: Batch): PacketColumns {
    const { rows, slab, frames, keep } = batch
    const packets = batch.newColumns(PacketColumns)
    // layers write only the fields they have
    packets.clear()
    const { off, capLen, wireLen, linkType } = frames
    const d = this.#dissection
    const counters = this.#counters
    d.open(slab, packets)
    for (let row = 0; row < rows; row++) {
      if (keep !== undefined && keep[row] === 0) continue
      d.start(row, off[row]!, capLen[row]!, wireLen[row]!)
      linkLayer(d, linkType[row]!)
      d.finish()
      counters.count(d, capLen[row]!, wireLen[row]!)
    }
    return packets
  }

  *take(batch: Batch): Iterable<Batch> {
    // packets that came as NDJSON were decoded before
    yield batch.packets === undefined ? batch.derive({ packets: this.decode(batch) }) : batch
  }

  /** The counters of all packets, as a record behind the last packet. */
  *end(): Iterable<Batch> {
    yield Batch.create({ side: [this.#counters.summary()], sideAt: [0] })
  }
}

/** Takes frames apart: addresses, ports, sequence numbers, status bits, and where the payload lies. */
export class PacketDecoder extends Stage<Batch> {
  constructor(options: PacketDecoderOptions = {}) {
    super(new DecodeCore(options))
  }
}
