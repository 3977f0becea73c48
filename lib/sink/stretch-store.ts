import { closeSync, readSync } from 'node:fs'
import { PldError } from '../errors.ts'
import { causeOf } from '../system-errors.ts'
import { writeFully } from './head-file.ts'
import { readStretch, type StretchCursor, type StretchTarget, WIDTH } from './stretches.ts'

/** Numbers in a block: the block that follows (−1: none), how many stretches there are, and these. */
const BLOCK = 512
const HEAD = 2
const MOST = (BLOCK - HEAD) / WIDTH

/** Ascending stretches in a chain of blocks. */
export interface Run {
  first: number
  last: number
  /** How many there are, and the offset behind the last. */
  count: number
  end: number
}

/**
 * Stretches that no longer find room in memory: one file of blocks of 4 KiB for all flows of a run. A run of stretches
 * is a chain of blocks; blocks that are no longer needed are used again. Throws ERR_WRITE: no flow can be told without.
 */
export class StretchStore {
  readonly #open: () => number
  #fd = -1
  #blocks = 0
  readonly #free: number[] = []

  /** `open` gives a descriptor for reading and writing, when it is needed. */
  constructor(open: () => number) {
    this.#open = open
  }

  /** Writes a run; `fill` puts its stretches into what it is given. With `before`, they become the end of that run. */
  write(fill: (to: StretchTarget) => void, before?: Run): Run {
    const writer = new RunWriter(this)
    fill(writer)
    const run = writer.finish()
    if (before === undefined) return run
    this.#write(bytesOf(Float64Array.of(run.first)), before.last)
    return { first: before.first, last: run.last, count: before.count + run.count, end: run.end }
  }

  /** Goes through a run; with `free`, blocks are given back as they are left. */
  cursor(run: Run, free: boolean): StretchCursor {
    return new RunCursor(this, run.first, free)
  }

  free(run: Run): void {
    const cursor = new RunCursor(this, run.first, true)
    while (cursor.nextBlock()) {
      // going through it is all
    }
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd)
    this.#fd = -1
  }

  takeBlock(): number {
    return this.#free.pop() ?? this.#blocks++
  }

  freeBlock(block: number): void {
    this.#free.push(block)
  }

  writeBlock(block: number, numbers: Float64Array): void {
    this.#write(bytesOf(numbers), block)
  }

  readBlock(block: number, numbers: Float64Array): void {
    const bytes = bytesOf(numbers)
    try {
      for (let done = 0; done < bytes.length; ) {
        const count = readSync(this.#fd, bytes, done, bytes.length - done, block * bytes.length + done)
        if (count === 0) throw new Error('it was cut')
        done += count
      }
    } catch (error) {
      throw failure(error)
    }
  }

  /** Writes to the start of a block. */
  #write(bytes: Uint8Array, block: number): void {
    try {
      if (this.#fd < 0) this.#fd = this.#open()
      writeFully(this.#fd, bytes, 0, bytes.length, block * BLOCK * 8)
    } catch (error) {
      throw failure(error)
    }
  }
}

function failure(error: unknown): PldError {
  return new PldError(
    'ERR_WRITE',
    `the file that remembers where bytes came from: ${causeOf(error)}`,
    {},
    error,
  )
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

class RunWriter implements StretchTarget {
  readonly #store: StretchStore
  readonly #numbers = new Float64Array(BLOCK)
  readonly #first: number
  #block: number
  #here = 0
  #count = 0

  constructor(store: StretchStore) {
    this.#store = store
    this.#first = store.takeBlock()
    this.#block = this.#first
  }

  add(offset: number, end: number, pktNo: number, sec: number, nsec: number, digits: number): void {
    const numbers = this.#numbers
    let at = HEAD + this.#here * WIDTH
    if (this.#here > 0 && numbers[at - WIDTH + 1] === offset && numbers[at - WIDTH + 2] === pktNo) {
      numbers[at - WIDTH + 1] = end
      return
    }
    if (this.#here === MOST) {
      const next = this.#store.takeBlock()
      this.#flush(next)
      this.#block = next
      at = HEAD
    }
    numbers[at++] = offset
    numbers[at++] = end
    numbers[at++] = pktNo
    numbers[at++] = sec
    numbers[at++] = nsec
    numbers[at] = digits
    this.#here++
    this.#count++
  }

  finish(): Run {
    const end = this.#numbers[HEAD + (this.#here - 1) * WIDTH + 1]!
    this.#flush(-1)
    return { first: this.#first, last: this.#block, count: this.#count, end }
  }

  #flush(next: number): void {
    this.#numbers[0] = next
    this.#numbers[1] = this.#here
    this.#store.writeBlock(this.#block, this.#numbers)
    this.#here = 0
  }
}

class RunCursor implements StretchCursor {
  offset = 0
  end = 0
  pktNo = 0
  sec = 0
  nsec = 0
  digits = 0
  readonly #store: StretchStore
  readonly #numbers = new Float64Array(BLOCK)
  readonly #free: boolean
  #block: number
  #at = 0

  constructor(store: StretchStore, first: number, free: boolean) {
    this.#store = store
    this.#block = first
    this.#free = free
  }

  next(): boolean {
    if (this.#at === this.#numbers[1] && !this.nextBlock()) return false
    readStretch(this.#numbers, HEAD + this.#at++ * WIDTH, this)
    return true
  }

  /** Loads the next block of the chain; it is no longer needed where it lay. */
  nextBlock(): boolean {
    if (this.#block < 0) return false
    this.#store.readBlock(this.#block, this.#numbers)
    if (this.#free) this.#store.freeBlock(this.#block)
    this.#block = this.#numbers[0]!
    this.#at = 0
    return true
  }
}
