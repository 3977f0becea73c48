import type { CaptureList } from './capture-list.ts'
import type { LineCursor } from './line-cursor.ts'

/** Reads the captureId of a line; that of the line before is known by its bytes. */
export class CaptureIdScanner {
  /** Number of the capture that the last line named. */
  captureNo = 0
  readonly #line: LineCursor
  readonly #captures: CaptureList
  #bytes: Uint8Array | undefined

  constructor(line: LineCursor, captures: CaptureList) {
    this.#line = line
    this.#captures = captures
  }

  /** Reads up to the closing quote. */
  scan(): boolean {
    const line = this.#line
    const from = line.at
    if (this.#bytes !== undefined && line.literal(this.#bytes) && line.bytes[line.at] === 0x22) return true
    line.at = from
    const end = line.plainTextEnd()
    if (end < 0) return false
    this.#bytes = Uint8Array.prototype.slice.call(line.bytes, from, end)
    this.captureNo = this.#captures.numberOf(line.bytes.toString('latin1', from, end))
    line.at = end
    return true
  }
}
