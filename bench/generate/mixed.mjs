import { CLIENT, Conversation, SERVER, TCP, UDP } from './conversation.mjs'
import { interleave } from './interleave.mjs'
import { Script } from './script.mjs'

/** @import { Random } from './random.mjs' */
/** @import { Task } from './workloads.mjs' */

const PACE = { live: 400, burst: 6, pause: 250 }
const MB = 1_000_000
/** Servers' ports; none that a dissector claims, which would only find random bytes malformed. */
const PORTS = [20_080, 20_443, 20_025, 20_110, 20_143]
const QUERY_PORT = 20_053
const TYPING_PORT = 20_023

/**
 * What an office's uplink carries: web-like exchanges with heavy-tailed sizes, typing, failed connections, name
 * queries, datagram streams; IPv4 and IPv6, some in VLANs, with reordering and retransmissions.
 * @param {Task} task
 * @returns {number} conversations
 */
export function mixed({ writer, random, digests, bytes }) {
  let number = 0
  let planned = 0
  interleave(writer, random, PACE, () => {
    if (planned >= bytes) return undefined
    const proto = random.chance(0.62) ? TCP : UDP
    const queries = proto === UDP && random.chance(0.8)
    const typing = proto === TCP && random.chance(0.08)
    const port = queries ? QUERY_PORT : typing ? TYPING_PORT : random.pick(PORTS)
    const flow = new Conversation().open({
      number: number++,
      proto,
      ipv6: random.chance(0.12),
      vlan: random.chance(0.1) ? random.between(1, 4) * 100 : 0,
      serverHost: random.between(0, 8191),
      serverPort: port,
    })
    const script = new Script(flow, digests)
    if (queries) query(script, random)
    else if (proto === UDP) datagrams(script, random)
    else connection(script, random, typing)
    planned += script.bytes
    return script.planned()
  })
  return number
}

/** @param {Script} script @param {Random} random */
function query(script, random) {
  for (let left = random.chance(0.1) ? 2 : 1; left > 0; left--) script.data(CLIENT, random.between(28, 60))
  if (random.chance(0.95)) script.data(SERVER, random.between(44, 480))
}

/** @param {Script} script @param {Random} random */
function datagrams(script, random) {
  const size = random.between(160, 1200)
  const share = random.unit()
  for (let left = random.pareto(2, 400, 0.7); left > 0; left--) {
    script.data(random.chance(share) ? CLIENT : SERVER, random.between(size >> 1, size))
  }
}

/** @param {Script} script @param {Random} random @param {boolean} typing */
function connection(script, random, typing) {
  if (random.chance(0.06)) {
    script.syn()
    if (random.chance(0.6)) script.rst(SERVER)
    return
  }
  script.handshake()
  if (typing) keystrokes(script, random)
  else if (random.chance(0.95)) exchanges(script, random)
  const ending = random.unit()
  if (ending < 0.85) {
    script.fin(ending < 0.5 ? CLIENT : SERVER)
    script.fin(ending < 0.5 ? SERVER : CLIENT)
    script.ack(ending < 0.5 ? CLIENT : SERVER)
  } else if (ending < 0.93) script.rst(CLIENT)
  script.disturb(random, 0.06, 0.01)
}

/** @param {Script} script @param {Random} random */
function exchanges(script, random) {
  const segmentSize = random.pick([1460, 1460, 1440, 1380, 536])
  const every = random.pick([1, 2, 2, 4])
  const upload = random.chance(0.1)
  for (let left = random.pareto(1, 8, 1.2); left > 0; left--) {
    const [asked, given] = [random.pareto(60, 2_000, 1), random.pareto(60, MB, 0.5)]
    script.message(CLIENT, upload ? given : asked, segmentSize, every)
    script.message(SERVER, upload ? asked : given, segmentSize, every)
  }
}

/** @param {Script} script @param {Random} random */
function keystrokes(script, random) {
  for (let left = random.between(10, 200); left > 0; left--) {
    script.data(CLIENT, random.between(1, 3))
    script.data(SERVER, random.chance(0.2) ? random.between(20, 120) : random.between(1, 8))
    script.ack(CLIENT)
  }
}
