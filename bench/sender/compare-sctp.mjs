import { message } from './plan.mjs'

/**
 * Holds a direction of SCTP against what was sent: a file for each stream, its messages behind one another.
 * @param {object} direction of the plan, with `streams`, a number for each message
 * @param {object} flow the flow record, with a list `pldFiles` of `{sctpStream, pldFile, …}`
 * @param {(path: string) => Buffer} read
 * @returns a verdict for each stream that something was sent in
 */
export const compareSctp = (direction, flow, read) => {
  const messages = new Map()
  for (const [index, stream] of direction.streams.entries()) {
    const all = messages.get(stream) ?? []
    messages.set(stream, [...all, message(direction, index, direction.lengths[index])])
  }
  return [...messages].map(([stream, all]) => {
    const found = flow.pldFiles?.find(({ sctpStream }) => sctpStream === stream)
    const expected = Buffer.concat(all)
    const good = found?.pldFile !== undefined && expected.equals(read(found.pldFile))
    return { verdict: good ? 'identical' : 'wrong', bytes: expected.length }
  })
}
