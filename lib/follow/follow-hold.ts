import { closeSync, ftruncateSync, readSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { PldError } from '../errors.ts'
import { causeOf } from '../system-errors.ts'
import { openNameless } from '../temp-file.ts'

/** Bytes that go to the file with one write. */
const TAIL = 1 << 18
const FIRST_BLOCK = 1 << 9
const LAST_BLOCK = 1 << 18
/** A place is block × BLOCK + position in memory; in the file, −1 − position. */
const BLOCK = 2 ** 32

/**
 * Room for the bytes of conversations that are not over: up to `bound` bytes in memory, and all beyond it in a temporary
 * file that has no name any more, so that nothing of it is left however the process ends.
 */
export class ByteHold {
  readonly #bound: number
  #used = 0
  #fd = -1
  /** What is on its way to the file, and the position of its first byte. */
  #tail: Buffer | undefined
  #fill = 0
  #written = 0
  /** Bytes in the file that somebody may still ask for. */
  #alive = 0

  constructor(bound: number) {
    this.#bound = bound
  }

  /** Whether so many more bytes may be taken in memory; they count as taken then. */
  grant(bytes: number): boolean {
    if (this.#used + bytes > this.#bound) return false
    this.#used += bytes
    return true
  }

  /** Gives back what was granted, and what was put into the file. */
  giveBack(granted: number, filed: number): void {
    this.#used -= granted
    this.#alive -= filed
    if (filed === 0 || this.#alive > 0) return
    this.#fill = 0
    this.#written = 0
    if (this.#fd >= 0) ftruncateSync(this.#fd, 0)
  }

  /** Puts bytes into the file; returns their position. */
  file(bytes: Uint8Array): number {
    this.#tail ??= Buffer.allocUnsafeSlow(TAIL)
    if (this.#fill + bytes.length > TAIL) this.#flush()
    const at = this.#written + this.#fill
    if (bytes.length > TAIL) this.#write(bytes)
    else {
      this.#tail.set(bytes, this.#fill)
      this.#fill += bytes.length
    }
    this.#alive += bytes.length
    return at
  }

  /** A copy of bytes of the file. */
  fetch(position: number, length: number): Uint8Array {
    if (position + length > this.#written) this.#flush()
    const bytes = Buffer.allocUnsafe(length)
    for (let at = 0; at < length; ) {
      const count = this.#try(() => readSync(this.#fd, bytes, at, length - at, position + at))
      if (count === 0)
        throw new PldError('ERR_READ', 'the temporary file is shorter than what was put into it')
      at += count
    }
    return bytes
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd)
    this.#fd = -1
  }

  #flush(): void {
    if (this.#fill > 0) this.#write(this.#tail!.subarray(0, this.#fill))
    this.#fill = 0
  }

  #write(bytes: Uint8Array): void {
    this.#try(() => {
      if (this.#fd < 0) this.#fd = openNameless()
      for (let at = 0; at < bytes.length; ) {
        at += writeSync(this.#fd, bytes, at, bytes.length - at, this.#written + at)
      }
    })
    this.#written += bytes.length
  }

  #try<Result>(action: () => Result): Result {
    try {
      return action()
    } catch (error) {
      const message = `conversations under way cannot be kept in a temporary file: ${causeOf(error)}`
      throw new PldError('ERR_WRITE', message, { file: tmpdir() }, error)
    }
  }
}

/** The bytes of one conversation. */
export class Shelf {
  readonly #hold: ByteHold
  readonly #blocks: Buffer[] = []
  #fill = 0
  #granted = 0
  #filed = 0

  constructor(hold: ByteHold) {
    this.#hold = hold
  }

  /** Copies bytes; returns their place. What is put in one behind the other mostly has places that follow each other. */
  put(bytes: Uint8Array): number {
    const last = this.#blocks.at(-1)
    if (last === undefined || last.length - this.#fill < bytes.length) {
      const wanted = Math.min(LAST_BLOCK, 2 * (last?.length ?? FIRST_BLOCK / 2))
      const size = Math.max(wanted, bytes.length)
      if (!this.#hold.grant(size)) {
        this.#filed += bytes.length
        return -1 - this.#hold.file(bytes)
      }
      this.#granted += size
      this.#blocks.push(Buffer.allocUnsafeSlow(size))
      this.#fill = 0
    }
    const at = this.#fill
    this.#blocks.at(-1)!.set(bytes, at)
    this.#fill += bytes.length
    return (this.#blocks.length - 1) * BLOCK + at
  }

  /** The place behind `length` bytes at a place. */
  static behind(place: number, length: number): number {
    return place < 0 ? place - length : place + length
  }

  /** Bytes at a place; valid until the next call. */
  get(place: number, length: number): Uint8Array {
    if (place < 0) return this.#hold.fetch(-1 - place, length)
    const at = place % BLOCK
    return this.#blocks[Math.floor(place / BLOCK)]!.subarray(at, at + length)
  }

  clear(): void {
    this.#hold.giveBack(this.#granted, this.#filed)
    this.#blocks.length = 0
    this.#fill = 0
    this.#granted = 0
    this.#filed = 0
  }
}
