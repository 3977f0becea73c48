import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { message } from './plan.mjs'

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b)

/**
 * What was sent, or of it what was received, as the logs of the ends have it.
 * @param {object} direction of UDP, with `sent` and `received`
 * @param {'near' | 'far'} side of the link, as this direction sees it
 */
export const loggedDatagrams = (direction, side) => {
  const all = direction.sent.map(({ sha256 }, index) => {
    const bytes = message(direction, index, direction.lengths[index])
    assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256)
    return bytes
  })
  return side === 'near' ? all : direction.received.map(index => all[index])
}

/**
 * Holds a direction of UDP against its datagrams, in the order of capture.
 * @param {{bytes: Buffer, length: number}[]} datagrams captured and whole lengths
 * @param {object} flow the flow record
 * @param {Buffer} file what was extracted
 */
export const compareUdp = (datagrams, flow, file) => {
  const expected = Buffer.concat(datagrams.map(({ bytes }) => bytes))
  const gaps = []
  let offset = 0
  for (const { bytes, length } of datagrams) {
    offset += bytes.length
    if (length > bytes.length) gaps.push({ offset, length: length - bytes.length, reason: 'snaplen' })
  }
  const good = expected.equals(file) && flow.pldBytes === expected.length && same(flow.pldGaps, gaps)
  return good ? (gaps.length === 0 ? 'identical' : 'gaps') : 'wrong'
}
