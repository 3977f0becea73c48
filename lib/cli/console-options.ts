import { PldError } from '../errors.ts'
import type { ConsoleStage } from '../follow/console-stage.ts'
import { FOLLOW_FORMATS, type FollowFormat } from '../follow/format-names.ts'
import type { Arguments, Option } from './options.ts'

/** What pldump has for a transcript on stdout in place of payload files, as tcpflow's -c and -C. */
export const CONSOLE_OPTIONS: readonly Option[] = [
  {
    name: 'console',
    short: 'c',
    kind: 'flag',
    help: 'print what all conversations say as it comes, in place of files and report',
  },
  { name: 'bare', short: 'C', kind: 'flag', help: 'the same without a header in front of each turn' },
  {
    name: 'console-format',
    kind: 'choice',
    choices: FOLLOW_FORMATS,
    value: 'FORMAT',
    help: 'with -c: ascii, hex, raw, base64 or json, as flowfollow has them; raw and json have no headers',
    default: 'ascii',
  },
]

/** Whether the command line asks for it. Throws ERR_USAGE for what cannot go with it. */
export function wantsConsole({ options }: Pick<Arguments, 'options'>): boolean {
  const wanted = options.console === true || options.bare === true
  if (!wanted) {
    if (options['console-format'] === undefined) return false
    throw new PldError('ERR_USAGE', '--console-format goes with --console')
  }
  if (options.json === true)
    throw new PldError('ERR_USAGE', '--console and --json both write to standard output; take one of them')
  if (options.overlap === 'overwrite')
    throw new PldError('ERR_USAGE', '--overlap overwrite cannot go with --console: what is printed stays')
  return true
}

/** The stage that prints the transcript. */
export async function consoleStage(
  { options }: Pick<Arguments, 'options'>,
  color: boolean,
): Promise<ConsoleStage> {
  const { ConsoleStage } = await import('../follow/console-stage.ts')
  return new ConsoleStage(process.stdout, {
    format: (options['console-format'] ?? 'ascii') as FollowFormat,
    headers: options.bare !== true,
    color,
    toTerminal: process.stdout.isTTY === true,
  })
}
