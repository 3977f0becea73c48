import type { Batch } from '../batch.ts'
import type { HeaderMembers } from '../header-columns.ts'

/** What was read of the link and tunnel headers of directions' first packets; mostly nothing, as few runs read any. */
export class FirstHeaders {
  /** Headers of the packets at hand, by row. */
  rows: Batch['headers']
  readonly #bySlot = new Map<number, HeaderMembers>()

  /** The direction in this slot begins with the packet in this row. */
  begin(slot: number, row: number): void {
    const headers = this.rows?.get(row)
    if (headers !== undefined) this.#bySlot.set(slot, headers)
  }

  of(slot: number): HeaderMembers | undefined {
    return this.#bySlot.get(slot)
  }

  forget(slot: number): void {
    this.#bySlot.delete(slot)
  }
}
