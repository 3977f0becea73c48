import { Batch, type SideItem } from '../batch.ts'
import { PacketColumns } from '../packet-columns.ts'
import { Stage, type StageCore } from '../stage.ts'
import type { Annex } from './annex.ts'
import { DecodeCounters } from './decode-counters.ts'
import { Dissection } from './dissection.ts'
import { ALL_ENCAPSULATIONS, encapsulationBits } from './encapsulations.ts'
import type { FragmentLog } from './fragment-log.ts'
import { type FragmentOptions, FragmentTable } from './fragments.ts'
import { HeaderFacts } from './header-facts.ts'
import { insertRows } from './insert-rows.ts'
import { linkLayer } from './link-type.ts'

/** How deep packets are read; every member can be left out. */
export interface PacketDecoderOptions extends FragmentOptions {
  /** Encapsulations that are opened (default all, `['none']` for none); the names are those of encapsulations.ts. */
  decap?: readonly string[]
  /** Whether the outer packets of UDP tunnels come out as well, each in front of the packet in it (default false). */
  outer?: boolean
  /** Work out TCP checksums: `l4Chk`, for the payload stage's `checksums` (default false). */
  checksums?: boolean
  /** Read the timestamps option of TCP: `tcpTsVal`, for the payload stage's `paws` (default false). */
  timestamps?: boolean
  /** What of link and tunnel headers is kept beside the columns, names of `HEADER_NAMES` (default nothing). */
  headers?: readonly string[]
}

/** Frames in, packets out: fills `Batch.packets` from the bytes of each frame. */
export class DecodeCore implements StageCore<Batch> {
  readonly #dissection: Dissection
  readonly #counters = new DecodeCounters()

  constructor(options: PacketDecoderOptions = {}) {
    const { decap, outer, checksums, timestamps, headers, ...fragments } = options
    this.#dissection = new Dissection({
      opened: decap === undefined ? ALL_ENCAPSULATIONS : encapsulationBits(decap),
      outer: outer ?? false,
      checksums: checksums ?? false,
      timestamps: timestamps ?? false,
      fragments: new FragmentTable(fragments),
      headers: headers === undefined ? undefined : new HeaderFacts(headers),
    })
  }

  /** The batch with what the headers of its frames say; rows that a filter took out are left alone. */
  decode(batch: Batch): Batch {
    const { rows, slab, frames, keep } = batch
    const { off, capLen, wireLen, linkType } = frames
    const packets = batch.newColumns(PacketColumns)
    // layers write only the fields they have
    packets.clear()
    const d = this.#dissection
    const counters = this.#counters
    const slabEnd = rows === 0 ? 0 : off[rows - 1]! + capLen[rows - 1]!
    d.open(slab, packets, slabEnd)
    d.frames = frames
    d.capture = batch.capture
    for (let row = 0; row < rows; row++) {
      if (keep !== undefined && keep[row] === 0) continue
      d.start(row, off[row]!, capLen[row]!, wireLen[row]!)
      linkLayer(d, linkType[row]!)
      d.finish()
      counters.count(d, capLen[row]!, wireLen[row]!)
    }
    counters.countRows(d.inserted, capLen, d.packets.payLen, rows + d.inserted.length)
    const told = withNotes(batch, d.fragments.log)
    const whole = d.annex.length === 0 ? told : told.derive({ slab: withAnnex(batch, slabEnd, d.annex) })
    const all = d.inserted.length === 0 ? whole : insertRows(whole, d.inserted)
    // not those from the start: they may have grown, even if no row is left of those that were inserted
    return all.derive({ packets: d.packets, headers: takeRows(d.headers) })
  }

  *take(batch: Batch): Iterable<Batch> {
    // packets that came as NDJSON were decoded before
    yield batch.packets === undefined ? this.decode(batch) : batch
  }

  /** What is left of datagrams in fragments, and the counters of all packets, behind the last packet. */
  *end(): Iterable<Batch> {
    const { fragments } = this.#dissection
    fragments.close()
    const side = [...fragments.log.fetch().notes, this.#counters.summary(fragments.log.tally)]
    yield Batch.create({ side, sideAt: side.map(() => 0) })
  }
}

/** Takes frames apart: addresses, ports, sequence numbers, status bits, and where the payload lies. */
export class PacketDecoder extends Stage<Batch> {
  constructor(options: PacketDecoderOptions = {}) {
    super(new DecodeCore(options))
  }
}

/** The members of the batch's rows, if there are any. */
function takeRows(headers: HeaderFacts | undefined): Batch['headers'] {
  if (headers === undefined || headers.rows.size === 0) return undefined
  const { rows } = headers
  headers.rows = new Map()
  return rows
}

/** A slab that holds the frames and, behind them, the annex. */
function withAnnex(batch: Batch, slabEnd: number, { bytes, length }: Annex): Buffer {
  const slab = batch.newSlab(slabEnd + length)
  batch.slab.copy(slab, 0, 0, slabEnd)
  bytes.copy(slab, slabEnd, 0, length)
  return slab
}

/** The batch with the notes of the log between its side records. */
function withNotes(batch: Batch, log: FragmentLog): Batch {
  if (log.notes.length === 0) return batch
  const { notes, notesAt } = log.fetch()
  const side: SideItem[] = []
  const sideAt: number[] = []
  let next = 0
  notes.forEach((note, i) => {
    for (; next < batch.side.length && batch.sideAt[next]! <= notesAt[i]!; next++) {
      side.push(batch.side[next]!)
      sideAt.push(batch.sideAt[next]!)
    }
    side.push(note)
    sideAt.push(notesAt[i]!)
  })
  return batch.derive({
    side: [...side, ...batch.side.slice(next)],
    sideAt: [...sideAt, ...batch.sideAt.slice(next)],
  })
}
