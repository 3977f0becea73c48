import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Dice } from './dice.ts'

/** What a run must not do, told apart from errors of the library. */
export class Fault extends Error {
  static {
    // so that its stack begins with it
    Fault.prototype.name = 'Fault'
  }
}

export function fail(message: string): never {
  throw new Fault(message)
}

const schema = JSON.parse(readFileSync(resolve('docs/records.schema.json'), 'utf8'))
const validate = new Ajv2020({ strict: false, allErrors: false }).compile(schema)

/** Lines of a sample that are held against the schema, which takes a hundred times as long as reading them. */
const SAMPLE = 40

/** The records of a text. Fails for a line that is no JSON object, and for one of a sample that the schema does not know. */
export function parsedLines(text: Buffer, dice: Dice): Record<string, unknown>[] {
  if (text.length > 0 && text.at(-1) !== 0x0a) fail('the last line has no end')
  const lines = text.toString().split('\n').slice(0, -1)
  const records = lines.map(parsed)
  for (let count = Math.min(SAMPLE, lines.length); count > 0; count--) {
    const at = dice.below(lines.length)
    if (validate(records[at])) continue
    const [error] = validate.errors ?? []
    fail(`not valid by the schema: ${error?.instancePath} ${error?.message}: ${lines[at]!.slice(0, 2000)}`)
  }
  return records
}

function parsed(line: string): Record<string, unknown> {
  try {
    const record = JSON.parse(line)
    if (typeof record === 'object' && record !== null) return record
  } catch {}
  return fail(`no JSON object: ${JSON.stringify(line.slice(0, 300))}`)
}
