// Cuts the files that servers and clients exchanged out of the payload of a flow direction, as expected.json says.
import { gunzipSync } from 'node:zlib'

const dechunk = bytes => {
  const parts = []
  for (let at = 0; ; ) {
    const end = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.toString('latin1', at, end), 16)
    if (size === 0) return Buffer.concat(parts)
    parts.push(bytes.subarray(end + 2, end + 2 + size))
    at = end + 4 + size
  }
}

const mimePart2 = bytes => {
  const text = bytes.toString('latin1')
  const boundary = `--${/boundary="(.*)"/.exec(text)[1]}`
  const part = text.split(boundary)[2]
  return Buffer.from(part.slice(part.indexOf('\r\n\r\n') + 4), 'latin1')
}

const decoders = {
  'dot-unstuffing': bytes => Buffer.from(bytes.toString('latin1').replace(/^\./gm, ''), 'latin1'),
  'mime part 2': mimePart2,
  base64: bytes => Buffer.from(bytes.toString('latin1'), 'base64'),
  chunked: dechunk,
  gzip: gunzipSync,
}

const cutResponse = (stream, { response, after }, where, responses) => {
  const same = responses.filter(r => r.client === where.client && r.clientPort === where.clientPort)
  let at = 0
  for (const { bodyBytes, response: number } of same.sort((a, b) => a.response - b.response)) {
    const body = stream.indexOf(after, at) + after.length
    at = body + bodyBytes
    if (number === response) return stream.subarray(body, at)
  }
  throw new Error(`no response ${response}`)
}

const cutMail = (stream, { after, until, keep }) => {
  const start = stream.indexOf(after) + after.length
  return stream.subarray(start, stream.indexOf(until, start) + keep.length)
}

/** The bytes of an object of expected.json, cut out of its direction's payload and decoded. */
export const objectIn = (stream, { where, whole, framing }, responses) => {
  if (whole) return stream
  const cut =
    'response' in framing ? cutResponse(stream, framing, where, responses) : cutMail(stream, framing)
  return framing.decode.reduce((bytes, step) => decoders[step](bytes), cut)
}
