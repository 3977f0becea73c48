import type { CaptureRecord } from '../records.ts'

/** The captures that a stream of records names, by their number in `Batch.captures`. */
export class CaptureList {
  readonly #file: string
  readonly #numbers = new Map<string, number>()
  #list: CaptureRecord[] = []

  /** `file` is what a capture is called of which no record came. */
  constructor(file: string) {
    this.#file = file
  }

  get list(): readonly CaptureRecord[] {
    return this.#list
  }

  /** The number of the capture with this captureId; one that no record told of is made up. */
  numberOf(captureId: string): number {
    const known = this.#numbers.get(captureId)
    return known ?? this.#add(withDefaults({ captureId, file: this.#file }))
  }

  /** Takes in a capture record; a later one takes the place of the one before. */
  learn(record: Record<string, unknown>): void {
    if (typeof record.captureId !== 'string') return
    const capture = withDefaults({ file: this.#file, ...record, captureId: record.captureId })
    const known = this.#numbers.get(capture.captureId)
    if (known === undefined) this.#add(capture)
    // batches that are under way keep the list that they were given
    else this.#list = this.#list.with(known, capture)
  }

  #add(capture: CaptureRecord): number {
    const number = this.#list.push(capture) - 1
    this.#numbers.set(capture.captureId, number)
    return number
  }
}

/** A capture record from members that may be anything. */
function withDefaults(members: Record<string, unknown> & { captureId: string }): CaptureRecord {
  const { format, linkTypes, snaplen, interfaces, file, ...others } = members
  return {
    ...others,
    type: 'capture',
    captureId: members.captureId,
    file: typeof file === 'string' ? file : '-',
    format: format === 'pcapng' ? format : 'pcap',
    linkTypes: Array.isArray(linkTypes) ? linkTypes.filter(Number.isInteger) : [],
    snaplen: typeof snaplen === 'number' ? snaplen : 0,
    interfaces: Array.isArray(interfaces) ? interfaces : [],
  }
}
