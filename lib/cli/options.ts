import minimist from 'minimist'
import { PldError } from '../errors.ts'
import { parseNetwork } from '../ip-network.ts'

/** One option: from this table come parsing, help and the messages about wrong values. */
export interface Option {
  /** Long name without dashes. */
  name: string
  short?: string
  /**
   * `flag` can be taken back with `--no-NAME`; `numbers` is a list, `25,21`, and `names` one of the choices, `gre,gtp`;
   * numbers may be hexadecimal. `networks` are addresses and networks, `10.0.0.0/8,2001:db8::1`; `texts` can be given
   * again and again.
   */
  kind: 'flag' | 'text' | 'number' | 'numbers' | 'choice' | 'names' | 'networks' | 'texts'
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
  /** Another name of this option: the row only has a spelling of its own. */
  sameAs?: string
  /**
   * What the option is called in the environment and in files, behind `PLDUMP_`, where that is not its own name in
   * capitals; false: it can only be given on the command line.
   */
  setting?: string | false
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
  const own = table.filter(option => option.sameAs === undefined)
  const flags = own.filter(option => option.kind === 'flag')
  const valued = own.filter(option => option.kind !== 'flag')
  const alias = Object.fromEntries(own.map(option => [option.name, otherSpellings(option, table)]))
  const unknown = (argument: string): boolean => {
    if (!argument.startsWith('-') || argument === '-') return true
    throw new PldError('ERR_USAGE', `unknown option ${argument.split('=')[0]}`)
  }
  const known = new Set(flags.map(option => option.name))
  for (const argument of beforeOperands(argv)) {
    if (argument.startsWith('--no-') && !known.has(argument.slice(5))) unknown(argument)
  }
  const parsed = minimist([...argv], {
    boolean: [...known],
    string: [...valued.map(option => option.name), '_'],
    alias,
    unknown,
  })
  const options: Record<string, OptionValue | undefined> = {}
  for (const option of flags) if (given(argv, option)) options[option.name] = parsed[option.name] === true
  for (const option of valued) {
    const value = parsed[option.name] as string | string[] | undefined
    if (value === undefined) continue
    const texts = [value].flat()
    if (option.kind === 'texts') options[option.name] = texts.map(text => readValue(option, text) as string)
    else options[option.name] = readValue(option, texts.at(-1)!)
  }
  return { options, operands: parsed._ }
}

/** The short form of an option, and what else is the same. */
function otherSpellings({ name, short }: Option, table: readonly Option[]): string[] {
  const others = table.filter(({ sameAs }) => sameAs === name)
  return [short, ...others.flatMap(other => [other.name, other.short])].filter(text => text !== undefined)
}

/** `-oDIR` as `-o DIR`, which is how getopt reads it and minimist does not; `--keep` as `--no-clean`. */
export function separated(words: readonly string[], table: readonly Option[]): string[] {
  const shorts = new Set(table.flatMap(({ kind, short }) => (kind !== 'flag' && short ? [short] : [])))
  const opposites = new Map(
    table.flatMap(({ name, opposite }) => (opposite ? [[`--${opposite}`, `--no-${name}`]] : [])),
  )
  const end = words.indexOf('--')
  return words.flatMap((word, index) => {
    if (end >= 0 && index >= end) return [word]
    if (/^-[^-]./.test(word) && shorts.has(word[1]!)) return [word.slice(0, 2), word.slice(2)]
    return [opposites.get(word) ?? word]
  })
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

/** Reads an option's value; `name` is what messages call it. Throws ERR_USAGE. */
export function readValue(option: Option, text: string, name = `--${option.name}`): OptionValue {
  if (text === '')
    throw new PldError('ERR_USAGE', `${name} needs a value${option.value ? `, ${option.value}` : ''}`)
  switch (option.kind) {
    case 'number':
      return numberOf(name, text, option)
    case 'numbers':
      return parts(text).map(part => wordOf(part, option) ?? numberOf(name, part, option))
    case 'choice':
      return chosen(name, text, option)
    case 'names':
      return parts(text).map(part => chosen(name, part, option))
    case 'networks':
      return parts(text).map(part => networkOf(name, part))
    default:
      return text
  }
}

/** `25,21`, also as C writes it, `{25, 21}`; `{}` is empty. */
function parts(text: string): string[] {
  const list = text.replace(/^\{(.*)\}$/, '$1').trim()
  return list === '' && text !== list ? [] : list.split(',').map(part => part.trim())
}

function networkOf(name: string, text: string): string {
  if (parseNetwork(text) !== undefined) return text
  const want = 'addresses and networks, 192.168.1.1,10.0.0.0/8,2001:db8::/32'
  const isHost = parseNetwork(text.split('/')[0]!) !== undefined && /\/\d+$/.test(text)
  const why = isHost ? ', which is not the first address of such a network' : ''
  throw new PldError('ERR_USAGE', `${name} takes ${want}; not ${JSON.stringify(text)}${why}`)
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
