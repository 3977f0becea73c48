import type { Option } from './options.ts'

/** Bounds of what is read, for the bins that read it. */

export const LINE_OPTIONS: readonly Option[] = [
  {
    name: 'max-line',
    kind: 'number',
    min: 1,
    max: 2 ** 28,
    help: 'bytes of the longest line that is taken; a longer one is noted and left out',
    default: '268435456',
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
