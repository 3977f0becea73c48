import { ACK, FIN, PSH, SYN } from './capture-writer.mjs'
import { CLIENT, Conversation, SERVER } from './conversation.mjs'

/** @import { Task } from './workloads.mjs' */

const FLOWS = 16
const SEGMENT = 1460
const PAUSE = 12

/**
 * Sixteen downloads at once: full segments from server to client, an acknowledgement for every second one, the
 * packets of all flows shuffled together.
 * @param {Task} task
 * @returns {number} conversations
 */
export function bulk({ writer, random, digests, bytes }) {
  const flows = Array.from({ length: FLOWS }, (_, number) =>
    new Conversation().open({ number, serverHost: number, serverPort: 20_080 }),
  )
  const sent = flows.map(() => 0)
  const unacknowledged = flows.map(() => 0)
  for (const flow of flows) {
    writer.packet(flow, CLIENT, SYN, -1, 0, 0)
    writer.packet(flow, SERVER, SYN | ACK, -1, 0, 0)
    writer.packet(flow, CLIENT, ACK, 0, 0, 0)
  }
  while (writer.bytes < bytes) {
    const turn = random.between(0, FLOWS - 1)
    const flow = /** @type {Conversation} */ (flows[turn])
    const offset = Number(sent[turn])
    writer.advance(random.between(1, 2 * PAUSE - 1))
    if (unacknowledged[turn] === 2) {
      writer.packet(flow, CLIENT, ACK, 0, offset, 0)
      unacknowledged[turn] = 0
      continue
    }
    digests?.add(flow, SERVER, offset, SEGMENT)
    writer.packet(flow, SERVER, PSH | ACK, offset, 0, SEGMENT)
    sent[turn] = offset + SEGMENT
    unacknowledged[turn] = Number(unacknowledged[turn]) + 1
  }
  flows.forEach((flow, turn) => {
    const end = Number(sent[turn])
    writer.packet(flow, SERVER, FIN | ACK, end, 0, 0)
    writer.packet(flow, CLIENT, FIN | ACK, 0, end + 1, 0)
    writer.packet(flow, SERVER, ACK, end + 1, 1, 0)
    digests?.end(flow)
  })
  return FLOWS
}
