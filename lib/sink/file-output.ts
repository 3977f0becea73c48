import { writeFully } from './head-file.ts'

/** Puts pieces together for few writes into an empty file, one behind the other. Throws what the system says. */
export class FileOutput {
  readonly bytes: Buffer
  /** How many of `bytes` wait to be written. */
  held = 0
  readonly #fd: number
  #written = 0

  constructor(fd: number, size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size)
    this.#fd = fd
  }

  /** Adds a text of ASCII, which `room` bytes hold. */
  text(text: string, room: number): void {
    if (this.held + room > this.bytes.length) this.flush()
    this.held += this.bytes.write(text, this.held, 'latin1')
  }

  /** Writes what waits; returns how long the file is. */
  flush(): number {
    writeFully(this.#fd, this.bytes, 0, this.held, this.#written)
    this.#written += this.held
    this.held = 0
    return this.#written
  }
}
