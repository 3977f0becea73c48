import { PldError } from '../errors.ts'
import { PREFIX } from './has-settings.ts'
import type { Option } from './options.ts'

/** The option that a setting's name stands for; `inverted` by its opposite, `PLDUMP_KEEP`. */
export interface NamedOption {
  option: Option
  inverted: boolean
}

/**
 * Names of settings: `PLDUMP_` and the option's name in capitals, or what the original calls it. Those of other bins
 * are known as well, so that one file and one environment serve a whole pipe.
 */
export class SettingNames {
  readonly #own: ReadonlyMap<string, NamedOption>
  readonly #all: ReadonlyMap<string, NamedOption>

  /** `table` has the options of the bin, `others` those of every bin. */
  constructor(table: readonly Option[], others: readonly Option[]) {
    const all = [...table, ...others]
    this.#own = new Map(table.flatMap(row => namesOf(row, table)))
    this.#all = new Map(all.flatMap(row => namesOf(row, all)))
  }

  /** What the name stands for; undefined if it concerns other bins only. Throws ERR_USAGE for one that nobody knows. */
  find(name: string): NamedOption | undefined {
    const key = plain(name).replace(new RegExp(`^${PREFIX}`), '')
    const found = this.#own.get(key)
    if (found !== undefined || this.#all.has(key)) return found
    throw new PldError('ERR_USAGE', `unknown setting ${name}; there are ${listed(this.#all)}`)
  }

  /** As `find()`, where only this bin can be meant. */
  findOwn(name: string): NamedOption {
    const found = this.find(name)
    if (found !== undefined) return found
    throw new PldError('ERR_USAGE', `${name} is a setting of other programs; here are ${listed(this.#own)}`)
  }
}

/** What an option is called among settings, `PLDUMP_START_OFF`. */
export function settingName({ name, setting }: Option): string {
  return PREFIX + (setting || plain(name))
}

/** One name for each option. */
function listed(names: ReadonlyMap<string, NamedOption>): string {
  return [...new Set([...names.values()].map(({ option }) => settingName(option)))].join(', ')
}

function namesOf(row: Option, table: readonly Option[]): [string, NamedOption][] {
  if (row.setting === false) return []
  const option = table.find(({ name }) => name === row.sameAs) ?? row
  const names: [string, NamedOption][] = [[plain(row.name), { option, inverted: false }]]
  if (row.setting !== undefined) names.push([row.setting, { option, inverted: false }])
  if (row.opposite !== undefined) names.push([plain(row.opposite), { option, inverted: true }])
  return names
}

function plain(name: string): string {
  return name.toUpperCase().replaceAll('-', '_')
}
