import { PldError } from '../errors.ts'
import { MASK_TABLES, type MaskTable, type Severity, setBits } from './mask-table.ts'

/** Puts a line into the colour of its severity. */
export type Paint = (line: string, severity: Severity) => string

const plain: Paint = line => line
/** The table is as wide as the report's rulers, 80 columns. */
const RULER = `   ${'='.repeat(77)}`

/** A mask's name, and its value if one was given. */
export interface MaskQuestion {
  table: MaskTable
  /** As it was written, `0x03`. */
  text?: string | undefined
  mask?: bigint | undefined
}

/** Reads `pldStat=0x03`, or `pldStat` alone. Throws ERR_USAGE that lists what exists. */
export function maskQuestion(text: string): MaskQuestion {
  const [name, value] = splitOnce(text)
  // a column's name may have its dollar sign
  const plainName = name.replace(/^\$/, '')
  const table = Object.hasOwn(MASK_TABLES, plainName) ? MASK_TABLES[plainName] : undefined
  if (table === undefined) {
    const names = Object.keys(MASK_TABLES).join(', ')
    throw new PldError('ERR_USAGE', `no mask is called ${JSON.stringify(name)}; there are ${names}`)
  }
  if (value === undefined) return { table }
  const mask = /^(?:0x[\da-f]+|\d+)$/i.test(value) ? BigInt(value) : undefined
  if (mask === undefined || mask >> BigInt(4 * table.digits) !== 0n) {
    const widest = `0x${'f'.repeat(table.digits)}`
    throw new PldError(
      'ERR_USAGE',
      `${name} takes a number up to ${widest}; ${JSON.stringify(value)} is none`,
    )
  }
  return { table, text: value, mask }
}

function splitOnce(text: string): [string, string | undefined] {
  const at = text.indexOf('=')
  return at < 0 ? [text, undefined] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

/** The table of a mask's bits that are set, or of all its bits where there is no value. */
export function explainMask({ table, text, mask }: MaskQuestion, paint: Paint = plain): string {
  const rows = mask === undefined ? table.bits : setBits(table, mask)
  const width = Math.max(table.name.length, bitText(0, table.digits).length)
  const heading =
    text === undefined
      ? `The ${table.name} column is to be interpreted as follows:`
      : `The ${table.name} column with value ${text} is to be interpreted as follows:`
  return [
    heading,
    '',
    `   bit | ${table.name.padEnd(width)} | Description`,
    RULER,
    ...rows.map(({ bit, description, severity }) =>
      paint(
        `${String(bit).padStart(6)} | ${bitText(bit, table.digits).padEnd(width)} | ${description}`,
        severity,
      ),
    ),
    '',
  ].join('\n')
}

/** The value of one bit; long ones in groups of four digits, `0x0000 0000 0000 4000`. */
function bitText(bit: number, digits: number): string {
  const text = (1n << BigInt(bit)).toString(16).padStart(digits, '0')
  return `0x${digits > 4 ? text.replace(/(?<=.)(?=(?:.{4})+$)/g, ' ') : text}`
}

/**
 * The masks that a report names, `Aggregated pldStat=0x03`, or that summary records do, `"aggPldStat":"0x03"`, in their
 * order; those without a table are left out.
 */
export function masksOfReport(report: string): MaskQuestion[] {
  const found = report.matchAll(/\b(?:Aggregated |agg(?=[A-Z]))(\w+)"?\s*[=:]\s*"?(0x[\da-f]+)/gi)
  return [...found].flatMap(([, name = '', value = '']) => {
    const mask = name.charAt(0).toLowerCase() + name.slice(1)
    return Object.hasOwn(MASK_TABLES, mask) ? [maskQuestion(`${mask}=${value}`)] : []
  })
}
