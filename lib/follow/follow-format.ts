import { AsciiText } from './follow-ascii.ts'
import { Base64Text } from './follow-base64.ts'
import type { Ends } from './follow-ends.ts'
import { HexText } from './follow-hex.ts'
import { JsonText } from './follow-json.ts'
import type { Piece } from './follow-piece.ts'
import { RawText } from './follow-raw.ts'
import type { FollowFormat } from './format-names.ts'

/** Whose the bytes are that are about to be written. */
export interface Speech {
  flowInd: number
  ends: Ends
}

/**
 * Writes the bytes of one direction after the other. A run is what one of them has to say at one go: `begin()`, any
 * number of pieces that follow each other, `end()`.
 */
export interface PieceText {
  /** Whether other text may stand between runs: colours, header lines, what is said of packets and gaps. */
  readonly isText: boolean
  begin(piece: Piece, speech: Speech): void
  /** The text of these bytes, which are the piece's or stand for them. Valid until the next call. */
  put(piece: Piece, bytes: Uint8Array): string | Uint8Array
  /** What is left of the run. */
  end(): string
  /** What stands for a gap, for formats in which text cannot. */
  gap?(piece: Piece): string
}

/** `toTerminal`: what could move a terminal's cursor is left out as well. */
export function pieceText(format: FollowFormat, toTerminal: boolean): PieceText {
  switch (format) {
    case 'ascii':
      return new AsciiText(toTerminal)
    case 'hex':
      return new HexText()
    case 'raw':
      return new RawText()
    case 'base64':
      return new Base64Text()
    case 'json':
      return new JsonText()
  }
}
