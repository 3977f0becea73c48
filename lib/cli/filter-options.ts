import type { Transform } from 'node:stream'
import type { CaptureInput } from './captures.ts'
import type { Arguments } from './options.ts'

/**
 * The stage that stands in front of the decoder, where a filter was given, and what is then left to the capture stage:
 * with a filter it is the packets that fit which `--count` counts, and after them `stop` ends the input. Throws ERR_USAGE
 * for a filter that is wrong.
 */
export async function frameFilter(
  { filter }: CaptureInput,
  options: Arguments['options'],
  stop: () => void,
): Promise<{ frames: Transform[]; count: { count?: number } }> {
  const count = options.count === undefined ? {} : { count: options.count as number }
  if (filter === undefined) return { frames: [], count }
  const { filterFrames } = await import('../select/filter-frames.ts')
  return { frames: [filterFrames(filter, { ...count, onEnough: stop })], count: {} }
}
