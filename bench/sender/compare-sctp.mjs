import { message } from './plan.mjs'

const perStream = list => {
  const streams = new Map()
  for (const { stream, bytes } of list) streams.set(stream, [...(streams.get(stream) ?? []), bytes])
  return new Map([...streams].map(([stream, parts]) => [stream, Buffer.concat(parts)]))
}

/** Chunks in the order of their TSNs, which are serial numbers (RFC 1982): none of ours is 2^31 from another. */
const inOrder = chunks => {
  const [first = 0] = chunks.keys()
  return [...chunks].sort(([a], [b]) => ((a - first) | 0) - ((b - first) | 0)).map(([, chunk]) => chunk)
}

/**
 * Holds a direction of SCTP against what was sent: a file for each stream, its messages behind one another. How long a
 * chunk was that is not captured, nobody can know: it takes no room.
 * @param {object} direction of the plan, with `streams`, a number for each message
 * @param {Map<number, {stream: number, bytes: Buffer}>} chunks captured, by TSN
 * @param {object} flow the flow record, with a list `pldFiles` of `{sctpStream, pldFile, …}`
 * @param {(path: string) => Buffer} read
 * @returns a verdict for each stream that something was sent in
 */
export const compareSctp = (direction, chunks, flow, read) => {
  const sent = perStream(
    direction.streams.map((stream, index) => ({
      stream,
      bytes: message(direction, index, direction.lengths[index]),
    })),
  )
  const captured = perStream(inOrder(chunks))
  const files = new Map(flow.pldFiles?.map(one => [one.sctpStream, one]))
  const stray = [...files.keys()].some(stream => !sent.has(stream))
  return [...sent].map(([stream, all]) => {
    const expected = captured.get(stream) ?? Buffer.alloc(0)
    const { pldFile, pldLen = 0 } = files.get(stream) ?? {}
    const found = pldFile === undefined ? Buffer.alloc(0) : read(pldFile)
    const good = !stray && expected.equals(found) && pldLen === expected.length
    return { verdict: good ? (expected.equals(all) ? 'identical' : 'gaps') : 'wrong', bytes: all.length }
  })
}
