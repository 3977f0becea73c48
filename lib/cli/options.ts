import minimist from 'minimist'
import { PldError } from '../errors.ts'

/** One option: from this table come parsing, help and the messages about wrong values. */
export interface Option {
  /** Long name without dashes. */
  name: string
  short?: string
  /**
   * `flag` can be taken back with `--no-NAME`; `numbers` is a list, `25,21`, and `names` one of the choices, `gre,gtp`;
   * numbers may be hexadecimal.
   */
  kind: 'flag' | 'text' | 'number' | 'numbers' | 'choice' | 'names'
  /** What stands for the value in the help, `DIR`. */
  value?: string
  choices?: readonly string[]
  /** Words that stand for numbers of a list. */
  words?: Readonly<Record<string, number>>
  /** Smallest and largest number. */
  min?: number
  max?: number
  help: string
  /** Shown in the help; the code that uses the option decides. */
  default?: string
  /** Another spelling that sets a flag to false, `keep` for `--no-clean`. */
  opposite?: string
}

export type OptionValue = boolean | string | number | number[] | string[]

/** What was given on the command line: options by their long names, and the operands. */
export interface Arguments {
  options: Readonly<Record<string, OptionValue | undefined>>
  operands: string[]
}

/** Reads a command line by its table. Throws ERR_USAGE with one line that says what is wrong. */
export function parseArguments(words: readonly string[], table: readonly Option[]): Arguments {
  const argv = separated(words, table)
  const flags = table.filter(option => option.kind === 'flag')
  const opposites = new Map(
    flags.flatMap(option => (option.opposite ? [[option.opposite, option.name]] : [])),
  )
  const valued = table.filter(option => option.kind !== 'flag')
  const alias = Object.fromEntries(
    table.flatMap(option => (option.short ? [[option.name, option.short]] : [])),
  )
  const unknown = (argument: string): boolean => {
    if (!argument.startsWith('-') || argument === '-') return true
    throw new PldError('ERR_USAGE', `unknown option ${argument.split('=')[0]}`)
  }
  const known = new Set(flags.map(option => option.name))
  for (const argument of beforeOperands(argv)) {
    if (argument.startsWith('--no-') && !known.has(argument.slice(5))) unknown(argument)
  }
  const parsed = minimist([...argv], {
    boolean: [...known, ...opposites.keys()],
    string: [...valued.map(option => option.name), '_'],
    alias,
    unknown,
  })
  const options: Record<string, OptionValue | undefined> = {}
  for (const option of flags) if (given(argv, option)) options[option.name] = parsed[option.name] === true
  for (const [opposite, name] of opposites) if (parsed[opposite] === true) options[name] = false
  for (const option of valued) {
    const value = parsed[option.name] as string | string[] | undefined
    if (value !== undefined)
      options[option.name] = readValue(option, Array.isArray(value) ? value.at(-1)! : value)
  }
  return { options, operands: parsed._ }
}

/** `-oDIR` as `-o DIR`, which is how getopt reads it and minimist does not. */
function separated(words: readonly string[], table: readonly Option[]): string[] {
  const shorts = new Set(table.flatMap(({ kind, short }) => (kind !== 'flag' && short ? [short] : [])))
  const end = words.indexOf('--')
  return words.flatMap((word, index) =>
    /^-[^-]./.test(word) && shorts.has(word[1]!) && (end < 0 || index < end)
      ? [word.slice(0, 2), word.slice(2)]
      : [word],
  )
}

function beforeOperands(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return end < 0 ? argv : argv.slice(0, end)
}

/** minimist gives every boolean a value, so whether a flag was given has to be seen from the words themselves. */
function given(argv: readonly string[], { name, short }: Option): boolean {
  return beforeOperands(argv).some(
    argument =>
      argument === `--${name}` ||
      argument === `--no-${name}` ||
      argument.startsWith(`--${name}=`) ||
      (short !== undefined && /^-[^-]/.test(argument) && argument.split('=')[0]!.includes(short)),
  )
}

function readValue(option: Option, text: string): OptionValue {
  const name = `--${option.name}`
  if (text === '')
    throw new PldError('ERR_USAGE', `${name} needs a value${option.value ? `, ${option.value}` : ''}`)
  switch (option.kind) {
    case 'number':
      return numberOf(name, text, option)
    case 'numbers':
      return text
        .replace(/^\{(.*)\}$/, '$1')
        .split(',')
        .map(part => wordOf(part.trim(), option) ?? numberOf(name, part.trim(), option))
    case 'choice':
      return chosen(name, text, option)
    case 'names':
      return text.split(',').map(part => chosen(name, part.trim(), option))
    default:
      return text
  }
}

function chosen(name: string, text: string, { choices = [] }: Option): string {
  if (choices.includes(text)) return text
  throw new PldError('ERR_USAGE', `${name} takes ${choices.join(', ')}; not ${JSON.stringify(text)}`)
}

function wordOf(text: string, { words = {} }: Option): number | undefined {
  return Object.hasOwn(words, text.toLowerCase()) ? words[text.toLowerCase()] : undefined
}

function numberOf(name: string, text: string, { min = 0, max = Number.MAX_SAFE_INTEGER }: Option): number {
  const value = /^(?:\d+(?:\.\d+)?|0x[\da-f]+)$/i.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  const range = max === Number.MAX_SAFE_INTEGER ? `a number from ${min} on` : `a number from ${min} to ${max}`
  throw new PldError('ERR_USAGE', `${name} takes ${range}; not ${JSON.stringify(text)}`)
}
