/** Stretches of a stream, each a part of a chunk, in ascending order and without overlap. */
export interface Layer {
  /** Number of the chunk, and the bounds of what counts of it. */
  chunk: number[]
  from: number[]
  to: number[]
}

/**
 * Lays chunks, given in the order in which they came, over one another: where several have a byte, the last one has it,
 * as the payload stage gives a byte again only where the later copy is to replace the earlier one. `start` and `end` tell
 * the bounds of a chunk by its number.
 */
export function overlay(
  chunks: readonly number[],
  start: (chunk: number) => number,
  end: (chunk: number) => number,
): Layer {
  const layer: Layer = { chunk: [], from: [], to: [] }
  const put = (chunk: number, from: number, to: number): void => {
    layer.chunk.push(chunk)
    layer.from.push(from)
    layer.to.push(to)
  }
  const sorted = ascends(chunks, start) ? chunks : chunks.toSorted((a, b) => start(a) - start(b))
  if (sorted.every((chunk, i) => i === 0 || start(chunk) >= end(sorted[i - 1]!))) {
    for (const chunk of sorted) put(chunk, start(chunk), end(chunk))
    return layer
  }
  const bounds = [...new Set(chunks.flatMap(chunk => [start(chunk), end(chunk)]))].sort((a, b) => a - b)
  const owner = new Int32Array(bounds.length).fill(-1)
  // the next part at or behind each that nobody owns yet: chunks are gone through from the last one back
  const free = Int32Array.from(bounds, (_, i) => i)
  const nextFree = (i: number): number => {
    let root = i
    while (free[root] !== root) root = free[root]!
    for (let at = i; free[at] !== root; ) {
      const next = free[at]!
      free[at] = root
      at = next
    }
    return root
  }
  const position = new Map(bounds.map((bound, i) => [bound, i]))
  for (let i = chunks.length - 1; i >= 0; i--) {
    const chunk = chunks[i]!
    const stop = position.get(end(chunk))!
    for (let part = nextFree(position.get(start(chunk))!); part < stop; part = nextFree(part)) {
      owner[part] = chunk
      free[part] = part + 1
    }
  }
  for (let part = 0; part < bounds.length; part++) {
    const chunk = owner[part]!
    if (chunk < 0) continue
    const last = layer.chunk.length - 1
    if (layer.chunk[last] === chunk && layer.to[last] === bounds[part]) layer.to[last] = bounds[part + 1]!
    else put(chunk, bounds[part]!, bounds[part + 1]!)
  }
  return layer
}

function ascends(chunks: readonly number[], start: (chunk: number) => number): boolean {
  return chunks.every((chunk, i) => i === 0 || start(chunk) >= start(chunks[i - 1]!))
}
