import type { Gap } from '../records.ts'
import type { Layer } from './follow-overlay.ts'

/** What is known of one stream of one direction. */
export interface Lane {
  dir: number
  stream: number
  /** Numbers of its chunks, in the order in which they came. */
  chunks: number[]
  /** As their records tell of them: offsets count from the stream's first byte. */
  gaps: Pick<Gap, 'offset' | 'length' | 'reason'>[]
  /** Length of the stream by its flow's record, if that came. */
  length: number | undefined
}

/** What stands in a transcript: part of a chunk, or a gap. Positions are in terms of chunks. */
export interface Entry {
  lane: Lane
  /** Offset of the lane's first byte. */
  start: number
  /** −1: a gap. */
  chunk: number
  from: number
  to: number
  /** Rank of the chunk that completed what it takes to read as far as here. */
  key: number
  reason: Gap['reason'] | undefined
  /** A gap that takes no room in the stream. */
  isTail: boolean
}

/**
 * A lane's entries by offset, with ascending keys. `layer` says which part of which chunk counts, `ranks` the place of
 * each chunk in the order of packets. Where gaps are told of is only believed as to why bytes lack, not whether. What lies
 * before `given` has been taken before.
 */
export function* entriesOf(
  lane: Lane,
  layer: Layer,
  ranks: ArrayLike<number>,
  start = Math.min(0, layer.from[0] ?? 0),
  given = start,
): Generator<Entry> {
  const { chunk, from, to } = layer
  const end = start + (lane.length ?? 0)
  const gaps = lane.gaps.toSorted((a, b) => a.offset - b.offset)
  let next = 0
  let at = given
  let key = 0
  const entry = (what: Partial<Entry>): Entry => ({
    ...{ lane, start, chunk: -1, from: at, to: at, key, reason: undefined, isTail: false },
    ...what,
  })
  const tail = ({ length, reason }: Lane['gaps'][number]): Entry =>
    entry({ to: at + length, reason, isTail: true })
  const part = (number: number, until: number): Entry => {
    const found = entry({ chunk: number, to: until })
    at = until
    return found
  }
  function* hole(until: number): Generator<Entry> {
    while (at < until) {
      const gap = gaps[next]
      const gapAt = gap === undefined ? until : gap.offset + start
      if (gap !== undefined && gapAt + gap.length <= at) next++
      else if (gapAt > at) {
        const stop = Math.min(gapAt, until)
        yield entry({ to: stop })
        at = stop
      } else {
        const stop = Math.min(until, gapAt + gap!.length)
        yield entry({ to: stop, reason: gap!.reason })
        at = stop
        next++
      }
    }
  }
  for (let i = 0; i < chunk.length; i++) {
    key = Math.max(key, ranks[chunk[i]!]!)
    if (from[i]! > at) yield* hole(from[i]!)
    // the tail that a datagram lacks stands behind it, which may be in the middle of a chunk
    for (; next < gaps.length && gaps[next]!.offset + start < to[i]!; next++) {
      const gapAt = gaps[next]!.offset + start
      if (gapAt > at) yield part(chunk[i]!, gapAt)
      if (gapAt === at) yield tail(gaps[next]!)
    }
    yield part(chunk[i]!, to[i]!)
    if ((from[i + 1] ?? Math.max(end, at)) > at) continue
    for (; gaps[next]?.offset === at - start; next++) yield tail(gaps[next]!)
  }
  yield* hole(end)
  for (; next < gaps.length; next++) if (gaps[next]!.offset + start >= at) yield tail(gaps[next]!)
}

/** Puts lists with ascending keys into one. No key is in two lists. */
export function merged(lists: readonly Iterable<Entry>[]): Iterable<Entry> {
  if (lists.length <= 1) return lists[0] ?? []
  const middle = lists.length >> 1
  return mergedPair(merged(lists.slice(0, middle)), merged(lists.slice(middle)))
}

function* mergedPair(left: Iterable<Entry>, right: Iterable<Entry>): Generator<Entry> {
  const a = left[Symbol.iterator]()
  const b = right[Symbol.iterator]()
  let fromA = a.next()
  let fromB = b.next()
  while (!fromA.done || !fromB.done) {
    if (fromB.done || (!fromA.done && fromA.value.key <= fromB.value.key)) {
      yield fromA.value as Entry
      fromA = a.next()
    } else {
      yield fromB.value
      fromB = b.next()
    }
  }
}
