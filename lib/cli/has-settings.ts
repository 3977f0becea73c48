import type { Arguments } from './options.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What settings begin with in the environment; elsewhere it may be left out. */
export const PREFIX = 'PLDUMP_'

/** Names the configuration file, if the command line does not. */
export const CONFIG_VARIABLE = 'PLDPIPE_CONFIG'

/** Whether anything but plain options has a say, so that settings have to be read. */
export function hasSettings(options: Arguments['options'], environment: Environment): boolean {
  const { define, config, 'print-config': print } = options
  if (define !== undefined || config !== undefined || print !== undefined) return true
  return environment[CONFIG_VARIABLE] !== undefined || Object.keys(environment).some(isSetting)
}

/** Whether a variable of the environment is a setting. */
export function isSetting(name: string): boolean {
  return name.startsWith(PREFIX)
}
