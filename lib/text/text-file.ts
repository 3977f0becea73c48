import { closeSync, writeSync } from 'node:fs'
import { PldError } from '../errors.ts'
import { causeOf } from '../system-errors.ts'

/** A file that is written from its beginning to its end. Throws ERR_WRITE. */
export class TextFile {
  readonly #fd: number
  readonly #path: string
  #open = true

  constructor(fd: number, path: string) {
    this.#fd = fd
    this.#path = path
  }

  write(bytes: Uint8Array | string): void {
    const left = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
    this.#try(() => {
      for (let at = 0; at < left.length; ) at += writeSync(this.#fd, left, at)
    })
  }

  /** May be called again. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#try(() => closeSync(this.#fd))
  }

  #try(action: () => void): void {
    try {
      action()
    } catch (error) {
      throw new PldError('ERR_WRITE', causeOf(error), { file: this.#path }, error)
    }
  }
}
