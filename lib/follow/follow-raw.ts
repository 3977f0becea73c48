import type { PieceText } from './follow-format.ts'

/** The bytes themselves. */
export class RawText implements PieceText {
  readonly isText = false

  begin(): void {}

  put(_piece: unknown, bytes: Uint8Array): Uint8Array {
    return bytes
  }

  end(): string {
    return ''
  }
}
