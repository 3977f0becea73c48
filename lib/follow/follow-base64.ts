import type { PieceText } from './follow-format.ts'

/** A line of base64 (RFC 4648, padded) for each run. */
export class Base64Text implements PieceText {
  readonly isText = true
  /** Bytes that three have to be of to be written. */
  #rest = Buffer.alloc(0)
  #begun = false

  begin(): void {}

  put(_piece: unknown, bytes: Uint8Array): string {
    this.#begun = true
    const all = Buffer.concat([this.#rest, bytes])
    const whole = all.length - (all.length % 3)
    this.#rest = all.subarray(whole)
    return all.toString('base64', 0, whole)
  }

  end(): string {
    if (!this.#begun) return ''
    const text = `${this.#rest.toString('base64')}\n`
    this.#rest = Buffer.alloc(0)
    this.#begun = false
    return text
  }
}
