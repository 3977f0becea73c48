import type { CaptureList } from './capture-list.ts'
import type { LineCursor } from './line-cursor.ts'
import { Literal, SLACK } from './literal.ts'

/** Reads the captureId of a line; that of the line before is known by its bytes. */
export class CaptureIdScanner {
  /** Number of the capture that the last line named. */
  captureNo = 0
  readonly #line: LineCursor
  readonly #captures: CaptureList
  /** The captureId read last, with the quotes and the colon around it, unless it is a very long one. */
  #known: Literal | undefined

  constructor(line: LineCursor, captures: CaptureList) {
    this.#line = line
    this.#captures = captures
  }

  /** Reads up to the closing quote, from behind the opening one. */
  scan(): boolean {
    const line = this.#line
    const from = line.at
    const known = this.#known
    if (known?.standsAt(line.view, from - 3)) {
      line.at = from + known.length - 4
      return true
    }
    const end = line.plainTextEnd()
    if (end < 0) return false
    this.#known = end - from + 4 > SLACK ? undefined : new Literal(line.bytes.subarray(from - 3, end + 1))
    this.captureNo = this.#captures.numberOf(line.bytes.toString('latin1', from, end))
    line.at = end
    return true
  }
}
