/**
 * What keeps bytes and texts on one line, as in Tranalyzer's files. Neither way can be undone for certain: `l7Content`
 * has a dot for whatever cannot be shown, and escapes no dots.
 */

const BACKSLASH = 0x5c
const DOT = 0x2e
/** Marks a byte that is written as a backslash and a letter. */
const ESCAPED = 0x80

/** Characters that have an escape of their own, and its letter. */
const LETTERS: Readonly<Record<string, string>> = {
  '\b': 'b',
  '\f': 'f',
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
  '\v': 'v',
  '\\': '\\',
}

/** What each byte is written as: printable ASCII as it is, escapes with their mark, all others as a dot. */
const SHOWN = Uint8Array.from({ length: 256 }, (_, byte) => {
  const letter = LETTERS[String.fromCharCode(byte)]
  if (letter !== undefined) return letter.charCodeAt(0) | ESCAPED
  return byte >= 0x20 && byte < 0x7f ? byte : DOT
})

/** Puts the bytes from `from` up to `to` as text, which takes twice as many at most. */
export function putContent(out: Buffer, at: number, bytes: Uint8Array, from: number, to: number): number {
  const table = SHOWN
  let next = at
  for (let i = from; i < to; i++) {
    const shown = table[bytes[i]!]!
    if (shown >= ESCAPED) {
      out[next] = BACKSLASH
      out[next + 1] = shown & ~ESCAPED
      next += 2
    } else out[next++] = shown
  }
  return next
}

/** A text of any kind as part of a row: what would end the cell or the row is escaped, other control characters are dots. */
export function cellText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get into a row
  return text.replace(/[\u0000-\u001f\\\u007f]/g, char => {
    const letter = LETTERS[char]
    return letter === undefined ? '.' : `\\${letter}`
  })
}

/** A text in double quotes. */
export function quotedText(text: string): string {
  return `"${cellText(text).replaceAll('"', '\\"')}"`
}
