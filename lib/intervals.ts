/** Most ranges in a block, a power of two: what one insertion moves at most, and how often the list of blocks changes. */
const MAX_RANGES = 64

/** Neighbouring ranges, as start and end in turn. Grows by doubling, for most streams with holes have only one or two. */
class Block {
  values = new Float64Array(8)
  count = 0

  /** Makes room for one range at `index`; returns how many values were moved. */
  open(index: number): number {
    const used = 2 * this.count
    let moved = used - 2 * index
    if (used === this.values.length) {
      const wider = new Float64Array(2 * used)
      wider.set(this.values)
      this.values = wider
      moved += used
    }
    this.values.copyWithin(2 * index + 2, 2 * index, used)
    this.count++
    return moved
  }

  /** Takes out the ranges from `from` up to `to`; returns how many values were moved. */
  cut(from: number, to: number): number {
    this.values.copyWithin(2 * from, 2 * to, 2 * this.count)
    this.count -= to - from
    return 2 * (this.count - from)
  }
}

/**
 * A set of integers as disjoint, ascending ranges `[start, end)`; ranges that touch are one. Ranges lie in blocks of
 * bounded size under a list of blocks, so that an insertion into a million ranges moves a few hundred values whatever
 * the order they come in.
 */
export class Intervals {
  readonly #blocks: Block[] = []
  #size = 0
  #total = 0
  #moved = 0
  /** The stretches which the last `insert()` added: start and end in turn; only the first `2 × insert()` values count. */
  readonly fresh: number[] = []
  /** How many ranges the last `insert()` met that held some of its bytes. */
  overlaps = 0

  /** How many ranges there are. */
  get size(): number {
    return this.#size
  }

  /** How many integers are in the set. */
  get total(): number {
    return this.#total
  }

  /** How many values were moved to make or close room since the beginning, a measure of effort. */
  get moved(): number {
    return this.#moved
  }

  /** Start of the lowest range; the set must not be empty. */
  get first(): number {
    return this.#blocks[0]!.values[0]!
  }

  /** End of the highest range; the set must not be empty. */
  get last(): number {
    const block = this.#blocks[this.#blocks.length - 1]!
    return block.values[2 * block.count - 1]!
  }

  /** Adds `[start, end)`, which must not be empty; returns how many stretches of it were new, see `fresh`. */
  insert(start: number, end: number): number {
    const blocks = this.#blocks
    const fresh = this.fresh
    let b = this.#block(start)
    let i = b < 0 ? 0 : search(blocks[b]!, start)
    if (b >= 0 && i === blocks[b]!.count && b + 1 < blocks.length && blocks[b + 1]!.values[0]! <= end) {
      b++
      i = 0
    }
    let low = start
    let high = end
    let at = start
    let pieces = 0
    let met = 0
    this.overlaps = 0
    let endBlock = b
    let endIndex = i
    while (endBlock >= 0 && endBlock < blocks.length) {
      const { values, count } = blocks[endBlock]!
      if (endIndex === count) {
        endBlock++
        endIndex = 0
        continue
      }
      const from = values[2 * endIndex]!
      const to = values[2 * endIndex + 1]!
      if (from > end) break
      if (from > at) {
        fresh[2 * pieces] = at
        fresh[2 * pieces++ + 1] = from
        this.#total += from - at
      }
      if (from < end && to > start) this.overlaps++
      if (to > at) at = to
      if (from < low) low = from
      if (to > high) high = to
      met++
      endIndex++
    }
    if (at < end) {
      fresh[2 * pieces] = at
      fresh[2 * pieces++ + 1] = end
      this.#total += end - at
    }
    if (met === 0) this.#add(b, i, low, high)
    else {
      const { values } = blocks[b]!
      values[2 * i] = low
      values[2 * i + 1] = high
      if (met > 1) this.#remove(b, i + 1, met - 1)
    }
    return pieces
  }

