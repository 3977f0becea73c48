import { Duplex, pipeline, Transform } from 'node:stream'
import { streamArray } from 'stream-json/streamers/stream-array.js'

/**
 * The elements of one JSON array, `[{…}, {…}]`, as objects, without the whole document in memory: what `jq -s` and
 * `tshark -T json` write. Put `batches()` behind it to take records into the street.
 */
export function jsonArray(): Duplex {
  const elements = streamArray.withParserAsStream()
  const values = new Transform({
    objectMode: true,
    transform({ value }: { value: unknown }, _encoding, done) {
      done(null, value)
    },
  })
  pipeline(elements, values, () => {})
  return Duplex.from({ writable: elements, readable: values })
}
