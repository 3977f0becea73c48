import { CLIENT, Conversation, SERVER } from './conversation.mjs'
import { interleave } from './interleave.mjs'
import { Script } from './script.mjs'

/** @import { Task } from './workloads.mjs' */

/** Conversations in a megabyte (10^6 bytes) of capture: 100 000 in 65. */
const PER_MB = 100_000 / 65
const PACE = { live: 256, burst: 2, pause: 200 }

/**
 * Short TCP conversations of 2 to 8 packets; seven in ten directions carry some bytes, which is one file each.
 * @param {Task} task
 * @returns {number} conversations
 */
export function small({ writer, random, digests, bytes }) {
  const count = Math.round((bytes / 1e6) * PER_MB)
  let number = 0
  interleave(writer, random, PACE, () => {
    if (number === count) return undefined
    const serverHost = random.between(0, 4095)
    const flow = new Conversation().open({ number: number++, serverHost, serverPort: 20_080 })
    const script = new Script(flow, digests)
    const packets = random.between(2, 8)
    if (packets === 2 && random.chance(0.5)) {
      script.syn()
      script.rst(SERVER)
      return script.planned()
    }
    // The other half of those with two packets are seen without their start.
    if (packets > 2) {
      script.syn()
      script.synAck()
    }
    if (packets > 4) script.ack(CLIENT)
    script.data(CLIENT, random.between(20, 180))
    if (packets !== 3) script.data(SERVER, random.between(40, 460))
    if (packets > 5) script.fin(SERVER)
    if (packets > 6) script.fin(CLIENT)
    if (packets > 7) script.ack(SERVER)
    return script.planned()
  })
  return count
}
