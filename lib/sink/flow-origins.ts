import { type Batch, FlowLine } from '../batch.ts'

/** How a flow direction began. */
export interface Origin {
  /** Of its first packet. */
  pktNo: number
  /** How many flows there were before it between the same endpoints in this direction. */
  connection: number
}

const UNSEEN: Origin = { pktNo: 0, connection: 0 }

/**
 * How flow directions began, for names that tell. It has to see every batch, as a flow can be without payload, and it
 * keeps a word on each pair of endpoints to the end of the run; so it is only there if names need it.
 */
export class FlowOrigins {
  readonly #live = new Map<number, Origin>()
  readonly #connections = new Map<string, number>()

  /** Looks at the packets of a batch for flows that are new. */
  see({ tags, packets, frames, keep, rows }: Batch): void {
    if (tags === undefined || packets === undefined) return
    const { flowInd, dir } = tags
    let last = -1
    for (let row = 0; row < rows; row++) {
      const key = flowInd[row]! * 2 + dir[row]!
      if (key === last || flowInd[row] === 0 || (keep !== undefined && keep[row] === 0)) continue
      last = key
      if (this.#live.has(key)) continue
      const { addr, srcPort, dstPort, l4Proto } = packets
      const ends = `${addr.subarray(8 * row, 8 * row + 8)} ${srcPort[row]} ${dstPort[row]} ${l4Proto[row]}`
      const connection = this.#connections.get(ends) ?? 0
      this.#connections.set(ends, connection + 1)
      this.#live.set(key, { pktNo: frames.pktNo[row]!, connection })
    }
  }

  of(key: number): Origin {
    return this.#live.get(key) ?? UNSEEN
  }

  /** Forgets the flows that end in a batch. */
  forget({ side, flows }: Batch): void {
    for (const item of side) {
      if (typeof item === 'number') this.#live.delete(flows!.flowInd[item]! * 2 + flows!.dir[item]!)
      else if (item instanceof FlowLine) this.#live.delete(item.flowInd * 2 + item.dir)
    }
  }
}
