/** Up to this many an insertion sort is faster. */
const FEW = 48

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
