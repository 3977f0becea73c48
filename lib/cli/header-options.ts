import { HEADER_NAMES } from '../header-columns.ts'
import type { Arguments, Option } from './options.ts'

/** What basicFlow of Tranalyzer tells of link and tunnel headers if it is asked to. */
export const HEADER_OPTIONS: readonly Option[] = [
  {
    name: 'headers',
    kind: 'names',
    value: 'NAMES',
    choices: HEADER_NAMES,
    help: 'what these link and tunnel headers say, in packets and, of the first packet, in flows',
  },
]

/** The headers that the command line asks for. */
export function headersFrom(options: Arguments['options']): readonly string[] {
  return (options.headers ?? []) as string[]
}
