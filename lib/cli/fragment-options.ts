import type { FragmentOptions } from '../decode/fragments.ts'
import type { Arguments } from './options.ts'

/** What of the command line concerns fragments; what was not given is left to the decoder's own defaults. */
export function fragmentOptions(options: Arguments['options']): FragmentOptions {
  const all = {
    fragOverlap: options['frag-overlap'],
    fragTimeout: options['frag-timeout'],
    fragMemory: options['frag-memory'],
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}
