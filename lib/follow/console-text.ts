import { PROTO_TCP } from '../packet-facts.ts'
import type { Ends } from './follow-ends.ts'
import type { Speech } from './follow-format.ts'
import type { Piece } from './follow-piece.ts'
import { type RunOptions, RunText, type Text } from './follow-runs.ts'

export interface ConsoleOptions extends RunOptions {
  /** `source-destination: ` in front of what one side says, where it was not the last to speak (default true). */
  headers?: boolean
}

/** A conversation, and the part of a line that one of its sides has not ended. */
export interface ConsoleSpeech extends Speech {
  begun: Piece[]
  begunBytes: number
}

/** Longest line that is waited for, and what all may have that are waited for (bytes). */
const LONGEST_LINE = 1 << 12
const MOST_BEGUN = 1 << 24
const LF = 0x0a

/**
 * Writes what all conversations say as it comes, one between the other. Text of TCP is written in whole lines, whatever
 * segments they came in: the beginning of a line waits for its end, for the other side to speak, for the end of its
 * stream, or until it is too long for a line. So `grep` finds what was cut in two by a segment's end.
 */
export class ConsoleText {
  readonly #runs: RunText
  readonly #headers: boolean
  readonly #joins: boolean
  /** Behind a header there is a line of its own. */
  readonly #isTable: boolean
  readonly #begun = new Set<ConsoleSpeech>()
  #begunBytes = 0
  /** Who spoke last. */
  #speaker: Speech | undefined
  #dir = 0
  #stream = -1

  constructor(options: ConsoleOptions = {}) {
    this.#runs = new RunText(options)
    this.#headers = (options.headers ?? true) && this.#runs.isText
    this.#joins = (options.format ?? 'ascii') === 'ascii'
    this.#isTable = options.format === 'hex'
  }

  /** Writes a piece, or keeps what of it is no whole line. */
  *piece(speech: ConsoleSpeech, piece: Piece): Generator<Text> {
    if (!this.#joins || speech.ends.proto !== PROTO_TCP) {
      yield* this.#write(speech, piece)
      return
    }
    const { bytes } = piece
    const isOther = bytes === undefined || piece.isLate === true
    if (isOther || speech.begun[0]?.dir !== piece.dir) yield* this.flush(speech)
    if (isOther) {
      yield* this.#write(speech, piece)
      return
    }
    const whole = bytes.lastIndexOf(LF) + 1
    if (whole > 0) {
      yield* this.flush(speech)
      yield* this.#write(speech, { ...piece, length: whole, bytes: bytes.subarray(0, whole) })
    }
    if (whole === bytes.length) return
    const rest = Uint8Array.from(bytes.subarray(whole))
    speech.begun.push({ ...piece, offset: piece.offset + whole, length: rest.length, bytes: rest })
    speech.begunBytes += rest.length
    this.#begunBytes += rest.length
    this.#begun.add(speech)
    if (speech.begunBytes > LONGEST_LINE) yield* this.flush(speech)
    for (const oldest of this.#begun) {
      if (this.#begunBytes <= MOST_BEGUN) break
      yield* this.flush(oldest)
    }
  }

  /** Writes the line that was begun. */
  *flush(speech: ConsoleSpeech): Generator<Text> {
    if (speech.begunBytes === 0) return
    for (const piece of speech.begun) yield* this.#write(speech, piece)
    this.#begunBytes -= speech.begunBytes
    this.#begun.delete(speech)
    speech.begun = []
    speech.begunBytes = 0
  }

  /** Writes all that was begun, and ends the last line. */
  *end(): Generator<Text> {
    for (const speech of this.#begun) yield* this.flush(speech)
    if (this.#runs.isText) yield* this.#runs.lines('')
    else yield* this.#runs.close()
  }

  *#write(speech: Speech, piece: Piece): Generator<Text> {
    const follows =
      !piece.isLate && speech === this.#speaker && piece.dir === this.#dir && piece.stream === this.#stream
    if (!follows && this.#runs.isText) {
      if (this.#headers) {
        const name = `${nameOf(speech.ends, piece.dir, piece.stream)}: ${this.#isTable ? '\n' : ''}`
        yield* this.#runs.prefix(name, piece.dir)
      } else yield* this.#runs.lines('')
    }
    if (piece.isLate && this.#runs.isText)
      yield* this.#runs.lines(`[late: ${piece.length} bytes of offset ${piece.offset}]\n`, piece.dir)
    yield* this.#runs.piece(piece, speech)
    // what comes next belongs elsewhere, and is to say so
    this.#speaker = piece.isLate ? undefined : speech
    this.#dir = piece.dir
    this.#stream = piece.stream
  }
}

/** As tcpflow names TCP streams: `010.000.000.001.40000-010.000.000.002.00080`; others have their protocol behind it. */
function nameOf({ ends, vlans, proto, ethType }: Ends, dir: number, stream: number): string {
  const what = proto === undefined ? `0x${ethType.toString(16).padStart(4, '0')}` : proto
  const vlan = vlans.length === 0 ? '' : `--${vlans.at(-1)}`
  const more = proto === PROTO_TCP ? '' : `-${what}`
  return `${ends[dir]!.padded}-${ends[1 - dir]!.padded}${vlan}${more}${stream < 0 ? '' : `_${stream}`}`
}
