/** Keys from here on are those of SCTP streams; a flow direction's own stays below. */
const FIRST = 2 ** 52

/**
 * Gives keys to the files of SCTP streams, of which a flow direction can have many. A flow direction is known by its own
 * key, `flowInd × 2 + dir`.
 */
export class StreamKeys {
  readonly #flows = new Map<number, Map<number, number>>()
  readonly #byKey = new Map<number, { flow: number; stream: number }>()
  #next = FIRST

  /** The key of a stream's file. */
  key(flow: number, stream: number): number {
    let streams = this.#flows.get(flow)
    if (streams === undefined) {
      streams = new Map()
      this.#flows.set(flow, streams)
    }
    let key = streams.get(stream)
    if (key === undefined) {
      key = this.#next++
      streams.set(stream, key)
      this.#byKey.set(key, { flow, stream })
    }
    return key
  }

  /** The stream that a key belongs to; −1 for that of a flow direction. */
  stream(key: number): number {
    return key < FIRST ? -1 : this.#byKey.get(key)!.stream
  }

  /** The flow direction that a key, of whatever kind, belongs to. */
  flowKey(key: number): number {
    return key < FIRST ? key : this.#byKey.get(key)!.flow
  }

  /** The streams of a flow direction by number, each with its key; they are forgotten. */
  take(flow: number): Map<number, number> | undefined {
    const streams = this.#flows.get(flow)
    if (streams !== undefined) this.#flows.delete(flow)
    return streams
  }

  /** Forgets a key that `take()` gave. */
  forget(key: number): void {
    this.#byKey.delete(key)
  }
}
