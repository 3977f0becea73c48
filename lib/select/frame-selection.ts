import { type Batch, FlowLine, RawLine } from '../batch.ts'
import { ipText } from '../ip-text.ts'
import { type FlowRecord, type FrameRecord, isFlow } from '../records.ts'

/** What a flow's record says by which it is found again. */
type WantedFlow = Pick<FlowRecord, 'flowInd' | 'dir' | 'srcIP' | 'srcPort' | 'dstIP' | 'dstPort'>

/** What records ask for of one capture. */
interface Wanted {
  /** Packets by their number within the capture. */
  packets: Set<number>
  /** Flow directions by the number of their first packet, counted over all captures of the run. */
  flows: Map<number, WantedFlow[]>
}

/**
 * Which frames records are about: those of packets and of chunks, and all of a flow direction, which is known by its
 * first packet and its ends, so that it is found whatever number it has. First all records are taken, then the packets
 * of the captures go by.
 */
export class FrameSelection {
  readonly #wanted = new Map<string, Wanted>()
  /** `flowInd × 2 + dir` of flow directions that were found, as they are numbered now. */
  readonly #found = new Set<number>()
  #packetsMissing = 0
  #flowsMissing = 0
  /** Whole frames that came as records. */
  readonly frames: FrameRecord[] = []

  /** Takes note of what the records of a batch ask for. */
  want(batch: Batch): void {
    const { frames, rows, keep, pktNoBase, capture } = batch
    for (let row = 0; row < rows; row++) {
      if (keep === undefined || keep[row] !== 0)
        this.#packet(capture?.captureId ?? '', frames.pktNo[row]! - pktNoBase)
    }
    for (const item of batch.side) {
      if (item instanceof FlowLine) this.#flow(JSON.parse(textOf(item.line)) as FlowRecord)
      else if (item instanceof RawLine) this.#line(item.bytes)
      else if (typeof item === 'object' && isFlow(item)) this.#flow(item)
    }
  }

  /** Whether flows have to be found, so that packets need to be tagged. */
  get needsFlows(): boolean {
    return this.#flowsMissing > 0 || this.#found.size > 0
  }

  /** Whether captures have to be read at all. */
  get isEmpty(): boolean {
    return this.#wanted.size === 0
  }

  /** The captures that are asked for, by their id. */
  get captureIds(): string[] {
    return [...this.#wanted.keys()]
  }

  /** How many packets and flows were asked for and have not come. */
  get missing(): { packets: number; flows: number } {
    return { packets: this.#packetsMissing, flows: this.#flowsMissing }
  }

  /** Whether a packet of a capture that goes by is asked for. */
  has(batch: Batch, row: number): boolean {
    const wanted = this.#wanted.get(batch.capture?.captureId ?? '')
    const { frames, tags, pktNoBase } = batch
    const pktNo = frames.pktNo[row]!
    const isWanted = wanted?.packets.delete(pktNo - pktNoBase) ?? false
    if (isWanted) this.#packetsMissing--
    if (tags === undefined) return isWanted
    const key = tags.flowInd[row]! * 2 + tags.dir[row]!
    const flows = wanted?.flows.get(pktNo)
    if (flows !== undefined) {
      const rest = flows.filter(flow => !isOf(flow, batch, row))
      if (rest.length < flows.length) this.#found.add(key)
      this.#flowsMissing -= flows.length - rest.length
      wanted!.flows.set(pktNo, rest)
    }
    return this.#found.has(key) || isWanted
  }

  #of(captureId: string): Wanted {
    let wanted = this.#wanted.get(captureId)
    if (wanted === undefined) {
      wanted = { packets: new Set(), flows: new Map() }
      this.#wanted.set(captureId, wanted)
    }
    return wanted
  }

  #packet(captureId: string, pktNo: number): void {
    const { packets } = this.#of(captureId)
    if (packets.has(pktNo)) return
    packets.add(pktNo)
    this.#packetsMissing++
  }

  #flow(flow: FlowRecord): void {
    const { flows } = this.#of(flow.captureId)
    const list = flows.get(flow.firstPktNo) ?? []
    flows.set(flow.firstPktNo, list)
    if (list.some(({ flowInd, dir }) => flowInd === flow.flowInd && dir === flow.dir)) return
    const { flowInd, dir, srcIP, srcPort, dstIP, dstPort } = flow
    list.push({ flowInd, dir, srcIP, srcPort, dstIP, dstPort } as WantedFlow)
    this.#flowsMissing++
  }

  /** A line of a kind that has no rows: only whole frames count. */
  #line(bytes: Uint8Array): void {
    const text = textOf(bytes)
    if (!text.includes('"frame"')) return
    const record = JSON.parse(text) as FrameRecord
    if (record.type === 'frame') this.frames.push(record)
  }
}

/** Whether a packet has the ends of a flow direction. */
function isOf({ srcIP, srcPort, dstIP, dstPort }: WantedFlow, { packets }: Batch, row: number): boolean {
  const family = packets!.family[row]!
  if (family === 0) return srcIP === undefined
  const { addr } = packets!
  return (
    ipText(family, addr, 8 * row) === srcIP &&
    ipText(family, addr, 8 * row + 4) === dstIP &&
    packets!.srcPort[row] === (srcPort ?? 0) &&
    packets!.dstPort[row] === (dstPort ?? 0)
  )
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
}
