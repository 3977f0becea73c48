import { join } from 'node:path'
import { PldError } from '../errors.ts'
import type { IpLabels } from '../labels/ip-labels.ts'
import { TextFiles } from '../text/text-files.ts'
import { TextSink } from '../text/text-sink.ts'
import { headersFrom } from './header-options.ts'
import type { BinContext } from './run.ts'
import { madeBy, textTarget } from './text-options.ts'

/**
 * What writes the texts of pldump's results, named `base`, to their folder; undefined where nothing was asked for but no
 * files. Throws ERR_FOLDER where they cannot be written.
 */
export function resultTexts(
  options: BinContext['options'],
  folder: string,
  base: string,
  labels: IpLabels,
): TextSink | undefined {
  const { to, split } = textTarget(options)
  const packets = options.packets === true
  const log = options.log === true
  if (folder === '-')
    throw new PldError('ERR_USAGE', 'results need a folder; for flows on standard output there is flow2txt')
  const toConsole = options.console === true || options.bare === true
  if ((options.files === false || toConsole) && to === undefined && !packets && !log) return undefined
  const files = new TextFiles({
    labels,
    headers: headersFrom(options),
    prefix: join(folder, base),
    packets,
    log,
    ...(split === undefined ? {} : { split }),
    made: madeBy('pldump'),
  })
  files.check()
  return new TextSink(files, true)
}
