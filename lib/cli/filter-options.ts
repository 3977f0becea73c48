import type { Transform } from 'node:stream'
import { filterFrames } from '../select/filter-frames.ts'
import type { Arguments, Option } from './options.ts'

/** The option of programs that read captures. */
export const FILTER_OPTIONS: readonly Option[] = [
  {
    name: 'filter',
    kind: 'text',
    value: 'EXPR',
    help: "only frames that fit this expression, which is tcpdump's, 'tcp port 25 and not net 10'",
  },
]

/** The stage that stands in front of the decoder, where a filter was given. Throws ERR_USAGE for one that is wrong. */
export function frameFilter({ filter }: Arguments['options']): Transform[] {
  return filter === undefined ? [] : [filterFrames(filter as string)]
}
