import { markerText } from '../gap-text.ts'
import { type PieceText, pieceText, type Speech } from './follow-format.ts'
import type { Piece } from './follow-piece.ts'
import type { FollowFormat } from './format-names.ts'

/** How gaps are shown: by a line of text, as zeros, or not at all. */
export type FollowGap = 'marker' | 'zero' | 'skip'

export interface RunOptions {
  /** Default `ascii`. */
  format?: FollowFormat
  /** Default `marker`; for `raw` and `base64`, in which a line of text would be taken for payload, `zero`. */
  gap?: FollowGap
  /** A in red, B in blue (default false). */
  color?: boolean
  /** What could move a terminal's cursor is left out (default false). */
  toTerminal?: boolean
}

export type Text = string | Uint8Array

const COLORS = ['\x1b[31m', '\x1b[34m'] as const
const PLAIN = '\x1b[0m'
const ZEROS = new Uint8Array(1 << 16)
const LF = 0x0a

/**
 * Writes pieces, those of one stream that follow each other as one run, with colours around runs and what stands for
 * gaps between them. What is yielded is valid until more is asked for.
 */
export class RunText {
  readonly #format: PieceText
  readonly #gap: FollowGap
  readonly #color: boolean
  /** The last piece of the run that is open. */
  #run: Piece | undefined
  #flowInd = 0
  #atLineStart = true

  constructor({ format = 'ascii', gap, color = false, toTerminal = false }: RunOptions = {}) {
    this.#format = pieceText(format, toTerminal)
    this.#gap = gap ?? (format === 'raw' || format === 'base64' ? 'zero' : 'marker')
    this.#color = color && this.#format.isText
  }

  /** Whether lines of other text may stand between runs. */
  get isText(): boolean {
    return this.#format.isText
  }

  /** Writes a piece. */
  *piece(piece: Piece, speech: Speech): Generator<Text> {
    if (piece.bytes !== undefined) yield* this.#bytes(piece, speech, piece.bytes)
    else if (this.#gap !== 'skip') yield* this.#missing(piece, speech)
  }

  /** Ends the run. */
  *close(): Generator<Text> {
    if (this.#run === undefined) return
    this.#run = undefined
    const rest = this.#format.end()
    if (rest !== '') yield this.#noted(rest)
    if (this.#color) yield PLAIN
  }

  /** Writes lines of other text, in the colour of a direction if one is named. */
  *lines(text: string, dir = -1): Generator<Text> {
    yield* this.close()
    if (!this.#atLineStart) yield '\n'
    this.#atLineStart = true
    if (text !== '') yield this.#color && dir >= 0 ? `${COLORS[dir]}${text}${PLAIN}` : text
  }

  /** Begins a line with other text, behind which a run goes on as at the start of a line. */
  *prefix(text: string, dir: number): Generator<Text> {
    yield* this.lines('')
    yield this.#color ? `${COLORS[dir]}${text}${PLAIN}` : text
    this.#atLineStart = true
  }

  *#bytes(piece: Piece, speech: Speech, bytes: Uint8Array): Generator<Text> {
    const run = this.#run
    const follows =
      run !== undefined &&
      speech.flowInd === this.#flowInd &&
      run.dir === piece.dir &&
      run.stream === piece.stream &&
      run.offset + run.length === piece.offset &&
      !piece.starts
    if (!follows) {
      // turns of TCP may share a line, as those of a prompt and its answer do; messages do not
      if ((piece.starts || piece.stream >= 0) && this.isText) yield* this.lines('')
      else yield* this.close()
      this.#flowInd = speech.flowInd
      this.#format.begin(piece, speech)
      if (this.#color) yield COLORS[piece.dir]!
    }
    this.#run = piece
    const text = this.#format.put(piece, bytes)
    if (text.length > 0) yield this.#noted(text)
  }

  *#missing(piece: Piece, speech: Speech): Generator<Text> {
    if (this.#format.gap !== undefined) {
      yield* this.close()
      this.#format.begin(piece, speech)
      yield this.#format.gap(piece)
    } else if (this.#gap === 'marker') {
      yield* this.close()
      const text = markerText(piece.length, piece.reason)
      yield this.#noted(this.#atLineStart && this.isText ? text.slice(1) : text)
    } else if (!piece.isTail) {
      for (let at = 0; at < piece.length; at += ZEROS.length) {
        const length = Math.min(ZEROS.length, piece.length - at)
        const part = { ...piece, offset: piece.offset + at, length }
        yield* this.#bytes(part, speech, ZEROS.subarray(0, length))
      }
    }
  }

  /** Remembers whether this text ends a line. */
  #noted(text: Text): Text {
    this.#atLineStart = (typeof text === 'string' ? text.charCodeAt(text.length - 1) : text.at(-1)) === LF
    return text
  }
}
