import { directionOf } from '../records.ts'
import { endText, protoText } from './follow-ends.ts'
import type { Speech } from './follow-format.ts'
import type { Piece } from './follow-piece.ts'
import { type RunOptions, RunText, type Text } from './follow-runs.ts'

export interface FollowTextOptions extends RunOptions {
  /** Only what is said in this direction. */
  dir?: 'A' | 'B'
  /** In front of each piece what is known of its packet, and in the end how many there were (default false). */
  packets?: boolean
  /** A line in front of each conversation that says which one it is (default false). */
  headers?: boolean
}

const RULE = '='.repeat(80)

/** Writes whole transcripts. What it yields is valid until it is asked for more. */
export class FollowText {
  readonly #runs: RunText
  readonly #dir: number
  readonly #packets: boolean
  readonly #headers: boolean
  #isFirst = true

  constructor(options: FollowTextOptions = {}) {
    this.#runs = new RunText(options)
    this.#dir = options.dir === undefined ? -1 : options.dir === 'B' ? 1 : 0
    this.#packets = (options.packets ?? false) && this.#runs.isText
    this.#headers = (options.headers ?? false) && this.#runs.isText
  }

  /** The transcript of a conversation. */
  *conversation(speech: Speech, pieces: Iterable<Piece>): Generator<Text> {
    const runs = this.#runs
    if (this.#headers) yield* runs.lines(this.#header(speech))
    this.#isFirst = false
    const counts: [number, number] = [0, 0]
    let turns = 0
    let speaker = -1
    for (const piece of pieces) {
      if (this.#dir >= 0 && piece.dir !== this.#dir) continue
      if (piece.bytes !== undefined) {
        counts[piece.dir === 1 ? 1 : 0]++
        if (piece.dir !== speaker) turns++
        speaker = piece.dir
        if (this.#packets) yield* runs.lines(packetBox(speech, piece), piece.dir)
      }
      yield* runs.piece(piece, speech)
    }
    // what is text ends with a whole line
    if (runs.isText) yield* runs.lines('')
    if (!this.#packets) return
    const [client, server] = counts
    yield* runs.lines(
      `\n${plural(client, 'client packet')}, ${plural(server, 'server packet')}, ${plural(turns, 'turn')}.\n`,
    )
  }

  /** As `head` and `tail` have it where they are given several files. */
  #header({ flowInd, ends }: Speech): string {
    const [a, b] = ends.ends
    const proto = protoText(ends)
    const text = `flow ${flowInd}: ${endText(a)} <-> ${endText(b)}${proto === '' ? '' : ` ${proto}`}`
    return `${this.#isFirst ? '' : '\n'}==> ${text} <==\n`
  }
}

/** What is known of the packet that brought a piece. */
function packetBox({ flowInd, ends }: Speech, { dir, pktNo, length, stream, seq, offset }: Piece): string {
  const flow = `flow ${flowInd} ${directionOf(dir)}`
  const way = `${endText(ends.ends[dir]!)} -> ${endText(ends.ends[1 - dir]!)}`
  const proto = protoText(ends)
  const place =
    seq >= 0
      ? ` seq: ${seq}`
      : stream >= 0
        ? ` stream: ${stream}`
        : ends.proto === 6
          ? ` offset: ${offset}`
          : ''
  return `${RULE}\nPacket ${pktNo} (${length} bytes): ${flow} ${way} ${proto}${place}\n${RULE}\n`
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
