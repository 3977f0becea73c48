import { readFileSync } from 'node:fs'
import { PldError } from '../errors.ts'

/** A line `NAME = value`; the value as it stands there. */
export interface ConfigLine {
  name: string
  value: string
  line: number
}

/** Characters that a message shows of a line; it can be any file that was named by mistake. */
const MOST_SHOWN = 60

/** Reads a configuration file. Throws ERR_OPEN, and ERR_SETTING for a line that is none. */
export function readConfig(file: string): ConfigLine[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' || code === 'EACCES' ? 'no such file or no right to read it' : message
    throw new PldError('ERR_OPEN', `the configuration cannot be read: ${why}`, { file }, error)
  }
  return parseConfig(text, file)
}

/**
 * Takes a configuration apart, which is written as that of t2conf: lines `NAME = value`, blank lines, and comments behind
 * `#` or `%` (its header `# :name: plugin` is one). A comment may follow a value and a blank.
 */
export function parseConfig(text: string, file: string): ConfigLine[] {
  const lines: ConfigLine[] = []
  for (const [index, row] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const content = row.trim()
    if (content === '' || content.startsWith('#') || content.startsWith('%')) continue
    const line = index + 1
    const [, name, value] = /^([A-Za-z][\w-]*)\s*=\s*(.*)$/.exec(content) ?? []
    if (name === undefined || value === undefined) {
      const message = `a line has to be NAME = value; not ${JSON.stringify(content.slice(0, MOST_SHOWN))}`
      throw new PldError('ERR_SETTING', message, { file, line })
    }
    lines.push({ name, value: withoutComment(value), line })
  }
  return lines
}

/** What stands before a comment; in quotes there is none. */
function withoutComment(value: string): string {
  const [quoted] = /^"(?:[^"\\]|\\.)*"(?=\s*(?:#|$))/.exec(value) ?? []
  return quoted ?? value.replace(/(?:^|\s+)#.*$/, '')
}
