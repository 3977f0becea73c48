import { lstatSync } from 'node:fs'
import { PldError } from '../errors.ts'

/** The letter behind which the number of a file stands, unless another is named. */
const NUMBER_BEHIND = 'p'
/** How long the last file has to be quiet before it counts as whole (ms). */
const QUIET_MS = 5000

/**
 * Captures that are numbered, as `tcpdump -C` and `-W` name them: `dump.pcap`, `dump.pcap1`, …, or `dump.pcap00`,
 * `dump.pcap01`, … An expression is the path of the first, then perhaps `:X`, the text behind which the number stands
 * (default: the last `p` that has one, or else the end), and `,N`, the number of the last file. Throws ERR_USAGE.
 */
export class CaptureSeries {
  /** Numbers of the first and of the last file; Infinity: there is no last one. */
  readonly first: number
  readonly last: number
  /** Whether the first file has its number in its name. */
  readonly #numbered: boolean
  readonly #before: string
  readonly #behind: string
  /** Digits that numbers are filled up to. */
  readonly #width: number

  constructor(expression: string) {
    const { path, mark, last } = split(expression)
    const match = numberBehind(path, mark)
    this.#numbered = match !== undefined
    this.#before = path.slice(0, match?.at ?? path.length)
    const digits = match?.digits ?? ''
    this.#behind = path.slice(this.#before.length + digits.length)
    this.first = Number(digits)
    this.#width = digits.length > 1 && digits.startsWith('0') ? digits.length : 0
    this.last = last ?? Number.POSITIVE_INFINITY
    if (this.last < this.first) {
      throw new PldError('ERR_USAGE', `a series from number ${this.first} on cannot end with ${this.last}`)
    }
  }

  path(number: number): string {
    const isBare = !this.#numbered && number === this.first
    return this.#before + (isBare ? '' : String(number).padStart(this.#width, '0')) + this.#behind
  }

  /**
   * Whether nobody writes to a file any more: the next one is there; or, of the last, nothing was written to it for a
   * while.
   */
  isClosed(number: number): boolean {
    if (lstatSync(this.path(number + 1), { throwIfNoEntry: false }) !== undefined) return true
    if (number < this.last) return false
    const stats = lstatSync(this.path(number), { throwIfNoEntry: false })
    return stats !== undefined && Date.now() - stats.mtimeMs > QUIET_MS
  }
}

function split(expression: string): { path: string; mark: string | undefined; last: number | undefined } {
  const [, head = '', end] = /^(.*?)(?:,(\d+))?$/s.exec(expression)!
  const [, path = '', mark] = /^(.*?)(?::([^:/,]+))?$/s.exec(head)!
  if (path === '') throw new PldError('ERR_USAGE', `${JSON.stringify(expression)} names no series of files`)
  return { path, mark, last: end === undefined ? undefined : Number(end) }
}

/** The digits behind the last mark that has some; with a mark that was named, there have to be some. */
function numberBehind(path: string, mark: string | undefined): { at: number; digits: string } | undefined {
  const text = mark ?? NUMBER_BEHIND
  const name = path.lastIndexOf('/') + 1
  for (let at = path.lastIndexOf(text); at >= name; at = path.lastIndexOf(text, at - 1)) {
    const digits = /^\d{1,15}/.exec(path.slice(at + text.length))?.[0]
    if (digits !== undefined) return { at: at + text.length, digits }
    if (at === 0) break
  }
  if (mark === undefined) return undefined
  throw new PldError('ERR_USAGE', `${JSON.stringify(path)} has no number behind ${JSON.stringify(mark)}`)
}
