import { PldError } from '../errors.ts'
import { BuiltInLabels } from '../labels/built-in-labels.ts'
import type { IpLabels } from '../labels/ip-labels.ts'
import type { Arguments, Option } from './options.ts'

export const LABEL_OPTIONS: readonly Option[] = [
  {
    name: 'labels',
    kind: 'text',
    value: 'FILES',
    help: 'databases that know countries and holders of addresses, country.mmdb,asn.mmdb (MaxMind format)',
    default: 'special networks only',
  },
]

/** What the command line wants addresses to be labelled with. Throws ERR_OPEN for what is no database. */
export async function labelsFrom(options: Arguments['options']): Promise<IpLabels> {
  const files = (options.labels as string | undefined)?.split(',') ?? []
  if (files.includes('')) throw new PldError('ERR_USAGE', '--labels has an empty name in its list')
  if (files.length === 0) return new BuiltInLabels()
  const { openLabels } = await import('../labels/open-labels.ts')
  return openLabels(files)
}
