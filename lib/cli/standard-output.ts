import { Writable } from 'node:stream'

/**
 * Standard output as the end of a pipeline. It is written to and never ended: other programs may have it as well, those
 * of the same script, and where it is a socket, ending it here would end it for them.
 */
export function standardOutput(): Writable {
  const { stdout } = process
  const out = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      if (stdout.write(chunk)) done()
      else stdout.once('drain', done)
    },
  })
  const fail = (error: Error): void => {
    out.destroy(error)
  }
  stdout.once('error', fail)
  return out.once('close', () => stdout.off('error', fail))
}
