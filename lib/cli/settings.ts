import { PldError } from '../errors.ts'
import { readConfig } from './config-file.ts'
import { CONFIG_VARIABLE, type Environment, isSetting } from './has-settings.ts'
import { KNOWN_OPTIONS } from './known-options.ts'
import { type Arguments, type Option, type OptionValue, parseArguments, separated } from './options.ts'
import { type NamedOption, SettingNames } from './setting-names.ts'
import { readSetting } from './setting-values.ts'

/** What an option is, undefined for its default, and where that was said. */
export interface Setting {
  value: OptionValue | undefined
  origin: string
}

/** By the long names of options. */
export type Settings = ReadonlyMap<string, Setting>

/**
 * All that is set: by the command line, where the later word holds, before the environment, before the configuration
 * file. Throws ERR_USAGE and ERR_SETTING with one line that says what is wrong, and where.
 */
export function readSettings(
  words: readonly string[],
  table: readonly Option[],
  environment: Environment,
): Settings {
  const names = new SettingNames(table, KNOWN_OPTIONS)
  const line = fromCommandLine(words, table, names)
  if (line.get('reset')?.value === true) return line
  const file = (line.get('config')?.value ?? environment[CONFIG_VARIABLE]) as string | undefined
  return new Map([
    ...(file === undefined ? [] : fromFile(file, names)),
    ...fromEnvironment(environment, names),
    ...line,
  ])
}

/** The options that the bin gets: those that were set, and not to their default. */
export function optionsOf(settings: Settings): Arguments['options'] {
  return Object.fromEntries([...settings].map(([name, { value }]) => [name, value]))
}

function fromCommandLine(words: readonly string[], table: readonly Option[], names: SettingNames): Settings {
  const settings = new Map<string, Setting>()
  const origin = 'command line'
  for (const piece of cutBehindDefinitions(separated(words, table))) {
    const { options } = parseArguments(piece, table)
    for (const [name, value] of Object.entries(options)) {
      const before = settings.get(name)?.value
      const isRepeated = table.some(option => option.name === name && option.kind === 'texts')
      const all = isRepeated ? [before ?? [], value].flat() : value
      settings.set(name, { value: all as OptionValue, origin })
    }
    for (const definition of (options.define ?? []) as string[]) {
      const [, name, text] = /^([^=]+)=(.*)$/s.exec(definition) ?? []
      if (name === undefined || text === undefined)
        throw new PldError('ERR_USAGE', `-D takes NAME=VALUE; not ${JSON.stringify(definition)}`)
      put(settings, names.findOwn(name), text, origin, `-D ${name}`)
    }
  }
  return settings
}

/** The words in pieces that each end with a definition, so that it holds from its place on. */
function cutBehindDefinitions(words: readonly string[]): string[][] {
  const end = words.indexOf('--')
  const pieces: string[][] = [[]]
  let cutAt = -1
  for (const [index, word] of words.entries()) {
    pieces.at(-1)!.push(word)
    if (end >= 0 && index >= end) continue
    if (index !== cutAt && (/^-[^-]*D$/.test(word) || word === '--define')) cutAt = index + 1
    if (index === cutAt || word.startsWith('--define=')) pieces.push([])
  }
  return pieces
}

function fromEnvironment(environment: Environment, names: SettingNames): Settings {
  const settings = new Map<string, Setting>()
  for (const name of Object.keys(environment).filter(isSetting).sort()) {
    refusing('environment: ', {}, () =>
      put(settings, names.find(name), environment[name] ?? '', 'environment', name),
    )
  }
  return settings
}

function fromFile(file: string, names: SettingNames): Settings {
  const settings = new Map<string, Setting>()
  for (const { name, value, line } of readConfig(file)) {
    refusing('', { file, line }, () => put(settings, names.find(name), value, `${file}:${line}`, name))
  }
  return settings
}

function put(
  settings: Map<string, Setting>,
  found: NamedOption | undefined,
  text: string,
  origin: string,
  label: string,
): void {
  // it concerns other bins
  if (found === undefined) return
  const { option, inverted } = found
  const value = readSetting(option, text, label)
  settings.set(option.name, { value: inverted && value !== undefined ? !value : value, origin })
}

/** Says of what is wrong in the settings where it stands, and that it is not the command line. */
function refusing(where: string, place: { file?: string; line?: number }, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof PldError)) throw error
    throw new PldError('ERR_SETTING', where + error.message, place, error)
  }
}
