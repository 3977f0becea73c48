import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../generate/random.mjs'
import { content } from './plan.mjs'

const PAUSE = 300

/** Writes in pieces of random sizes; tells what it wrote. */
const write = async (socket, { seed, bytes }, largest) => {
  const random = new Random(seed + 1)
  const hash = createHash('sha256')
  const all = content(seed, bytes)
  for (let at = 0; at < all.length; ) {
    const piece = all.subarray(at, at + random.between(1, largest))
    hash.update(piece)
    at += piece.length
    if (!socket.write(piece)) await once(socket, 'drain')
    // lets what was written become a segment of its own now and then
    if (random.chance(0.02)) await sleep(1)
  }
  return { bytes: all.length, sha256: hash.digest('hex') }
}

/** Reads to the end; a reader that pauses closes its window. */
const read = async (socket, pauses) => {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of socket.iterator({ destroyOnReturn: false })) {
    if (pauses && bytes >> 16 !== (bytes + piece.length) >> 16) await sleep(PAUSE)
    hash.update(piece)
    bytes += piece.length
  }
  return { bytes, sha256: hash.digest('hex') }
}

/**
 * One end of a TCP conversation, to its close.
 * @param {import('node:net').Socket} socket connected, with `allowHalfOpen`
 * @param {object} conversation of the plan
 * @param {'client' | 'server'} role
 */
export const speakTcp = async (socket, conversation, role) => {
  const { first, largestWrite, readerPauses, up, down } = conversation
  const closed = once(socket, 'close')
  socket.setNoDelay(true)
  const received = read(socket, readerPauses)
  if (first !== 'both' && first !== role) await received
  const sent = await write(socket, role === 'client' ? up : down, largestWrite)
  socket.end()
  const log = { sent, received: await received }
  await closed
  return log
}
