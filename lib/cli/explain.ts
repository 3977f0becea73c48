import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { PldError } from '../errors.ts'
import {
  explainMask,
  type MaskQuestion,
  maskQuestion,
  masksOfReport,
  type Paint,
} from '../explain/explain.ts'

/** Red for errors, yellow for warnings, blue for what is good to know. */
const COLOURS = { none: '', info: '\x1b[34m', warning: '\x1b[33m', error: '\x1b[31m' } as const

const painted: Paint = (line, severity) =>
  COLOURS[severity] === '' ? line : `${COLOURS[severity]}${line}\x1b[0m`

/** The tables for what was asked: masks as `pldStat=0x03`, or reports by their file, `-` for standard input. */
export async function explanation(asked: readonly string[], color: boolean): Promise<string> {
  const questions: MaskQuestion[] = []
  for (const one of asked) {
    if (one === '-' || (!one.includes('=') && existsSync(one))) questions.push(...(await reported(one)))
    else questions.push(maskQuestion(one))
  }
  return questions.map(question => explainMask(question, color ? painted : undefined)).join('\n')
}

async function reported(file: string): Promise<MaskQuestion[]> {
  const found = masksOfReport(await (file === '-' ? standardInput() : contents(file)))
  if (found.length > 0) return found
  throw new PldError('ERR_FORMAT', 'there is no aggregated mask in it', { file })
}

async function standardInput(): Promise<string> {
  if (process.stdin.isTTY)
    throw new PldError('ERR_USAGE', 'standard input is a terminal; name a file or pipe something in')
  return text(process.stdin)
}

async function contents(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new PldError('ERR_OPEN', (error as Error).message, { file }, error)
  }
}
