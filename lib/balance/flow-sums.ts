import { type Batch, FlowLine } from '../batch.ts'
import { PROTO_TCP } from '../packet-facts.ts'
import type { FlowPayload, FlowRecord, Gap } from '../records.ts'
import { PLD_DUMPED } from '../status-bits.ts'

/** Sums over flow records, or over the rows and lines that will be. Lengths are bytes. */
export class FlowSums {
  records = 0
  packets = 0
  capBytes = 0
  /** Flow directions with bytes in their stream, and the files and the gaps of all. */
  withPayload = 0
  files = 0
  gaps = 0
  gapBytes = 0
  pldBytes = 0
  /** Of TCP alone, because what lacks of a datagram takes no room in its stream. */
  tcpLen = 0
  tcpBytes = 0
  tcpGapBytes = 0

  /** Takes a flow that stands between the rows of a batch. */
  take(batch: Batch, item: number | FlowLine): void {
    if (item instanceof FlowLine) {
      const { buffer, byteOffset, length } = item.line
      const record = JSON.parse(Buffer.from(buffer, byteOffset, length).toString()) as FlowRecord
      this.record(record, item.payload)
      return
    }
    const { packets, capBytes, l4Proto } = batch.flows!
    this.records++
    this.packets += packets[item]!
    this.capBytes += capBytes[item]!
    const payload = batch.flowPayload[item]
    if (payload !== undefined) this.#payload(payload, l4Proto[item]!)
  }

  /** Takes a record; `payload`: what is to be added to it. */
  record(record: FlowRecord, payload: Partial<FlowPayload> = record): void {
    this.records++
    this.packets += numberOr0(record.numPktsSnt)
    this.capBytes += numberOr0(record.capBytesSnt)
    if (payload.pldStat !== undefined) this.#payload(payload as FlowPayload, record.l4Proto)
  }

  #payload({ pldStat, pldFile, pldFiles, pldLen, pldBytes, pldGaps }: FlowPayload, l4Proto: number): void {
    if ((Number(pldStat) & PLD_DUMPED) !== 0) this.withPayload++
    if (pldFile !== undefined) this.files++
    this.pldBytes += numberOr0(pldBytes)
    const gapBytes = this.#gaps(pldGaps)
    for (const stream of listOf(pldFiles)) {
      if (stream?.pldFile !== undefined) this.files++
      this.#gaps(stream?.pldGaps)
    }
    if (l4Proto !== PROTO_TCP) return
    this.tcpLen += numberOr0(pldLen)
    this.tcpBytes += numberOr0(pldBytes)
    this.tcpGapBytes += gapBytes
  }

  #gaps(told: readonly Gap[] | undefined): number {
    const gaps = listOf(told)
    let bytes = 0
    for (const gap of gaps) bytes += numberOr0(gap?.length)
    this.gaps += gaps.length
    this.gapBytes += bytes
    return bytes
  }
}

/** What a line says comes from outside: where it is no number it counts for nothing, and its balance tells. */
export function numberOr0(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

function listOf<Item>(value: readonly Item[] | undefined): readonly Item[] {
  return Array.isArray(value) ? value : []
}
