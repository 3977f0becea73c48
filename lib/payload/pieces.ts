/** Most pieces in a block, a power of two: what one insertion moves at most. */
const MAX_PIECES = 64
/** A piece is four numbers: start, end, and two of its owner's. */
const WIDTH = 4

class Block {
  values = new Float64Array(4 * WIDTH)
  count = 0

  insert(index: number, start: number, end: number, x: number, y: number): void {
    const used = WIDTH * this.count
    if (used === this.values.length) {
      const wider = new Float64Array(2 * used)
      wider.set(this.values)
      this.values = wider
    }
    const { values } = this
    const at = WIDTH * index
    values.copyWithin(at + WIDTH, at, used)
    values[at] = start
    values[at + 1] = end
    values[at + 2] = x
    values[at + 3] = y
    this.count++
  }

  cut(from: number, to: number): void {
    this.values.copyWithin(WIDTH * from, WIDTH * to, WIDTH * this.count)
    this.count -= to - from
  }
}

/**
 * Disjoint stretches `[start, end)` in ascending order, each with two numbers that tell whose it is. What is put over
 * others takes their place. As in a set of intervals, pieces lie in blocks of bounded size, so that a million of them
 * are no reason to be slow.
 */
export class Pieces {
  readonly #blocks: Block[] = []
  /** Where `#seek()` and `#insert()` left off. */
  #block = 0
  #index = 0
  /** What the last `find()` found: start, end, x and y in turn; only as many count as it said. */
  readonly found: number[] = []

  /** Puts a piece in the place of whatever lay there. */
  put(start: number, end: number, x: number, y: number): void {
    this.#seek(start)
    if (this.#block < this.#blocks.length) {
      const { values } = this.#blocks[this.#block]!
      const at = WIDTH * this.#index
      if (values[at]! < start) {
        const oldEnd = values[at + 1]!
        const [oldX, oldY] = [values[at + 2]!, values[at + 3]!]
        values[at + 1] = start
        this.#index++
        if (oldEnd > end) {
          this.#insert(start, end, x, y)
          this.#index++
          this.#insert(end, oldEnd, oldX, oldY)
          return
        }
      }
      this.#clear(end)
    }
    this.#insert(start, end, x, y)
  }

  /** Looks for pieces in `[from, to)`; returns how many there are, cut to it, see `found`. */
  find(from: number, to: number): number {
    const { found } = this
    let count = 0
    this.#seek(from)
    let i = this.#index
    for (let b = this.#block; b < this.#blocks.length; b++, i = 0) {
      const block = this.#blocks[b]!
      for (; i < block.count; i++) {
        const at = WIDTH * i
        if (block.values[at]! >= to) return count
        found[WIDTH * count] = Math.max(from, block.values[at]!)
        found[WIDTH * count + 1] = Math.min(to, block.values[at + 1]!)
        found[WIDTH * count + 2] = block.values[at + 2]!
        found[WIDTH * count + 3] = block.values[at + 3]!
        count++
      }
    }
    return count
  }

  /** Forgets the pieces that end at or before `limit`. */
  forget(limit: number): void {
    this.#seek(limit)
    this.#blocks.splice(0, this.#block)
    if (this.#index > 0) this.#blocks[0]!.cut(0, this.#index)
  }

  /** Goes to the first piece that ends behind `value`. */
  #seek(value: number): void {
    const blocks = this.#blocks
    this.#index = 0
    let high = blocks.length
    // most pieces go to the end
    if (high > 0 && endOf(blocks[high - 1]!) <= value) {
      this.#block = high
      return
    }
    let low = 0
    while (low < high) {
      const middle = (low + high) >>> 1
      if (endOf(blocks[middle]!) > value) high = middle
      else low = middle + 1
    }
    this.#block = low
    if (low === blocks.length) return
    const { values, count } = blocks[low]!
    let index = 0
    for (let last = count - 1; index < last; ) {
      const middle = (index + last) >>> 1
      if (values[WIDTH * middle + 1]! > value) last = middle
      else index = middle + 1
    }
    this.#index = index
  }

  /** Takes out what lies before `end`, from the current place on; cuts the piece that reaches beyond. */
  #clear(end: number): void {
    const blocks = this.#blocks
    const first = this.#block
    let emptied = 0
    for (let b = first, i = this.#index; b < blocks.length; b++, i = 0) {
      const block = blocks[b]!
      let to = i
      while (to < block.count && block.values[WIDTH * to + 1]! <= end) to++
      const reaches = to < block.count
      if (reaches && block.values[WIDTH * to]! < end) block.values[WIDTH * to] = end
      block.cut(i, to)
      if (block.count === 0) emptied++
      if (reaches) break
    }
    if (emptied === 0) return
    // the first keeps its place if something is left in it
    const from = blocks[first]!.count === 0 ? first : first + 1
    blocks.splice(from, emptied)
  }

  /** Puts a piece in at the current place, and goes to it. */
  #insert(start: number, end: number, x: number, y: number): void {
    const blocks = this.#blocks
    if (this.#block === blocks.length) {
      // behind all others: into the last block if it has room
      if (this.#block > 0 && blocks[this.#block - 1]!.count < MAX_PIECES) {
        this.#block--
        this.#index = blocks[this.#block]!.count
      } else blocks.push(new Block())
    }
    let block = blocks[this.#block]!
    if (block.count === MAX_PIECES) {
      const half = MAX_PIECES / 2
      const right = new Block()
      right.values = block.values.slice(WIDTH * half)
      right.count = half
      block.count = half
      blocks.splice(this.#block + 1, 0, right)
      if (this.#index > half) {
        this.#block++
        this.#index -= half
        block = right
      }
    }
    block.insert(this.#index, start, end, x, y)
  }
}

function endOf({ values, count }: Block): number {
  return values[WIDTH * count - 3]!
}
