import { C_SIDES, D_ARRIVAL } from './flow-state.ts'
import type { Slots } from './slots.ts'

/** Up to this many an insertion sort is faster. */
const FEW = 48

/** Each packet counts for two, so that what was passed over can be told by its odd number. */
export const ARRIVAL_STEP = 2

/**
 * Lets directions that are idle while the opposite ones live on count as if they had only come now, in the order in
 * which they stood, and once until they have another packet: so does the original, which moves them to the front of
 * its list. Takes them from `slots`. `arrivals` is the number of the last packet; returns what is to be its number now.
 */
export function passOver(slots: number[], directions: Slots, arrivals: number): number {
  if (slots.length === 0) return arrivals
  const fresh = slots.splice(0).filter(slot => (directions.get(slot, D_ARRIVAL) & 1) === 0)
  const keys = Uint32Array.from(fresh, slot => (directions.get(slot, D_ARRIVAL) - arrivals - 1) >>> 0)
  const ordered = Uint32Array.from(fresh)
  sortByKey(ordered, keys)
  let next = arrivals
  for (const slot of ordered) {
    directions.set(slot, D_ARRIVAL, next | 1)
    next = (next + ARRIVAL_STEP) | 0
  }
  return next
}

/**
 * The conversations in the order in which they come out: by the last packet of whichever direction was seen least
 * recently. This goes by arrival, not by time; `arrivals` is the number of the last packet, modulo 2^32.
 */
export function byArrival(
  ids: ArrayLike<number>,
  conversations: Slots,
  directions: Slots,
  arrivals: number,
): Uint32Array {
  const ordered = Uint32Array.from(ids)
  const keys = new Uint32Array(ordered.length)
  for (let i = 0; i < keys.length; i++) {
    keys[i] = 0xffff_ffff
    for (let side = 0; side < 2; side++) {
      const slot = conversations.get(ordered[i]!, C_SIDES + side)
      // the packet that came longest ago has the lowest key, also when the count has wrapped in between
      if (slot !== 0) keys[i] = Math.min(keys[i]!, (directions.get(slot, D_ARRIVAL) - arrivals - 1) >>> 0)
    }
  }
  sortByKey(ordered, keys)
  return ordered
}

/**
 * Puts `ids` into ascending order of their `keys`, both in place. Linear in their number: at the end of input there
 * are as many as there are flows alive.
 */
export function sortByKey(ids: Uint32Array, keys: Uint32Array): void {
  if (ids.length <= FEW) insertionSort(ids, keys)
  else radixSort(ids, keys)
}

function insertionSort(ids: Uint32Array, keys: Uint32Array): void {
  for (let i = 1; i < ids.length; i++) {
    const id = ids[i]!
    const key = keys[i]!
    let at = i
    for (; at > 0 && keys[at - 1]! > key; at--) {
      ids[at] = ids[at - 1]!
      keys[at] = keys[at - 1]!
    }
    ids[at] = id
    keys[at] = key
  }
}

/** One stable pass a byte, lowest first; after four of them the result is back in the given arrays. */
function radixSort(ids: Uint32Array, keys: Uint32Array): void {
  let [fromIds, toIds] = [ids, new Uint32Array(ids.length) as Uint32Array]
  let [fromKeys, toKeys] = [keys, new Uint32Array(ids.length) as Uint32Array]
  for (let shift = 0; shift < 32; shift += 8) {
    const starts = new Uint32Array(257)
    for (const key of fromKeys) starts[((key >>> shift) & 0xff) + 1]!++
    for (let i = 1; i < 257; i++) starts[i]! += starts[i - 1]!
    for (let i = 0; i < fromIds.length; i++) {
      const key = fromKeys[i]!
      const at = starts[(key >>> shift) & 0xff]!++
      toIds[at] = fromIds[i]!
      toKeys[at] = key
    }
    ;[fromIds, toIds] = [toIds, fromIds]
    ;[fromKeys, toKeys] = [toKeys, fromKeys]
  }
}
