import { existsSync, readFileSync } from 'node:fs'
import { PldError } from '../errors.ts'
import { explainMask, maskQuestion, masksOfReport, type Paint } from '../explain/explain.ts'

/** Red for errors, yellow for warnings, blue for what is good to know. */
const COLOURS = { none: '', info: '\x1b[34m', warning: '\x1b[33m', error: '\x1b[31m' } as const

const painted: Paint = (line, severity) =>
  COLOURS[severity] === '' ? line : `${COLOURS[severity]}${line}\x1b[0m`

/** The tables for what was asked: masks as `pldStat=0x03`, or reports by their file, `-` for standard input. */
export function explanation(asked: readonly string[], color: boolean): string {
  const questions = asked.flatMap(text => {
    if (text !== '-' && (text.includes('=') || !existsSync(text))) return [maskQuestion(text)]
    const found = masksOfReport(readReport(text))
    if (found.length === 0)
      throw new PldError('ERR_FORMAT', 'there is no aggregated mask in it', { file: text })
    return found
  })
  return questions.map(question => explainMask(question, color ? painted : undefined)).join('\n')
}

function readReport(file: string): string {
  if (file === '-' && process.stdin.isTTY)
    throw new PldError('ERR_USAGE', 'standard input is a terminal; name a file or pipe something in')
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new PldError('ERR_OPEN', (error as Error).message, { file }, error)
  }
}
