import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { message } from './plan.mjs'

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

/** Sends the datagrams of a direction one after another; tells what it sent. */
export const sendDatagrams = async (socket, direction, port, host) => {
  const sent = []
  for (const [index, length] of direction.lengths.entries()) {
    const bytes = message(direction, index, length)
    await new Promise((done, fail) => {
      socket.send(bytes, port, host, error => (error ? fail(error) : done()))
    })
    sent.push({ bytes: length, sha256: sha256(bytes) })
    if (index % 4 === 3) await sleep(1)
  }
  return sent
}

/** What came in, in its order, as checksums. */
export class Inbox {
  received = []
  last = Date.now()

  take(bytes) {
    this.received.push({ bytes: bytes.length, sha256: sha256(bytes) })
    this.last = Date.now()
  }

  /** Nobody tells the last datagram: until nothing came for `quiet` ms. */
  async settled(quiet) {
    while (Date.now() - this.last < quiet) await sleep(50)
  }
}
