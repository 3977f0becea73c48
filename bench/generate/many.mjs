import { ACK, PSH, SYN } from './capture-writer.mjs'
import { CLIENT, Conversation, SERVER } from './conversation.mjs'

/** @import { Task } from './workloads.mjs' */

/** Bytes of capture a conversation takes: five records, and the payload of two of them. */
export const BYTES_A_CONVERSATION = 5 * (16 + 54) + 2 * 4 + 120 + 242
const REQUEST = 120
const RESPONSE = 242
const PAUSE = 20

/**
 * Conversations of five packets, all of them open at once: the first packet of each, then the second of each, and so
 * on; none is closed. It shows what a live conversation costs.
 * @param {Task} task
 * @returns {number} conversations
 */
export function many({ writer, random, digests, bytes }) {
  const count = Math.round(bytes / BYTES_A_CONVERSATION)
  const flow = new Conversation()
  for (let packet = 0; packet < 5; packet++) {
    for (let number = 0; number < count; number++) {
      flow.open({ number, serverHost: number & 1023, serverPort: 20_443 })
      writer.advance(random.between(1, 2 * PAUSE - 1))
      if (packet === 0) writer.packet(flow, CLIENT, SYN, -1, 0, 0)
      else if (packet === 1) writer.packet(flow, SERVER, SYN | ACK, -1, 0, 0)
      else if (packet === 2) writer.packet(flow, CLIENT, ACK, 0, 0, 0)
      else if (packet === 3) writer.packet(flow, CLIENT, PSH | ACK, 0, 0, REQUEST)
      else writer.packet(flow, SERVER, PSH | ACK, 0, REQUEST, RESPONSE)
      if (packet < 4 || !digests) continue
      digests.add(flow, CLIENT, 0, REQUEST)
      digests.add(flow, SERVER, 0, RESPONSE)
      digests.end(flow)
    }
  }
  return count
}
