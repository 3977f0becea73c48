import { statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { PldError } from '../errors.ts'
import type { CaptureRecord } from '../records.ts'
import { parseSplit } from '../text/split-option.ts'
import type { TextFilesOptions } from '../text/text-files.ts'
import type { Arguments, Option } from './options.ts'
import { version } from './version.ts'

/** What is written as text beside the flows, and how. */
export const TEXT_OPTIONS: readonly Option[] = [
  {
    name: 'split',
    short: 'W',
    kind: 'text',
    value: 'PREFIX[:SIZE][,START]',
    help: 'as --write, but begin another flow file, _flows.txt0, 1 …, after SIZE bytes (500M) or flows (1000f)',
  },
  { name: 'packets', short: 's', kind: 'flag', help: 'packets as text as well, each with its payload' },
  { name: 'log', short: 'l', kind: 'flag', help: 'the end report goes to a file, _log.txt' },
]

/** Where the command line wants text to go, `--write` or `--split`; undefined: nowhere in particular. */
export function textTarget(options: Arguments['options']): Pick<TextFilesOptions, 'split'> & { to?: string } {
  if (options.split !== undefined) {
    if (options.write !== undefined) throw new PldError('ERR_USAGE', '--split is used in place of --write')
    const { prefix, split } = parseSplit(options.split as string)
    return { to: prefix, split }
  }
  return options.write === undefined ? {} : { to: options.write as string }
}

/** The prefix that `-w` means: a folder, as that of a path that ends in `/`, is one for files named after the capture. */
export function prefixFor(to: string, base: () => string): string {
  const isFolder = to.endsWith('/') || statSync(to, { throwIfNoEntry: false })?.isDirectory() === true
  return isFolder ? join(to, base()) : to
}

/** A capture's name without folder and last extension; `stdin` for standard input. */
export function baseOf(file: string): string {
  if (file === '-') return 'stdin'
  // records come from anywhere, and so may this name
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in a name
  const name = basename(file).replace(/[\u0000-\u001f\u007f]/g, '_')
  return name.replace(/(?<=.)\.[^.]*$/, '') || 'stdin'
}

/** The name of the first capture, or where none told its name that of the file its records came from. */
export function captureBase(captures: readonly CaptureRecord[], operands: readonly string[]): string {
  return baseOf(captures[0]?.file ?? operands[0] ?? '-')
}

/** What `_headers.txt` says of how it was made. */
export function madeBy(bin: string): Record<string, string> {
  const words = process.argv
    .slice(2)
    .map(word => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)))
  return { Program: `${bin} ${version()}`, Command: [bin, ...words].join(' ') }
}
