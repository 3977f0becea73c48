import { statSync } from 'node:fs'
import { basename, join } from 'node:path'
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
    help: 'in place of --write: begin another flow file, _flows.txt0, 1 …, after SIZE bytes (500M) or flows (1000f)',
    setting: false,
  },
  {
    name: 'packets',
    short: 's',
    kind: 'flag',
    help: 'packets as text as well, each with its payload',
    setting: false,
  },
  { name: 'log', short: 'l', kind: 'flag', help: 'the end report goes to a file, _log.txt' },
]

export const TEXT_PREFIX_OPTIONS: readonly Option[] = [
  {
    name: 'write',
    short: 'w',
    kind: 'text',
    value: 'PREFIX',
    help: 'PREFIX_flows.txt and PREFIX_headers.txt; in a folder (DIR/) named after the capture; -: stdout',
    setting: false,
  },
]

export const TEXT_DISPLAY_OPTIONS: readonly Option[] = [
  {
    name: 'columns',
    kind: 'flag',
    help: 'line the columns up, for the eye; on a terminal page by page. Takes such text in place of records too',
    setting: false,
  },
]

/** Where the command line wants text to go, `--write` or `--split`; undefined: nowhere in particular. */
export function textTarget(options: Arguments['options']): Pick<TextFilesOptions, 'split'> & { to?: string } {
  if (options.split !== undefined) {
    const { prefix, split } = parseSplit(options.split as string)
    return { to: prefix, split }
  }
  return options.write === undefined ? {} : { to: options.write as string }
}

/** The prefix that `-w` means: a folder, as that of a path that ends in `/`, is one for files named after the capture. */
export function prefixFor(to: string, base: () => string): string {
  return to.endsWith('/') || isFolder(to) ? join(to, base()) : to
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    // whoever writes there will say what is wrong
    return false
  }
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
