import { PldError } from '../errors.ts'
import type { NoteRecord } from '../records.ts'
import { CaptureSeries } from './capture-series.ts'
import { inspect, type Operand } from './operand.ts'

/** A capture that was named and is left out, and what is said of it. */
export interface SkippedCapture {
  skipped: NoteRecord
}

interface ListOptions {
  skipBad?: boolean
  follow?: boolean
}

/**
 * What is to be read, in its order: a list, all of which was looked at, or the files of a series, each looked at when
 * its turn comes. Errors as those of `inspect()`.
 */
export function operandsOf(
  paths: readonly string[] | CaptureSeries,
  { skipBad = false, follow = false }: ListOptions,
): Iterable<Operand | SkippedCapture> {
  if (paths instanceof CaptureSeries) return operandsOfSeries(paths)
  const errors: unknown[] = []
  const operands = paths.map((path, index) => {
    const operand = inspectOrSkip(path, skipBad ? errors : undefined)
    if (!follow || index < paths.length - 1 || 'skipped' in operand || operand.size === undefined)
      return operand
    return growing(path, () => false)
  })
  if (errors.length > 0 && errors.length === operands.length) throw errors[0]
  return operands
}

function* operandsOfSeries(series: CaptureSeries): Generator<Operand | SkippedCapture> {
  for (let number = series.first; number <= series.last; number++) {
    const path = series.path(number)
    if (series.isClosed(number)) yield inspectOrSkip(path, [])
    else yield growing(path, () => series.isClosed(number))
  }
}

function growing(path: string, isClosed: () => boolean): Operand {
  return { path, size: undefined, mtime: undefined, way: 'stream', isClosed }
}

/** With `errors`, what cannot be read is put there, and a note takes its place. */
function inspectOrSkip(path: string, errors: unknown[] | undefined): Operand | SkippedCapture {
  try {
    return inspect(path)
  } catch (error) {
    if (errors === undefined || !(error instanceof PldError)) throw error
    errors.push(error)
    const message = `${error.message}; it is left out`
    return { skipped: { type: 'note', level: 'error', code: 'skipped-capture', message, file: path } }
  }
}
