import { PldError } from '../errors.ts'
import { type Option, type OptionValue, readValue } from './options.ts'

const YES = ['1', 'yes', 'on', 'true']
const NO = ['0', 'no', 'off', 'false']

/**
 * Reads a setting's value as C and t2conf write it: `{25,21}`, `"text"`, 0 and 1, yes and no. Undefined stands for the
 * default: the word `default`, an empty list, which means all, and an empty text. `name` is what messages call it. Throws ERR_USAGE.
 */
export function readSetting(option: Option, text: string, name: string): OptionValue | undefined {
  const word = text.trim()
  if (word === 'default') return undefined
  switch (option.kind) {
    case 'flag':
      return readFlag(word, name)
    case 'numbers':
    case 'names':
    case 'networks':
      return /^(?:\{\s*\})?$/.test(word) ? undefined : readValue(option, unquoted(word, name), name)
    case 'text':
      // no option takes an empty text
      return unquoted(word, name) || undefined
    case 'texts':
      return [unquoted(word, name)]
    default:
      return readValue(option, unquoted(word, name), name)
  }
}

/** Writes a value so that `readSetting()` reads it. */
export function settingText({ kind }: Option, value: OptionValue): string {
  if (kind === 'flag') return value ? '1' : '0'
  if (kind === 'text') return JSON.stringify(value)
  return Array.isArray(value) ? `{${value.join(',')}}` : String(value)
}

/** What stands for an option that nobody has set; its default is told in the words of the help. */
export function defaultText(option: Option): string {
  const { kind, default: text } = option
  switch (kind) {
    case 'flag':
      return text === 'on' ? '1' : '0'
    case 'numbers':
    case 'names':
    case 'networks':
      return '{}'
    case 'text':
      // the help describes it, `./<capture>.pld`
      return text === undefined ? '""' : 'default'
    default:
      return text ?? 'default'
  }
}

function readFlag(text: string, name: string): boolean {
  const word = text.toLowerCase()
  if (YES.includes(word)) return true
  if (NO.includes(word)) return false
  throw new PldError('ERR_USAGE', `${name} takes 1, 0, yes, no or default; not ${JSON.stringify(text)}`)
}

/** A text may carry its own quotes, as in C; without any it stands for itself. */
function unquoted(text: string, name: string): string {
  if (!text.startsWith('"')) return text
  try {
    return JSON.parse(text) as string
  } catch {
    throw new PldError('ERR_USAGE', `${name} has quotes that do not fit: ${text}`)
  }
}
