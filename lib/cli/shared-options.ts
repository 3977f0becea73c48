import type { Option } from './options.ts'

/** What every bin understands. */
export const SHARED_OPTIONS: readonly Option[] = [
  {
    name: 'define',
    short: 'D',
    kind: 'texts',
    value: 'SETTING',
    help: "an option as a setting, 'PLDUMP_TCP_PORTS={25,21}'",
    setting: false,
  },
  { name: 'config', kind: 'text', value: 'FILE', help: 'a file with settings, NAME = value', setting: false },
  { name: 'reset', kind: 'flag', help: 'ignore settings of environment and file', setting: false },
  { name: 'print-config', kind: 'flag', help: 'print what is set, and where', setting: false },
  { name: 'quiet', short: 'q', kind: 'flag', help: 'say nothing but errors' },
  { name: 'verbose', short: 'v', kind: 'flag', help: 'say more' },
  { name: 'strict', kind: 'flag', help: 'exit with 1 for odd packets as well' },
  { name: 'color', kind: 'choice', choices: ['auto', 'always', 'never'], help: 'colours', default: 'auto' },
  { name: 'help', short: 'h', kind: 'flag', help: 'print this help', setting: false },
  { name: 'version', short: 'V', kind: 'flag', help: 'print the version', setting: false },
]
