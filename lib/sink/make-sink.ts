import { relative, resolve, sep } from 'node:path'
import { PldError } from '../errors.ts'
import { FileNames } from './file-names.ts'
import { openFolder } from './folder.ts'
import { GAP_MODES } from './layout.ts'
import { LiveFiles } from './live-files.ts'
import { NoFiles } from './no-files.ts'
import type { SinkOptions } from './payload-sink.ts'
import { SinkStage } from './sink-stage.ts'

const MAX_OPEN_FILES = 8192

/** The sink that these options ask for, without a stream around it. Throws ERR_USAGE for options that cannot be met. */
export function makeSink(options: SinkOptions): SinkStage | NoFiles {
  if (options.noFiles === true) return new NoFiles(options.folder)
  const { folder, clean = true, maxOpenFiles = MAX_OPEN_FILES, gap = 'zero', index = false } = options
  if (!Number.isSafeInteger(maxOpenFiles) || maxOpenFiles < 1) {
    throw new PldError('ERR_USAGE', 'maxOpenFiles has to be a number above 0')
  }
  if (!GAP_MODES.includes(gap)) {
    throw new PldError('ERR_USAGE', `gap has to be ${GAP_MODES.join(', ')}; not ${gap}`)
  }
  const names = new FileNames(options.names ?? 0, options.prefix ?? '', options.suffix ?? '')
  // the process may change its directory on the way
  const path = resolve(folder)
  const way = relative(resolve(options.relativeTo ?? folder), path)
    .split(sep)
    .join('/')
  return new SinkStage(
    () => {
      const target = { folder: path, manifest: openFolder(path, clean), shared: !clean }
      return new LiveFiles(target, names, maxOpenFiles, gap, index)
    },
    folder,
    way === '' ? '' : `${way}/`,
    options.flowFiles ?? true,
  )
}
