import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { CaptureSeries } from '../capture/capture-series.ts'
import { PldError } from '../errors.ts'
import type { Arguments } from './options.ts'

/** What a command line says of the captures to be read. */
export interface CaptureInput {
  captures: string[] | CaptureSeries
  /** Captures that cannot be read are left out, as those of a list may be. */
  skipBad: boolean
  /** Go on reading the last capture as it grows. */
  follow: boolean
  /** The filter expression that stands on the line or in a file, if there is one. */
  filter: string | undefined
  /** What results are called by: the first capture without folder and last extension, `stdin` for standard input. */
  name: string
}

/** Options that name captures, of which there may be one; what is no option is a filter then. */
const NAMING = ['read', 'list', 'series'] as const

/** Whether an option names captures, so that standard input is not wanted. */
export function namesCaptures(options: Arguments['options']): boolean {
  return NAMING.some(name => options[name] !== undefined)
}

/**
 * The captures that a command line names: operands, or in the manner of tcpdump `-r FILE` with a filter as operands; a
 * list of them (`-R`), or a series of numbered ones. Throws ERR_USAGE and ERR_OPEN.
 */
export function capturesOf({ options, operands }: Arguments): CaptureInput {
  const named = NAMING.filter(name => options[name] !== undefined)
  if (named.length > 1) {
    throw new PldError('ERR_USAGE', `--${named[0]} and --${named[1]} are two inputs; give one`)
  }
  const captures = namedCaptures(options) ?? (operands.length === 0 ? ['-'] : operands)
  const first = captures instanceof CaptureSeries ? captures.path(captures.first) : captures[0]!
  return {
    captures,
    skipBad: options.list !== undefined,
    follow: options.follow === true,
    filter: filterOf(options, named.length > 0 ? operands : []),
    name: captureName(first),
  }
}

/** A capture without folder and last extension, `stdin` for standard input. */
export function captureName(file: string): string {
  return file === '-' ? 'stdin' : basename(file).replace(/(?<=.)\.[^.]*$/, '')
}

function namedCaptures(options: Arguments['options']): string[] | CaptureSeries | undefined {
  if (options.series !== undefined) return new CaptureSeries(options.series as string)
  if (options.list !== undefined) return readList(options.list as string)
  return options.read as string[] | undefined
}

/** A file wins over what stands on the line, as with tcpdump. */
function filterOf(options: Arguments['options'], words: readonly string[]): string | undefined {
  if (options['filter-file'] !== undefined) return readText(options['filter-file'] as string).trim()
  if (options.filter !== undefined && words.length > 0) {
    throw new PldError(
      'ERR_USAGE',
      `--filter and ${JSON.stringify(words.join(' '))} are two filters; give one`,
    )
  }
  return (options.filter as string | undefined) ?? (words.length > 0 ? words.join(' ') : undefined)
}

/** The captures of a list: one a line; blank lines and those that begin with # count for nothing. */
function readList(file: string): string[] {
  const lines = readText(file)
    .split('\n')
    .map(line => line.replace(/\r$/, ''))
  const captures = lines.filter(line => line.trim() !== '' && !line.startsWith('#'))
  if (captures.length === 0) throw new PldError('ERR_USAGE', 'names no captures', { file })
  return captures
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new PldError(
      'ERR_OPEN',
      `cannot be opened: ${(error as NodeJS.ErrnoException).code}`,
      { file },
      error,
    )
  }
}
