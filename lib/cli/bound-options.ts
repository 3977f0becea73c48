import { MAX_LINE } from '../ndjson/line-cutter.ts'
import type { Option } from './options.ts'
import type { BinContext } from './run.ts'

/** Bounds of what is read, for the bins that read it. */

export const LINE_OPTIONS: readonly Option[] = [
  {
    name: 'max-line',
    kind: 'number',
    min: 1,
    max: MAX_LINE,
    help: 'bytes of the longest line that is taken; a longer one is noted and left out',
    default: String(MAX_LINE),
  },
]

export const RATIO_OPTIONS: readonly Option[] = [
  {
    name: 'max-ratio',
    kind: 'number',
    help: 'bytes that each byte of a gzipped capture may become, once it has become 64 MiB; 0: no limit',
    default: '1000',
  },
]

/** What a command line says of how far captures may inflate. */
export function ratioOf(options: BinContext['options']): { maxRatio?: number } {
  const maxRatio = options['max-ratio'] as number | undefined
  return maxRatio === undefined ? {} : { maxRatio }
}