  /** Calls back for each range, in ascending order. */
  eachRange(call: (start: number, end: number) => void): void {
    for (const { values, count } of this.#blocks) {
      for (let i = 0; i < count; i++) call(values[2 * i]!, values[2 * i + 1]!)
    }
  }

  /** Calls back for each stretch of `[from, to)` that is not in the set, in ascending order. */
  eachGap(from: number, to: number, call: (start: number, end: number) => void): void {
    let at = from
    for (let b = Math.max(0, this.#block(from)); at < to && b < this.#blocks.length; b++) {
      const block = this.#blocks[b]!
      for (let i = search(block, from); i < block.count; i++) {
        const start = block.values[2 * i]!
        if (start >= to) break
        if (start > at) call(at, start)
        at = Math.max(at, block.values[2 * i + 1]!)
      }
      if (block.values[2 * block.count - 2]! >= to) break
    }
    if (at < to) call(at, to)
  }

  /** End of the range that holds or touches `value`; `value` if there is none. */
  endOf(value: number): number {
    const b = this.#block(value)
    if (b < 0) return value
    const block = this.#blocks[b]!
    const i = search(block, value)
    // the next block begins behind `value`
    return i < block.count && block.values[2 * i]! <= value ? block.values[2 * i + 1]! : value
  }

  /** The last block that begins at or before `value`, or the first; −1 if there is none. */
  #block(value: number): number {
    const blocks = this.#blocks
    let high = blocks.length - 1
    // most insertions go to the end
    if (high <= 0 || blocks[high]!.values[0]! <= value) return high
    let low = 0
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (blocks[middle]!.values[0]! <= value) low = middle
      else high = middle - 1
    }
    return low
  }

  #add(b: number, i: number, low: number, high: number): void {
    this.#size++
    const next = this.#blocks[b + 1]
    if (b < 0) this.#insertBlock(++b)
    else if (this.#blocks[b]!.count === MAX_RANGES) {
      // a run that only ascends or descends leaves full blocks behind it
      if (i === 0) this.#insertBlock(b)
      else if (i < MAX_RANGES) [b, i] = this.#split(b, i)
      else {
        if (next === undefined || next.count === MAX_RANGES) this.#insertBlock(b + 1)
        b++
        i = 0
      }
    }
    const block = this.#blocks[b]!
    this.#moved += block.open(i)
    block.values[2 * i] = low
    block.values[2 * i + 1] = high
  }

  #insertBlock(at: number): Block {
    const block = new Block()
    this.#blocks.splice(at, 0, block)
    this.#moved += this.#blocks.length - at
    return block
  }

  /** Halves the full block `b`; returns where its range `i` is now. */
  #split(b: number, i: number): [b: number, i: number] {
    const half = MAX_RANGES / 2
    const left = this.#blocks[b]!
    const right = this.#insertBlock(b + 1)
    right.values = left.values.slice(2 * half)
    right.count = half
    left.count = half
    this.#moved += 2 * half
    return i > half ? [b + 1, i - half] : [b, i]
  }

  /** Takes out `count` ranges, beginning at range `i` of block `b`. */
  #remove(b: number, i: number, count: number): void {
    const blocks = this.#blocks
    this.#size -= count
    const here = Math.min(count, blocks[b]!.count - i)
    this.#moved += blocks[b]!.cut(i, i + here)
    let rest = count - here
    let whole = b + 1
    while (rest > 0 && rest >= blocks[whole]!.count) rest -= blocks[whole++]!.count
    if (whole > b + 1) {
      blocks.splice(b + 1, whole - b - 1)
      this.#moved += blocks.length - b
    }
    if (rest > 0) this.#moved += blocks[b + 1]!.cut(0, rest)
  }
}

/** The first range of the block that ends at or behind `value`. */
function search({ values, count }: Block, value: number): number {
  if (count === 0 || values[2 * count - 1]! < value) return count
  let low = 0
  let high = count - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[2 * middle + 1]! >= value) high = middle
    else low = middle + 1
  }
  return low
}
