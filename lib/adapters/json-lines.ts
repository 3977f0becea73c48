import type { Transform } from 'node:stream'
import split2 from 'split2'

/**
 * Record objects out of NDJSON bytes, one `JSON.parse` a line; blank lines are skipped and a bad one is an error. The
 * friendly edge for code that works with single objects: `NdjsonReader` reads the same lines straight into batches and
 * is several times as fast.
 */
export function jsonLines(): Transform {
  return split2(line => (line.trim() === '' ? undefined : JSON.parse(line)))
}
