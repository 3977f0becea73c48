import type { Option } from './options.ts'
import { settingName } from './setting-names.ts'
import { defaultText, settingText } from './setting-values.ts'
import type { Settings } from './settings.ts'

const ORIGIN_AT = 40

/**
 * What is in force, as a configuration file: a line for each option of the bin, with where its value comes from behind
 * it. Those at their default are comments, so that the file sets nothing in another bin that nobody has set.
 */
export function configText(bin: string, table: readonly Option[], settings: Settings): string {
  const rows = table
    .filter(({ setting, sameAs }) => setting !== false && sameAs === undefined)
    .map(option => {
      const { value, origin } = settings.get(option.name) ?? {}
      const name = settingName(option)
      if (value !== undefined)
        return `${`${name} = ${settingText(option, value)}`.padEnd(ORIGIN_AT - 1)} # ${origin}`
      const what = option.kind === 'text' && option.default ? `default, ${option.default}` : 'default'
      const why = origin === undefined ? what : `${what}, by ${origin}`
      return `${`# ${name} = ${defaultText(option)}`.padEnd(ORIGIN_AT - 1)} # ${why}`
    })
  const head = `# ${bin}: command line, then environment, then configuration file, then default`
  return `${[head, ...rows].join('\n')}\n`
}
